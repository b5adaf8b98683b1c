package signature

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // some providers sign with HMAC-SHA1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// hashes gives the hash function of each scheme; nil for equal, which has none.
func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"hmac-sha1": sha1.New, "hmac-sha256": sha256.New,
		"hmac-sha384": sha512.New384, "hmac-sha512": sha512.New, "equal": nil,
	}
}

// expected gives what a candidate must be equal to.
func (s *Scheme) expected(key []byte, content [][]byte) []byte {
	if s.hash == nil {
		return digest(key)
	}
	m := hmac.New(s.hash, key)
	for _, b := range content {
		_, _ = m.Write(b) // a hash never fails
	}
	return m.Sum(nil)
}

// digest makes tokens of any length comparable without showing their length.
func digest(token []byte) []byte {
	sum := sha256.Sum256(token)
	return sum[:]
}

// size is the length of what expected gives.
func (s *Scheme) size() int {
	if s.hash == nil {
		return sha256.Size
	}
	return s.hash().Size()
}

var errEncoding = errors.New("not a signature in this encoding")

// decode reads a candidate. There is exactly one text for given bytes, letter case
// of hex apart: no decoder may skip or ignore characters.
func (s *Scheme) decode(text string) ([]byte, error) {
	var b []byte
	var err error
	switch s.sig.encoding {
	case "hex":
		if strings.ToLower(text) != text && strings.ToUpper(text) != text {
			return nil, errEncoding
		}
		b, err = hex.DecodeString(text)
	case "base64":
		if strings.ContainsAny(text, "\r\n") {
			return nil, errEncoding
		}
		b, err = base64.StdEncoding.Strict().DecodeString(text)
	default:
		b = digest([]byte(text))
	}
	if err != nil || len(b) != s.size() {
		return nil, errEncoding
	}
	return b, nil
}

func (s *Scheme) encode(sum []byte) string {
	if s.sig.encoding == "base64" {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

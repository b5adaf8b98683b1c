package signature

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// MaxSecret is the length in bytes up to which a secret is accepted; a huge key
// would make every request expensive.
const MaxSecret = 512

// keyRule is how a secret becomes a key.
type keyRule struct {
	strip  string
	decode string
	min    int
	header bool // the secret itself travels in a header
}

// CheckSecret reports whether requests can be verified with sec. Its error has the
// code Invalid and does not contain the secret.
func (s *Scheme) CheckSecret(sec secret.String) error {
	_, err := s.keyBytes(sec)
	return err
}

func (s *Scheme) keyBytes(sec secret.String) ([]byte, error) {
	key, err := s.key.bytes(sec)
	if err != nil || s.hash != nil {
		return key, err
	}
	for _, p := range s.cut(s.sig.send.fill(map[token]string{theSig: string(key)})) {
		if text, ok := s.extract(p); ok && text == string(key) {
			return key, nil
		}
	}
	return nil, errs.Newf(errs.Invalid, "the token has characters that %s never carries", s.sig.from)
}

func (k keyRule) bytes(sec secret.String) ([]byte, error) {
	text := sec.Reveal()
	switch {
	case text == "":
		return nil, errs.New(errs.Invalid, "the signing secret is empty")
	case len(text) > MaxSecret:
		return nil, errs.Newf(errs.Invalid, "the signing secret has more than %d bytes", MaxSecret)
	case k.header && !headerText(text):
		return nil, errs.New(errs.Invalid, "the token cannot travel in a header").WithHint("use printable ASCII without spaces at its ends")
	}
	text = strings.TrimPrefix(text, k.strip)
	key, err := []byte(text), error(nil)
	switch k.decode {
	case "base64":
		// Secrets are copied with and without padding. The decoder skips line
		// breaks, which are a sign of a bad copy.
		if key, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); strings.ContainsAny(text, "\r\n") {
			err = base64.CorruptInputError(0)
		}
	case "hex":
		key, err = hex.DecodeString(text)
	}
	switch {
	case err != nil:
		// The cause is left out: it may quote a character of the secret.
		return nil, errs.Newf(errs.Invalid, "the signing secret is not valid %s", k.decode).WithHint("copy it again, without spaces or line breaks")
	case len(key) == 0:
		return nil, errs.New(errs.Invalid, "the signing secret is empty")
	case len(key) < k.min:
		return nil, errs.Newf(errs.Invalid, "the signing secret has %d bytes after decoding, fewer than %d", len(key), k.min).WithHint("copy the whole secret")
	}
	return key, nil
}

// headerText reports whether text arrives as it was sent in a header.
func headerText(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return strings.TrimSpace(text) == text
}

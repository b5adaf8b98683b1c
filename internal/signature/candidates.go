package signature

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

const (
	maxCandidates = 16
	maxSignature  = 8 << 10
)

// sigRule is where signatures stand and what they look like.
type sigRule struct {
	from     source
	split    string
	match    *regexp.Regexp // one group; nil takes all
	encoding string
	send     template
}

// pieces gives the parts of the signature header, which must be there once.
func (s *Scheme) pieces(h http.Header) ([]string, error) {
	all := h.Values(s.sig.from.name)
	switch {
	case len(all) == 0:
		return nil, reject(SignatureMissing, s.sig.from.String()+" is missing")
	case len(all) > 1:
		return nil, reject(SignatureRepeated, s.sig.from.String()+" occurs more than once")
	case len(all[0]) > maxSignature:
		return nil, reject(SignatureMalformed, fmt.Sprintf("%s has more than %d bytes", s.sig.from, maxSignature))
	}
	return s.cut(all[0]), nil
}

func (s *Scheme) cut(value string) []string {
	if s.sig.split == "" {
		return []string{value}
	}
	return strings.Split(value, s.sig.split)
}

// candidates gives the decoded signatures; any of them may be the right one.
func (s *Scheme) candidates(pieces []string) ([][]byte, error) {
	var out [][]byte
	matched := 0
	for _, p := range pieces {
		text, ok := s.extract(p)
		if !ok {
			continue
		}
		if matched++; matched > maxCandidates {
			return nil, reject(SignatureMalformed, fmt.Sprintf("more than %d signatures", maxCandidates))
		}
		if b, err := s.decode(text); err == nil {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return nil, reject(SignatureMalformed, s.sig.from.String()+" holds no signature in the expected form")
	}
	return out, nil
}

func (s *Scheme) extract(piece string) (string, bool) {
	if s.sig.match == nil {
		return piece, piece != ""
	}
	m := s.sig.match.FindStringSubmatch(piece)
	if m == nil || m[1] == "" {
		return "", false
	}
	return m[1], true
}

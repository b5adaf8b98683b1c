package signature

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Request is what a sender signed.
type Request struct {
	Method string
	// URL is the public URL that the sender was given, from the configuration.
	URL    string
	Header http.Header
	Query  url.Values
	Body   []byte // as received
}

// Result is what an authentic request says about itself.
type Result struct {
	ID        string    // "" when the request has none: use a hash of the body
	EventType string    // "" when unknown
	Timestamp time.Time // zero when the scheme has none
	Key       int       // index of the secret that matched
}

// Verify checks that r was signed with one of the secrets within the tolerance
// around now. Every error is a *Rejected.
func (s *Scheme) Verify(r Request, secrets []secret.String, now time.Time) (Result, error) {
	keys, err := s.keys(secrets)
	if err != nil {
		return Result{}, err
	}
	pieces, err := s.pieces(r.Header)
	if err != nil {
		return Result{}, err
	}
	candidates, err := s.candidates(pieces)
	if err != nil {
		return Result{}, err
	}
	f := s.facts(r, pieces)
	content, err := f.content()
	if err != nil {
		return Result{}, err
	}
	matched := -1
	for i, key := range keys {
		want := s.expected(key, content)
		for _, c := range candidates { // no early exit: the time tells nothing
			if hmac.Equal(want, c) && matched < 0 {
				matched = i
			}
		}
	}
	if matched < 0 {
		return Result{}, reject(SignatureMismatch, "no signature was made with a secret of this source over these bytes")
	}
	return f.result(matched, now)
}

// result reads what is left once the signature holds. The time is checked last,
// so "too old" is only said of requests that the sender did sign.
func (f *facts) result(key int, now time.Time) (Result, error) {
	out := Result{Key: key, EventType: f.event()}
	var err error
	if c := f.scheme.clock; c != nil {
		if _, out.Timestamp, err = f.timestamp(); err != nil {
			return Result{}, err
		}
		if err = c.check(out.Timestamp, now); err != nil {
			return Result{}, err
		}
	}
	if out.ID, err = f.id(); err != nil {
		return Result{}, err
	}
	return out, nil
}

// keys decodes every secret; one bad secret closes the source, because it shows a
// configuration that nobody meant.
func (s *Scheme) keys(secrets []secret.String) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, reject(NoSecret, "no secret is configured")
	}
	out := make([][]byte, len(secrets))
	for i, sec := range secrets {
		if sec.IsZero() {
			return nil, reject(NoSecret, fmt.Sprintf("secret %d is empty", i+1))
		}
		key, err := s.keyBytes(sec)
		if err != nil {
			return nil, reject(SecretInvalid, fmt.Sprintf("secret %d: %v", i+1, err))
		}
		out[i] = key
	}
	return out, nil
}

package signature

import (
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Sign gives the headers that make r authentic: the signature, and the id and the
// time where the scheme sends them in headers. A scheme that reads them from the
// body takes them from there. Errors have the code Invalid.
func (s *Scheme) Sign(r Request, sec secret.String, id string, now time.Time) (http.Header, error) {
	key, err := s.keyBytes(sec)
	if err != nil {
		return nil, err
	}
	out := http.Header{}
	if id != "" && len(s.ids) > 0 && s.ids[0].kind == inHeader {
		if !headerText(id) || len(id) > maxID {
			return nil, errs.Newf(errs.Invalid, "the id cannot travel in a header").WithHint("use up to %d printable ASCII characters", maxID)
		}
		out.Set(s.ids[0].name, id)
	}
	values := map[token]string{theSig: s.blank()}
	if s.clock != nil {
		values[theTime] = s.clock.format.text(now)
		if s.clock.from.kind == inHeader {
			out.Set(s.clock.from.name, values[theTime])
		}
	}
	r.Header = maps.Clone(r.Header)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	maps.Copy(r.Header, out)
	content, err := s.signable(r, s.cut(s.sig.send.fill(values)))
	if err != nil {
		return nil, err
	}
	if values[theSig] = string(key); s.hash != nil {
		values[theSig] = s.encode(s.expected(key, content))
	}
	out.Set(s.sig.from.name, s.sig.send.fill(values))
	return out, nil
}

// signable gives the bytes to sign. pieces are those of the header to come, in
// which the signature is still blank.
func (s *Scheme) signable(r Request, pieces []string) ([][]byte, error) {
	f := s.facts(r, pieces)
	content, err := f.content()
	if err == nil && s.clock != nil {
		_, _, err = f.timestamp()
	}
	if rejected, ok := errors.AsType[*Rejected](err); ok {
		return nil, errs.Newf(errs.Invalid, "the request cannot be signed: %s", rejected.Detail)
	}
	return content, err
}

// blank is a text of the form of a signature.
func (s *Scheme) blank() string {
	if s.hash == nil {
		return "token"
	}
	return s.encode(make([]byte, s.size()))
}

package signature

import (
	"bytes"
	"strings"
	"time"
)

// maxID is the length in bytes from which an id or event type is not one.
const maxID = 512

// facts is what one request says, read the same way to verify and to sign.
type facts struct {
	scheme *Scheme
	req    Request
	doc    document
	pieces []string // of the signature header
}

func (s *Scheme) facts(r Request, pieces []string) *facts {
	return &facts{scheme: s, req: r, doc: document{body: r.Body}, pieces: pieces}
}

// values gives every occurrence of a value.
func (f *facts) values(s source) []string {
	switch s.kind {
	case inHeader:
		return f.req.Header.Values(s.name)
	case inQuery:
		return f.req.Query[s.name]
	case inSigField:
		var out []string
		for _, p := range f.pieces {
			if v, ok := strings.CutPrefix(p, s.name+"="); ok {
				out = append(out, v)
			}
		}
		return out
	case inBody:
		if v, ok := f.doc.text(s.path); ok {
			return []string{v}
		}
	}
	return nil
}

// one gives the only occurrence; the error's reason begins with role.
func (f *facts) one(s source, role string) (string, error) {
	all := f.values(s)
	switch {
	case len(all) > 1:
		return "", reject(role+"_repeated", s.String()+" occurs more than once")
	case len(all) == 0 || all[0] == "":
		return "", reject(role+"_missing", s.String()+" is missing")
	}
	return all[0], nil
}

// timestamp gives the text as received and what it means.
func (f *facts) timestamp() (string, time.Time, error) {
	c := f.scheme.clock
	text, err := f.one(c.from, "timestamp")
	if err != nil {
		return "", time.Time{}, err
	}
	at, err := c.format.parse(text)
	if err != nil {
		return "", time.Time{}, reject(TimestampMalformed, c.from.String()+": "+err.Error())
	}
	return text, at, nil
}

// id gives the first present id, "" when there is none.
func (f *facts) id() (string, error) {
	for _, s := range f.scheme.ids {
		all := f.values(s)
		if len(all) > 1 {
			return "", reject(IDRepeated, s.String()+" occurs more than once")
		}
		if len(all) == 1 && all[0] != "" && len(all[0]) <= maxID {
			return all[0], nil
		}
	}
	return "", nil
}

// event gives the event type, "" when it is unknown. It decides nothing about
// authenticity, so an unclear one is no reason to reject.
func (f *facts) event() string {
	for _, s := range f.scheme.events {
		if all := f.values(s); len(all) == 1 && all[0] != "" && len(all[0]) <= maxID {
			return all[0]
		}
	}
	return ""
}

// content gives the signed bytes in parts, so that the body is not copied.
func (f *facts) content() ([][]byte, error) {
	t := f.scheme.content
	out := make([][]byte, len(t))
	for i, p := range t {
		v, err := f.part(p)
		if err != nil {
			return nil, err
		}
		// Otherwise the same signed bytes could be cut at another place.
		if p.free() && i+1 < len(t) && t[i+1].token == literal && bytes.Contains(v, []byte(t[i+1].text)) {
			reason := FieldMalformed
			if p.token == theID {
				reason = IDMalformed
			}
			return nil, reject(reason, "a signed value contains the separator after it")
		}
		out[i] = v
	}
	return out, nil
}

// free reports whether a sender chooses the characters of the value.
func (p part) free() bool { return p.token == theID || p.token == aSource }

func (f *facts) part(p part) ([]byte, error) {
	text, err := p.text, error(nil)
	switch p.token {
	case theBody:
		return f.req.Body, nil
	case theTime:
		text, _, err = f.timestamp()
	case theID:
		if text, err = f.id(); err == nil && text == "" {
			err = reject(IDMissing, "the signature covers an id and there is none")
		}
	case theURL:
		if text = f.req.URL; text == "" {
			err = reject(FieldMissing, "the signature covers the URL and there is none")
		}
	case theVerb:
		if text = f.req.Method; text == "" {
			err = reject(FieldMissing, "the signature covers the method and there is none")
		}
	case aSource:
		text, err = f.one(p.source, "field")
	case literal, theSig:
	}
	return []byte(text), err
}

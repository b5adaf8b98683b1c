package secret

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON is Bytes for a JSON document, which stays one: a number that holds a
// secret becomes a text. What is no JSON becomes a text as a whole.
func (r *Redactor) JSON(b []byte) []byte {
	out := r.Bytes(b)
	if bytes.Equal(out, b) || jsontext.Value(out).IsValid() {
		return out
	}
	if whole, err := r.tokens(b); err == nil {
		return whole
	}
	quoted, _ := jsontext.AppendQuote(nil, out) // its error tells of bad UTF-8 only
	return quoted
}

func (r *Redactor) tokens(b []byte) ([]byte, error) {
	var out bytes.Buffer
	same := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	d, e := jsontext.NewDecoder(bytes.NewReader(b), same...), jsontext.NewEncoder(&out, same...)
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return bytes.TrimSpace(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		switch t.Kind() {
		case jsontext.KindString:
			t = jsontext.String(r.String(t.String()))
		case jsontext.KindNumber:
			if plain := t.String(); r.String(plain) != plain {
				t = jsontext.String(r.String(plain))
			}
		default:
		}
		if err := e.WriteToken(t); err != nil {
			return nil, err
		}
	}
}

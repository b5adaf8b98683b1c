package expr

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// FromJSON decodes one JSON value into the types that expressions work on.
// Integers stay exact; of members with the same name the last counts. Errors are
// errs.Invalid: bad syntax, trailing data, nesting over MaxDepth, a number out of
// range.
func FromJSON(b []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := read(d, 0)
	if err == nil {
		if _, rest := d.ReadToken(); !errors.Is(rest, io.EOF) {
			return nil, errs.New(errs.Invalid, "not valid JSON: data after the value")
		}
		return v, nil
	}
	if _, ok := errors.AsType[*errs.Error](err); !ok {
		err = errs.Wrap(errs.Invalid, err, "not valid JSON")
	}
	return nil, err
}

func read(d *jsontext.Decoder, depth int) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	if depth > MaxDepth {
		return nil, errs.Newf(errs.Invalid, "JSON nested deeper than %d", MaxDepth)
	}
	switch t.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return number(t.String())
	case jsontext.KindBeginObject:
		return readObject(d, depth)
	default:
		return readArray(d, depth)
	}
}

func readObject(d *jsontext.Decoder, depth int) (any, error) {
	m := map[string]any{}
	for d.PeekKind() != jsontext.KindEndObject {
		t, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		name := t.String()
		if m[name], err = read(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return m, err
}

func readArray(d *jsontext.Decoder, depth int) (any, error) {
	a := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := read(d, depth+1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := d.ReadToken()
	return a, err
}

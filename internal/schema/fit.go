package schema

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// fit reports whether a text certainly is valid, and gives it with the defaults
// of absent members. False may mean no more than that it cannot tell.
func (c *checker) fit(raw []byte) ([]byte, bool) {
	f, ok := c.fitters.Get().(*fitter)
	if !ok {
		f = new(fitter)
	}
	defer c.fitters.Put(f)
	return f.fit(c.shape, raw)
}

func (f *fitter) fit(s *shape, raw []byte) ([]byte, bool) {
	f.have, f.bare = f.have[:0], false
	f.d.Reset(bytes.NewBuffer(raw))
	if !f.value(s, 0) {
		return nil, false
	}
	if _, err := f.d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return f.filled(s, raw), true
}

type fitter struct {
	d    jsontext.Decoder
	have []string // members of the top object that have a default
	bare bool     // the top object has no members
}

// fitDepth bounds the recursion; deeper values go the long way.
const fitDepth = 32

func (f *fitter) value(s *shape, depth int) bool {
	kind := f.d.PeekKind()
	if kind >= 128 || !s.kinds[kind] || depth > fitDepth {
		return false
	}
	switch kind {
	case jsontext.KindBeginObject:
		return f.object(s, depth)
	case jsontext.KindBeginArray:
		return f.array(s, depth)
	default:
		v, err := f.d.ReadValue()
		return err == nil && s.scalar(kind, v)
	}
}

// exactDigits is how long a number may be whose float64 is exact enough for bounds.
const exactDigits = 15

func (s *shape) scalar(kind jsontext.Kind, v []byte) bool {
	switch kind {
	case jsontext.KindString:
		return s.text(v)
	case jsontext.KindNumber:
		if s.integer && bytes.ContainsAny(v, ".eE") || len(v) > exactDigits {
			return false
		}
		n, err := strconv.ParseFloat(string(v), 64)
		return err == nil && n >= s.min && n <= s.max
	default:
		return true
	}
}

// text checks a JSON string with its quotes.
func (s *shape) text(quoted []byte) bool {
	v := quoted[1 : len(quoted)-1]
	if s.texts == nil && s.minLen == 0 && s.maxLen >= len(v) {
		return true
	}
	if bytes.IndexByte(v, '\\') >= 0 {
		var err error
		if v, err = jsontext.AppendUnquote(nil, quoted); err != nil {
			return false
		}
	}
	n := utf8.RuneCount(v)
	return n >= s.minLen && n <= s.maxLen && (s.texts == nil || s.texts[string(v)])
}

func (f *fitter) array(s *shape, depth int) bool {
	if _, err := f.d.ReadToken(); err != nil {
		return false
	}
	n := 0
	for ; f.d.PeekKind() != jsontext.KindEndArray; n++ {
		if !f.value(s.items, depth+1) {
			return false
		}
	}
	_, err := f.d.ReadToken()
	return err == nil && n >= s.minItems && n <= s.maxItems
}

func (f *fitter) object(s *shape, depth int) bool {
	if _, err := f.d.ReadToken(); err != nil {
		return false
	}
	required, fills, n := 0, 0, 0
	for ; f.d.PeekKind() != jsontext.KindEndObject; n++ {
		name, err := f.d.ReadValue()
		if err != nil || bytes.IndexByte(name, '\\') >= 0 {
			return false
		}
		inner := s.other
		if m := s.members[string(name[1:len(name)-1])]; m != nil {
			inner = m.shape
			if m.required {
				required++
			}
			if m.absent != nil {
				fills++
				if depth == 0 {
					f.have = append(f.have, string(name[1:len(name)-1]))
				}
			}
		}
		if inner == nil || !f.value(inner, depth+1) {
			return false
		}
	}
	if depth == 0 {
		f.bare = n == 0
	}
	_, err := f.d.ReadToken()
	return err == nil && required == s.required && (fills == s.fills || depth == 0)
}

// filled puts the defaults at the end of the top object.
func (f *fitter) filled(s *shape, raw []byte) []byte {
	if len(f.have) == s.fills {
		return raw
	}
	out := bytes.Clone(raw[:bytes.LastIndexByte(raw, '}')])
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		m := s.members[name]
		if m.absent == nil || slices.Contains(f.have, name) {
			continue
		}
		if !f.bare {
			out = append(out, ',')
		}
		f.bare = false
		out = append(out, '"')
		out = append(out, name...)
		out = append(out, '"', ':')
		out = append(out, m.absent...)
	}
	return append(out, '}')
}

// Package jsonobject writes JSON objects member by member, for records that are
// written so often that reflection would cost more than the rest of the work. It
// knows no record; whoever uses it keeps a test that holds it against the tags.
package jsonobject

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Writer appends one object to a buffer. Members that are empty are left out.
type Writer struct {
	b    []byte
	more bool
}

// Begin starts an object at the end of b.
func Begin(b []byte) Writer { return Writer{b: append(b, '{')} }

// End gives the buffer with the object.
func (w *Writer) End() []byte { return append(w.b, '}') }

// Int writes a number, 0 too.
func (w *Writer) Int(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

// Some writes a number but 0.
func (w *Writer) Some(name string, n int64) {
	if n != 0 {
		w.Int(name, n)
	}
}

// Text writes a text but the empty one.
func (w *Writer) Text(name, s string) {
	if s != "" {
		w.name(name)
		w.b = Quote(w.b, s)
	}
}

// String writes a text, the empty one too.
func (w *Writer) String(name, s string) {
	w.name(name)
	w.b = Quote(w.b, s)
}

// Entry writes a text under a name that somebody else chose.
func (w *Writer) Entry(name, s string) {
	w.next()
	w.b = append(Quote(w.b, name), ':')
	w.b = Quote(w.b, s)
}

// Object writes an object whose members are written by f.
func (w *Writer) Object(name string, f func(*Writer)) {
	w.name(name)
	inner := Begin(w.b)
	f(&inner)
	w.b = inner.End()
}

// True writes true, and nothing for false.
func (w *Writer) True(name string, v bool) {
	if v {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

// Raw writes what is JSON already.
func (w *Writer) Raw(name string, v []byte) {
	if len(v) > 0 {
		w.name(name)
		w.b = append(w.b, v...)
	}
}

func (w *Writer) next() {
	if w.more {
		w.b = append(w.b, ',')
	}
	w.more = true
}

func (w *Writer) name(s string) {
	w.next()
	w.b = append(w.b, '"')
	w.b = append(w.b, s...)
	w.b = append(w.b, '"', ':')
}

// Quote appends a text as JSON; what is no UTF-8 becomes the replacement character.
func Quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // its error tells of bad UTF-8 only
	return b
}

// Package secret holds the one type for values that must not be shown. Every
// way of printing or encoding it gives a placeholder; Reveal is the only way
// out, and can be found by searching for its name.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const placeholder = "[redacted]"

// String is a secret text.
type String struct{ v string }

// New wraps a value.
func New(v string) String { return String{v} }

// Reveal gives the value. Call it only where the value leaves for its purpose.
func (s String) Reveal() string { return s.v }

// IsZero reports whether there is no value.
func (s String) IsZero() bool { return s.v == "" }

func (s String) String() string { return placeholder }

// GoString hides the value from %#v.
func (s String) GoString() string { return placeholder }

// Format hides the value from every verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, placeholder) }

// LogValue hides the value from slog.
func (s String) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText hides the value from encoders.
func (s String) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

var (
	_ fmt.Formatter  = String{}
	_ slog.LogValuer = String{}
)

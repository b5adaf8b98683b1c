package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// MinMasked is the length in bytes from which a secret is looked for in texts. A
// shorter one would be found by chance everywhere.
const MinMasked = 8

// Mask finds secrets in texts by value, in every form in which they travel:
// raw, JSON, URL, HTML, hex and base64 at each alignment. It is immutable.
type Mask struct {
	variants []variant // longest first
	sieve    sieve
}

type variant struct {
	text []byte
	with []byte
}

// NewMask makes a mask of named secrets; those under MinMasked are left out.
func NewMask(secrets map[string]String) *Mask {
	m := &Mask{}
	seen := map[string]bool{}
	for name, s := range secrets {
		with := []byte("[redacted:" + name + "]")
		for _, form := range forms(s.v) {
			if len(form) >= MinMasked && !seen[form] {
				seen[form] = true
				m.variants = append(m.variants, variant{[]byte(form), with})
			}
		}
	}
	slices.SortFunc(m.variants, func(a, b variant) int {
		if d := len(b.text) - len(a.text); d != 0 {
			return d
		}
		return bytes.Compare(a.text, b.text)
	})
	m.sieve = newSieve(m.variants)
	return m
}

func forms(v string) []string {
	if len(v) < MinMasked {
		return nil
	}
	quoted, _ := json.Marshal(v)                                      // with <, > and & escaped
	minimal, _ := jsontext.AppendQuote(nil, v)                        // as little escaped as can be
	nested, _ := jsontext.AppendQuote(nil, minimal[1:len(minimal)-1]) // JSON in a text of JSON
	lower := hex.EncodeToString([]byte(v))
	out := []string{
		v, string(quoted[1 : len(quoted)-1]), string(minimal[1 : len(minimal)-1]), url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v),
		string(nested[1 : len(nested)-1]), lower, string(bytes.ToUpper([]byte(lower))),
		strings.ReplaceAll(string(minimal[1:len(minimal)-1]), "/", `\/`), // as PHP writes it
		dotNet.Replace(v),
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			out = append(out, aligned(enc, v, shift))
		}
	}
	return out
}

// dotNet escapes what the JSON of .NET does.
var dotNet = strings.NewReplacer(`"`, `\u0022`, "&", `\u0026`, "'", `\u0027`, "+", `\u002B`, "<", `\u003C`, ">", `\u003E`, "`", `\u0060`, `\`, `\\`) //nolint:gochecknoglobals // constant

// aligned gives the characters that v always contributes to a base64 text when it
// begins shift bytes after a multiple of three.
func aligned(enc *base64.Encoding, v string, shift int) string {
	s := enc.EncodeToString(append(make([]byte, shift), v...))
	first := (shift*8 + 5) / 6 // characters that hold bits of what stands before
	if (shift+len(v))%3 != 0 {
		s = s[:len(s)-1] // the last character holds bits of what follows
	}
	return s[first:]
}

// Redactor takes secrets out of texts. The zero value has none; it may be used
// by several goroutines.
type Redactor struct {
	mu    sync.RWMutex
	masks []*Mask
}

// Add lets r look for what m masks. Adding the same mask again does nothing.
func (r *Redactor) Add(m *Mask) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m != nil && len(m.variants) > 0 && !slices.Contains(r.masks, m) {
		r.masks = append(r.masks, m)
	}
}

// Bytes gives b without secrets; b itself is not changed, and returned if clean.
func (r *Redactor) Bytes(b []byte) []byte {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, m := range r.masks {
		if !m.sieve.passes(b) {
			b = m.replace(b)
		}
	}
	return b
}

func (m *Mask) replace(b []byte) []byte {
	for _, v := range m.variants {
		if bytes.Contains(b, v.text) {
			b = bytes.ReplaceAll(b, v.text, v.with)
		}
	}
	return b
}

// String is Bytes for a string.
func (r *Redactor) String(s string) string {
	if r.empty() {
		return s
	}
	return string(r.Bytes([]byte(s)))
}

// Cut is Bytes for the beginning of a longer text: it also takes out a secret
// that the end of b cuts in two.
func (r *Redactor) Cut(b []byte) []byte {
	b = r.Bytes(b)
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, m := range r.masks {
		for _, v := range m.variants {
			if n := tail(b, v.text); n > 0 {
				return append(slices.Clone(b[:len(b)-n]), v.with...)
			}
		}
	}
	return b
}

// tail gives how many bytes at the end of b begin text; few may be chance.
func tail(b, text []byte) int {
	for n := min(len(b), len(text)-1); n >= MinMasked/2; n-- {
		if bytes.HasSuffix(b, text[:n]) {
			return n
		}
	}
	return 0
}

func (r *Redactor) empty() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.masks) == 0
}

package signature

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

//go:embed providers/*.yaml
var providers embed.FS

// The schemes that are made from configuration alone.
const (
	hmacName  = "hmac"
	tokenName = "token"
)

// Set holds schemes by name. It is immutable.
type Set struct{ schemes map[string]*Scheme }

// Builtin compiles the embedded providers.
func Builtin() (*Set, error) {
	files, err := providers.ReadDir("providers")
	if err != nil {
		return nil, fmt.Errorf("read providers: %w", err)
	}
	set := &Set{schemes: map[string]*Scheme{}}
	for _, f := range files {
		text, err := providers.ReadFile(path.Join("providers", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read providers: %w", err)
		}
		name := strings.TrimSuffix(f.Name(), ".yaml")
		if set.schemes[name], err = Load(name, text); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// Names gives every name that Scheme knows, sorted.
func (s *Set) Names() []string {
	out := []string{hmacName, tokenName}
	for name := range s.schemes {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Scheme gives the scheme of a source: "hmac" and "token" are made from config, a
// provider takes only {tolerance: 5m}. Errors have the code Invalid and name the
// wrong key, or the known names.
func (s *Set) Scheme(name string, config map[string]any) (*Scheme, error) {
	o := &options{values: config}
	switch name {
	case hmacName:
		return genericHMAC(o)
	case tokenName:
		return genericToken(o)
	}
	found, ok := s.schemes[name]
	if !ok {
		return nil, s.unknown(name)
	}
	tolerance := o.tolerance("tolerance")
	if err := o.err(name); err != nil {
		return nil, err
	}
	if tolerance == 0 {
		return found, nil
	}
	if found.clock == nil {
		return nil, invalid(name, errs.Field{Path: "/tolerance", Msg: "the provider signs no time, so there is nothing to tolerate"})
	}
	out, c := *found, *found.clock
	c.past, c.future = tolerance, tolerance
	out.clock = &c
	return &out, nil
}

func (s *Set) unknown(name string) error {
	known := s.Names()
	e := errs.Newf(errs.Invalid, "there is no signature scheme %q", name)
	if near := nearest(name, known); near != "" {
		return e.WithHint("did you mean %q? known are %s", near, strings.Join(known, ", "))
	}
	return e.WithHint("known are %s", strings.Join(known, ", "))
}

// nearest gives the candidate that looks most like word, "" if none is close.
func nearest(word string, candidates []string) string {
	if len(word) > 100 {
		return ""
	}
	best, bestD := "", len(word)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < bestD {
			best, bestD = c, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

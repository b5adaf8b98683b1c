package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Limits of a schema of unknown origin.
const (
	maxSize    = 256 << 10
	maxDepth   = 64
	maxNodes   = 5000 // objects and lists
	maxDigits  = 400
	maxPattern = 10_000 // expanded size of a regular expression
)

// tame bounds a schema document and brings its numbers to a form whose exact
// arithmetic is cheap. It changes doc.
func tame(doc any) (any, error) {
	nodes := 0
	return tameValue(doc, 0, &nodes)
}

func tameValue(v any, depth int, nodes *int) (any, error) {
	var err error
	switch x := v.(type) {
	case json.Number:
		return number(x)
	case []any:
		for i := range x {
			if x[i], err = tameInner(x[i], depth, nodes); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range x {
			if x[k], err = tameInner(x[k], depth, nodes); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func tameInner(v any, depth int, nodes *int) (any, error) {
	if *nodes++; *nodes > maxNodes || depth >= maxDepth {
		return nil, errs.Newf(errs.Invalid, "a schema is at most %d levels deep and has at most %d members", maxDepth, maxNodes)
	}
	return tameValue(v, depth+1, nodes)
}

// number writes out exponents, since an exact number with a large one is huge.
func number(n json.Number) (json.Number, error) {
	if strings.ContainsAny(string(n), "eE") {
		f, err := strconv.ParseFloat(string(n), 64)
		if err != nil || math.IsInf(f, 0) {
			return "", errs.Newf(errs.Invalid, "number %.40s is out of range", n)
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), nil
	}
	if len(n) > maxDigits {
		return "", errs.Newf(errs.Invalid, "number %.40s… is too long", n)
	}
	return n, nil
}

// plain gives v in the types the validator knows. It copies where it must change
// and leaves the caller's value as it is.
func plain(v any) (any, error) {
	switch x := v.(type) {
	case json.Number:
		return number(x)
	case *big.Int:
		return number(json.Number(x.String()))
	case []any:
		return plainList(x)
	case map[string]any:
		return plainObject(x)
	}
	return v, nil
}

func plainList(list []any) (any, error) {
	out := list
	for i, e := range list {
		p, err := plainInner(e)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if &out[0] == &list[0] {
			out = append([]any(nil), list...)
		}
		out[i] = *p
	}
	return out, nil
}

func plainObject(m map[string]any) (any, error) {
	var out map[string]any
	for k, e := range m {
		p, err := plainInner(e)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(m))
			maps.Copy(out, m)
		}
		out[k] = *p
	}
	if out == nil {
		return m, nil
	}
	return out, nil
}

// plainInner gives nil where nothing changes.
func plainInner(v any) (*any, error) {
	switch x := v.(type) {
	case nil, string, bool, int, float64:
		return nil, nil
	case json.Number:
		if n, err := number(x); err != nil || n == x {
			return nil, err
		}
	}
	p, err := plain(v)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// pattern compiles a regular expression of bounded size; counted repetitions
// multiply it.
func pattern(s string) (jsonschema.Regexp, error) {
	re, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%w; patterns are RE2 expressions, without look-ahead and back-references", err)
	}
	if expanded(re) > maxPattern {
		return nil, fmt.Errorf("it repeats too much")
	}
	return regexp.Compile(s)
}

func expanded(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += expanded(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxPattern+1)
}

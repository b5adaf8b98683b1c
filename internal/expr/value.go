package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

func number(s string) (any, error) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, nil
	}
	if !strings.ContainsAny(s, ".eE") && len(s) <= MaxDigits {
		if n, ok := new(big.Int).SetString(s, 10); ok {
			return n, nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, errs.Newf(errs.Invalid, "number %.40s is out of range", s)
	}
	if f == 0 {
		f = 0 // not -0, which would be read back as 0
	}
	return f, nil
}

// Truth is jq's: everything but null and false.
func Truth(v any) bool { return v != nil && v != false }

// Text is how a value appears inside mixed text: a string as it is, null as
// nothing, anything else as JSON.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case int:
		return strconv.Itoa(x)
	}
	b, err := ToJSON(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// bounded checks a computed value: size and finite numbers.
func bounded(v any, left *int) error {
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return errNotFinite
		}
		*left -= 8
	case string:
		*left -= len(x) + 2
	case []any:
		for _, e := range x {
			if err := bounded(e, left); err != nil {
				return err
			}
		}
		*left -= 2
	case map[string]any:
		for k, e := range x {
			*left -= len(k) + 4
			if err := bounded(e, left); err != nil {
				return err
			}
		}
	default:
		*left -= 4
	}
	if *left < 0 {
		return errTooLarge
	}
	return nil
}

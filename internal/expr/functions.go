package expr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/itchyny/gojq"
)

// Names of the variables that feed now, uuid and random; a Vars must know them.
const (
	VarNow  = "__now"  // seconds since 1970 as a number
	VarRand = "__rand" // a *Rand
)

// VarAllSteps is asked for instead of "steps" where an expression may keep the
// whole map; the answer must not change afterwards.
const VarAllSteps = "__steps"

// forbidden reach outside the data, or depend on the machine.
var forbidden = []string{
	"$ENV", "$__prog_args", "debug", "env", "get_search_list", "halt", "halt_error", "input", "input_filename",
	"input_line_number", "inputs", "localtime", "stderr", "strflocaltime",
}

// Rand is a source of numbers that depends on its seed only.
type Rand struct{ r *rand.ChaCha8 }

// NewRand makes a source from a seed of any length.
func NewRand(seed string) *Rand { return &Rand{rand.NewChaCha8(sha256.Sum256([]byte(seed)))} }

func (r *Rand) uuid() string {
	var b [16]byte
	_, _ = r.r.Read(b[:]) // ChaCha8 never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (r *Rand) random() float64 { return float64(r.r.Uint64()>>11) / (1 << 53) }

// functions are ours, beside jq's own.
func functions() []gojq.CompilerOption {
	return []gojq.CompilerOption{
		gojq.WithFunction("_uuid", 1, 1, func(_ any, a []any) any { return withRand(a[0], func(r *Rand) any { return r.uuid() }) }),
		gojq.WithFunction("_random", 1, 1, func(_ any, a []any) any { return withRand(a[0], func(r *Rand) any { return r.random() }) }),
		gojq.WithFunction("sha256", 0, 0, func(in any, _ []any) any {
			s, ok := in.(string)
			if !ok {
				return fmt.Errorf("sha256 cannot be applied to: %T", in)
			}
			sum := sha256.Sum256([]byte(s))
			return hex.EncodeToString(sum[:])
		}),
	}
}

func withRand(v any, f func(*Rand) any) any {
	r, ok := v.(*Rand)
	if !ok {
		return fmt.Errorf("no random source here")
	}
	return f(r)
}

// recorded functions take their value from a variable that the run records.
var recorded = []struct{ name, variable, body string }{
	{"now", VarNow, "def now: $" + VarNow + "; ."},
	{"uuid", VarRand, "def uuid: _uuid($" + VarRand + "); ."},
	{"random", VarRand, "def random: _random($" + VarRand + "); ."},
}

// addRecorded defines the recorded functions that q uses, since a built-in can
// be hidden only by a definition in the program.
func addRecorded(q *gojq.Query, refs Refs, names []string) []string {
	for _, r := range recorded {
		if !slices.Contains(refs.Funcs, r.name) {
			continue
		}
		def, err := gojq.Parse(r.body)
		if err != nil {
			panic(err) // a constant of this file
		}
		q.FuncDefs = append(slices.Clone(def.FuncDefs), q.FuncDefs...)
		if !slices.Contains(names, r.variable) {
			names = append(names, r.variable)
		}
	}
	return names
}

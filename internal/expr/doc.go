// Package expr evaluates the expressions of flows: jq over data, and nothing
// else. An expression reaches no file, network, clock, environment or random
// source; `now`, `uuid` and `random` are fed from the run's own record, so that a
// replay gives the same values.
//
// Values are JSON in gojq's types: nil, bool, int, float64, *big.Int, string,
// []any, map[string]any. They are shared between evaluations and never changed.
//
// Limits are counted, not timed: an evaluation that takes more than MaxSteps
// interpreter steps fails, on every machine and on every replay alike.
package expr

// Limits of an expression and its result.
const (
	MaxSource = 8 << 10   // bytes of source text
	MaxSteps  = 5_000_000 // interpreter steps of one evaluation, some 500 ms
	MaxResult = 16 << 20  // approximate bytes of a result
	MaxDepth  = 128       // nesting of decoded JSON
	MaxDigits = 1000      // of a whole number; the time to read one rises with the square
)

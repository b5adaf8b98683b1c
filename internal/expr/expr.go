package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

var (
	errNotFinite = errors.New("the result is not a finite number")
	errTooLarge  = fmt.Errorf("the result is larger than %d bytes", MaxResult)
	errSteps     = fmt.Errorf("stopped after %d steps", MaxSteps)
)

// Vars gives the values of variables; names are without the dollar sign.
type Vars interface {
	Var(name string) any
}

// Expr is a compiled expression. It is safe for concurrent use.
type Expr struct {
	src   string
	path  *path // set when the whole expression is a plain path
	code  *gojq.Code
	names []string // variables the code takes, in order, without the dollar sign
	refs  Refs
}

// Compile compiles bare jq. vars are the names, without the dollar sign, that
// are in scope. Errors are errs.Invalid and name what is unknown or malformed.
func Compile(src string, vars []string) (*Expr, error) {
	if len(src) > MaxSource {
		return nil, errs.Newf(errs.Invalid, "the expression is longer than %d bytes", MaxSource)
	}
	q, err := gojq.Parse(src)
	if err != nil {
		return nil, syntaxError(src, err)
	}
	e := &Expr{src: src, refs: refsOf(q)}
	if err := e.check(vars); err != nil {
		return nil, err
	}
	if e.path = pathOf(q); e.path != nil {
		return e, nil
	}
	for _, v := range e.refs.Vars {
		if slices.Contains(vars, v) {
			e.names = append(e.names, v)
		}
	}
	e.names = addRecorded(q, e.refs, e.names)
	opts := append(functions(), gojq.WithVariables(dollared(e.names)))
	if e.code, err = gojq.Compile(q, opts...); err != nil {
		return nil, errs.Newf(errs.Invalid, "%s", plain(err))
	}
	return e, nil
}

// check refuses functions that reach outside data. Unknown names are found by
// the compiler, except in plain paths, which are not compiled.
func (e *Expr) check(vars []string) error {
	for _, f := range e.refs.Funcs {
		if slices.Contains(forbidden, f) {
			return errs.Newf(errs.Invalid, "the function %s is not available: expressions see data only", f)
		}
	}
	for _, v := range e.refs.Vars {
		if !slices.Contains(vars, v) && !slices.Contains(e.refs.Bound, v) {
			return errs.Newf(errs.Invalid, "unknown variable $%s", v).WithHint("known here: $%s", strings.Join(vars, ", $"))
		}
	}
	return nil
}

// Source is the text that was compiled.
func (e *Expr) Source() string { return e.src }

// Refs tells what the expression refers to.
func (e *Expr) Refs() Refs { return e.refs }

// Eval evaluates against input and variables and gives the first result, null
// if there is none. Errors are errs.Invalid and carry jq's message.
func (e *Expr) Eval(input any, vars Vars) (v any, err error) {
	if e.path != nil {
		if e.refs.AllSteps {
			return vars.Var(VarAllSteps), nil
		}
		if v, ok := e.path.eval(input, vars); ok {
			return v, nil
		}
		return nil, e.fail(e.path.fault(input, vars))
	}
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, e.fail(fmt.Errorf("the interpreter failed: %v", p))
		}
	}()
	values := make([]any, len(e.names))
	for i, n := range e.names {
		if n == "steps" && e.refs.AllSteps {
			n = VarAllSteps
		}
		values[i] = vars.Var(n)
	}
	it := e.code.RunWithContext(&fuel{Context: context.Background(), left: MaxSteps}, input, values...)
	v, ok := it.Next()
	if !ok {
		return nil, nil
	}
	if err, bad := v.(error); bad {
		return nil, e.fail(err)
	}
	left := MaxResult
	if err := bounded(v, &left); err != nil {
		return nil, e.fail(err)
	}
	return v, nil
}

func (e *Expr) fail(err error) error {
	return errs.Newf(errs.Invalid, "%s in ${ %s }", plain(err), short(e.src))
}

func syntaxError(src string, err error) error {
	var pe *gojq.ParseError
	if !errors.As(err, &pe) {
		return errs.Newf(errs.Invalid, "%s", plain(err))
	}
	if pe.Token == "" {
		return errs.Newf(errs.Invalid, "the expression ends too early: %s", short(src))
	}
	return errs.Newf(errs.Invalid, "unexpected %q at character %d of the expression", pe.Token, pe.Offset-len(pe.Token)+1)
}

func plain(err error) string {
	return strings.TrimPrefix(err.Error(), "gojq: ")
}

func short(s string) string {
	if len(s) > 120 {
		return s[:117] + "..."
	}
	return s
}

func dollared(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "$" + n
	}
	return out
}

// fuel is a context that ends after a number of looks at it. The interpreter
// looks once a step, which makes the limit the same on every machine; the test
// TestStepLimitIsCounted fails if a new version of it stops doing so.
type fuel struct {
	context.Context //nolint:containedctx // it is one

	left int
	shut chan struct{}
}

func (f *fuel) Done() <-chan struct{} {
	if f.left--; f.left == 0 {
		f.shut = make(chan struct{})
		close(f.shut)
	}
	return f.shut
}

func (f *fuel) Err() error {
	if f.left > 0 {
		return nil
	}
	return errSteps
}

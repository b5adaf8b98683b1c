// Package errs is the one error type of Patchbay. It carries a code that callers
// switch on, and a message and a hint that people read. It knows no transport:
// the tables that turn a code into an HTTP status or an exit code are data here,
// and the faces apply them.
package errs

import (
	"errors"
	"fmt"
)

// Code classifies an error. Callers switch on CodeOf, never on text.
type Code string

// The closed list of codes.
const (
	Invalid      Code = "invalid"      // the input is wrong; the same input fails again
	NotFound     Code = "not_found"    // no such thing, or not visible to the caller
	Conflict     Code = "conflict"     // the thing changed or exists already
	Unauthorized Code = "unauthorized" // no or wrong proof of identity
	Forbidden    Code = "forbidden"    // known caller, not allowed
	TooLarge     Code = "too_large"    // over a size limit
	RateLimited  Code = "rate_limited" // over a rate limit; try later
	Unavailable  Code = "unavailable"  // storage or a dependency is down; try later
	Timeout      Code = "timeout"      // a deadline passed
	Unsupported  Code = "unsupported"  // valid, but this build or profile does not do it
	Canceled     Code = "canceled"     // stopped on request
	Internal     Code = "internal"     // a defect of Patchbay
)

// Field is one wrong field of an input; Path is a JSON pointer.
type Field struct {
	Path string `json:"path"`
	Msg  string `json:"message"`
}

// Error is the error type of the whole project.
//
// Msg says what happened, Hint what to do; both are shown to people. Op and Err
// are for logs: the operation that failed and its cause.
type Error struct {
	Code   Code
	Op     string
	Msg    string
	Hint   string
	Fields []Field
	Err    error
}

// New makes an error that people can read.
func New(code Code, msg string) *Error { return &Error{Code: code, Msg: msg} }

// Newf is New with formatting.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Wrap adds a code and a message for people to a cause.
func Wrap(code Code, err error, msg string) *Error {
	return &Error{Code: code, Msg: msg, Err: err}
}

// WithHint returns a copy that tells what to do.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithOp returns a copy that names the operation.
func (e *Error) WithOp(op string) *Error {
	c := *e
	c.Op = op
	return &c
}

// Error gives the whole chain, for logs; people are shown Msg and Hint.
func (e *Error) Error() string {
	s := e.Msg
	if s == "" {
		s = string(e.Code)
	}
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf gives the code of the outermost *Error in the chain, "" for nil and
// Internal for an error without a code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Message gives what a person may see of err: the message and hint of the
// outermost *Error, and a fixed text for anything else.
func Message(err error) (msg, hint string) {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Msg == "" {
			return string(e.Code), e.Hint
		}
		return e.Msg, e.Hint
	}
	return "internal error", "see the server log"
}

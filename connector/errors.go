package connector

import (
	"errors"
	"fmt"
	"time"
)

// Error is how an operation tells the engine what to do about a failure. An
// error of any other type counts as Type "runtime", known not to be worth a retry.
type Error struct {
	// Type is the last segment of a standard error type: communication, timeout,
	// authentication, authorization, validation, configuration, runtime.
	Type   string
	Status int // HTTP status the outside answered with, or a fitting one
	Title  string
	Detail string
	// Temporary: the same call may succeed later.
	Temporary bool
	// RetryAfter is the least wait before the next attempt; 0 if none was asked for.
	RetryAfter time.Duration
	// Unknown: the call was sent and no answer came, so it may have taken effect.
	Unknown bool
	Err     error
}

func (e *Error) Error() string {
	s := e.Title
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError gives the *Error in err's chain, or makes one of type runtime.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Type: "runtime", Status: 500, Title: "The operation failed", Detail: err.Error()}
}

// RetryAfter marks err as temporary, to be retried after d at the earliest.
func RetryAfter(err error, d time.Duration) error {
	e := *AsError(err)
	e.Temporary, e.RetryAfter = true, d
	return &e
}

// Permanent marks err as not worth a retry.
func Permanent(err error) error {
	e := *AsError(err)
	e.Temporary, e.RetryAfter = false, 0
	return &e
}

// NeedAuth marks err as caused by a credential that must be renewed.
func NeedAuth(err error) error {
	e := *AsError(err)
	e.Type, e.Status, e.Temporary = "authentication", 401, false
	return &e
}

// Invalidf makes an error about the argument of an operation.
func Invalidf(format string, args ...any) error {
	return &Error{Type: "validation", Status: 400, Title: "Invalid argument", Detail: fmt.Sprintf(format, args...)}
}

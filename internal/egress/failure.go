package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// RefusedError tells that the address is not one that Patchbay may connect to.
type RefusedError struct{ Address string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s is a private or special address; the operator can allow it with --egress-allow", e.Address)
}

// Error is a request without a complete answer.
type Error struct {
	// Sent: the request may have reached the other side.
	Sent bool
	// Permanent: the same request fails again.
	Permanent bool
	Err       error
}

func (e *Error) Error() string { return describe(e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// MaybeSent tells packages that do not know this one whether the other side may
// have seen the request.
func (e *Error) MaybeSent() bool { return e.Sent }

// Hopeless tells packages that do not know this one that a retry is no use.
func (e *Error) Hopeless() bool { return e.Permanent }

// describe says what happened in words that help more than the standard ones.
func describe(err error) string {
	var refused *RefusedError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host " + dns.Name
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return fmt.Sprintf("cannot connect to %s: %s", op.Addr, op.Err)
	}
	return err.Error()
}

// failure wraps what the transport said; connected tells whether the request had
// a connection to go out on.
func failure(err error, connected bool) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	var refused *RefusedError
	var dns *net.DNSError
	permanent := errors.As(err, &refused) || errors.As(err, &dns) && dns.IsNotFound
	return &Error{Sent: connected, Permanent: permanent, Err: err}
}

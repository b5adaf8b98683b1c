package connector

import (
	"context"
	"net/http"
)

// Call is what an operation gets besides its argument.
type Call struct {
	// Connection is the connection named by `with.connection`; nil if the
	// connector needs none.
	Connection *Connection
	// IdempotencyKey is the same on every attempt of the same logical call.
	IdempotencyKey string
	// Task is the JSON pointer of the task that calls, e.g. /do/0/customer.
	Task string
	// Attempt counts from 1.
	Attempt int
	// HTTP is a client without credentials, for calls to addresses that come from
	// the argument. It guards addresses, limits and records like every other.
	HTTP *http.Client
	// Use gives another connection by name; kind "" takes any.
	Use func(ctx context.Context, name, kind string) (*Connection, error)
	// Usage is reported on the task; set it where a call has a price.
	Usage *Usage
}

// Connection is a stored connection, ready for use.
type Connection struct {
	Name     string
	Kind     string
	Settings map[string]string // plain fields only
	// HTTP authenticates every request with the connection's credential, only to
	// the host of the connection's base address. Request URLs may be relative to it.
	HTTP *http.Client
}

// Usage is what a call consumed.
type Usage struct {
	Model        string `json:"model,omitempty"`
	InputTokens  int64  `json:"input_tokens,omitempty"`
	OutputTokens int64  `json:"output_tokens,omitempty"`
	// NanoUSD is the cost in billionths of a US dollar; nil if no price is known.
	NanoUSD *int64 `json:"nano_usd,omitempty"`
}

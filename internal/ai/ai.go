// Package ai is the contract between Patchbay and language models: one request,
// one answer, whatever wire dialect lies between. It must not know any provider.
package ai

import (
	"context"
	"encoding/json"

	"github.com/patchbay-dev/patchbay/connector"
)

// Role says who speaks.
type Role string

// The roles.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn of a conversation.
type Message struct {
	Role Role
	Text string
}

// Request is one question to a model.
type Request struct {
	Model       string // as the provider calls it
	System      string
	Messages    []Message
	Schema      json.RawMessage // of the answer; nil for free text
	Closed      bool            // what Closed says of Schema
	Temperature *float64
	MaxTokens   int // of the answer; 0 for the provider's default
}

// Stop says why a model stopped.
type Stop string

// The reasons; an unknown one is kept as the provider writes it.
const (
	Ended   Stop = "end"
	Length  Stop = "length"  // the answer is cut off
	Refused Stop = "refusal" // the model or its provider declined
)

// Response is a model's answer.
type Response struct {
	Text         string // JSON where the request had a schema
	Model        string // as the provider reports it
	InputTokens  int64
	OutputTokens int64
	Stop         Stop
}

// Dialect speaks to one family of providers. Errors are *connector.Error.
type Dialect interface {
	Generate(ctx context.Context, c *connector.Connection, key string, r *Request) (*Response, error)
}

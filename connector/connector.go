package connector

import (
	"context"
	"encoding/json"
)

// Connector is one outside system.
type Connector struct {
	Name       string // first part of operation names, e.g. "slack"
	Title      string
	Doc        string
	Kind       *Kind // the kind of connection it needs; nil for none
	Operations []Operation
}

// Kind describes the connections of a connector: its fields and how a request
// is authenticated.
type Kind struct {
	Name   string // e.g. "slack"
	Title  string
	Doc    string
	Fields []Field
	Auth   Auth
	// BaseURL is the address requests without a host go to; the field "base_url"
	// of a connection, where the kind has one, wins.
	BaseURL string
	// BaseFor gives the address by the plain settings, where BaseURL is empty.
	BaseFor func(settings map[string]string) string
	// Test checks a connection without changing anything; nil if there is no way.
	Test func(context.Context, *Connection) error
}

// Field is one setting of a connection.
type Field struct {
	Name     string
	Doc      string
	Secret   bool
	Required bool
	Default  string
	Enum     []string
}

// Auth says how the transport authenticates a request. Exactly one of its
// members is set, or none.
type Auth struct {
	Bearer string      // name of the secret field sent as Authorization: Bearer
	Header *AuthHeader // a secret field sent in a header of its own
	Basic  *AuthBasic
	Custom func(settings map[string]string) Auth // chosen by plain settings
}

// AuthHeader sends a secret field in a header.
type AuthHeader struct {
	Name  string // header
	Field string // secret field
}

// AuthBasic sends HTTP basic authentication.
type AuthBasic struct {
	User     string // plain or secret field with the user's name
	Password string // secret field
}

// Effect says what a repeated call does; it decides what happens after a crash.
type Effect string

// The effects.
const (
	Pure       Effect = "pure"         // no input or output at all; recomputed freely
	Idempotent Effect = "idempotent"   // a read, a natural or a keyed write; repeated freely
	AtMostOnce Effect = "at-most-once" // journalled before it starts; never blindly repeated
)

// Risk says how much a call can hurt; it decides policy and approvals.
type Risk string

// The risks.
const (
	Read         Risk = "read"
	Write        Risk = "write"
	Money        Risk = "money"
	Irreversible Risk = "irreversible"
)

// Spec describes an operation. Effect and Risk are mandatory.
type Spec struct {
	Name     string // full name, e.g. "slack.messages.post"
	Title    string
	Summary  string // one sentence
	Doc      string
	Effect   Effect
	Risk     Risk
	Examples []Example
}

// Example is a call with its result; tests execute it, so it cannot lie.
type Example struct {
	Title  string
	Input  json.RawMessage
	Output json.RawMessage
}

// Operation is one thing a connector can do.
type Operation interface {
	Spec() Spec
	// Input and Output are JSON Schemas (2020-12) of argument and result.
	Input() json.RawMessage
	Output() json.RawMessage
	// Check validates an argument that may still hold expressions: a string value
	// that contains "${" fits anywhere. It returns one message a problem, each with
	// the JSON pointer of the place.
	Check(with map[string]any) []Problem
	// Invoke validates the argument, calls the function and encodes its result.
	Invoke(ctx context.Context, call *Call, with json.RawMessage) (json.RawMessage, error)
}

// Problem is one thing wrong with an argument.
type Problem struct {
	Path    string // JSON pointer, "" for the whole
	Message string
}

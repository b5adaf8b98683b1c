package store

import (
	"context"
	"time"

	"github.com/patchbay-dev/patchbay/internal/id"
)

// Header is one header line as received; order and repetition are kept.
type Header struct {
	Name  string
	Value string
}

// Event is a request that the webhook edge accepted, as received.
type Event struct {
	ID        id.Event
	Namespace string
	Source    string // the hook path, with a leading slash
	Flow      string
	Run       id.Run
	Received  time.Time
	Method    string
	URL       string // path and query as sent
	Headers   []Header
	Body      []byte

	// Dedupe is the provider's event id or a hash; "" turns deduplication off. It
	// is unique with (Namespace, Source) until DedupeUntil.
	Dedupe      string
	DedupeUntil time.Time
	BodyHash    [32]byte // SHA-256 of Body

	ReplayedFrom id.Event // 0 unless this event is a replay
}

// EventQuery filters events; zero fields do not filter. Newest first.
type EventQuery struct {
	Namespace string
	Source    string
	Flow      string
	Before    id.Event
	Limit     int // 1..1000
}

// Events reads received events. They are written by Commit.
type Events interface {
	// Event gives one event; errs.NotFound if there is none in the namespace.
	Event(ctx context.Context, ns string, ev id.Event) (Event, error)
	// Events lists without Headers and Body.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
}

package store

import "context"

// Store is everything a backend implements.
type Store interface {
	Journal
	Runs
	Events
	Flows
	Connections
	Vars
	Tokens
	Meta

	// Ping reports whether a commit could be written now; nil, ErrFull or the cause.
	Ping(ctx context.Context) error
	// Close releases the store. A second call does nothing.
	Close() error
}

package store

import (
	"context"
	"time"

	"github.com/patchbay-dev/patchbay/internal/id"
)

// RunStatus says where a run stands.
type RunStatus string

// A run is live while it is Running or Waiting.
const (
	Running   RunStatus = "running"
	Waiting   RunStatus = "waiting" // nothing to do before Wake
	Completed RunStatus = "completed"
	Faulted   RunStatus = "faulted"
	Cancelled RunStatus = "cancelled"
)

// Live reports whether the run still has something to do.
func (s RunStatus) Live() bool { return s == Running || s == Waiting }

// Run is the row of a run: what lists and searches need. The journal is the truth.
type Run struct {
	ID        id.Run
	Namespace string
	Flow      string
	Revision  int // 0 for a draft
	Trigger   string
	Event     id.Event // 0 when no stored event started it
	Started   time.Time
	RunUpdate
}

// RunQuery filters runs; zero fields do not filter. Newest first.
type RunQuery struct {
	Namespace string
	Flow      string
	Status    RunStatus
	Event     id.Event
	Before    id.Run // page on: only runs that started before this one
	Limit     int    // 1..1000
}

// Runs reads runs.
type Runs interface {
	// Run gives one run; errs.NotFound if there is none in the namespace.
	Run(ctx context.Context, ns string, run id.Run) (Run, error)
	Runs(ctx context.Context, q RunQuery) ([]Run, error)

	// Due gives waiting runs whose Wake is not after until, earliest first, of all
	// namespaces.
	Due(ctx context.Context, until time.Time, limit int) ([]Run, error)

	// NextWake gives the earliest Wake of all waiting runs; zero for none.
	NextWake(ctx context.Context) (time.Time, error)

	// Unfinished gives runs with status Running in order of id, of all namespaces,
	// with id > after: what a restart must take up again.
	Unfinished(ctx context.Context, after id.Run, limit int) ([]Run, error)

	// CountRuns counts runs by status in a namespace.
	CountRuns(ctx context.Context, ns string) (map[RunStatus]int, error)
}

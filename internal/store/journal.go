package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-dev/patchbay/internal/id"
)

// ErrConflict tells that another commit took the sequence number. The caller's view of
// the run is stale; it drops its work quietly.
var ErrConflict = errors.New("store: sequence taken")

// ErrFenced tells that a newer session owns the data. Nothing was written, and nothing of
// this session will ever be written again.
var ErrFenced = errors.New("store: fenced by a newer session")

// ErrCorrupt tells that a stored record does not match its checksum.
var ErrCorrupt = errors.New("store: corrupt record")

// DuplicateError tells that an event with the same source and deduplication key is stored
// already. It carries what the first delivery was answered with.
type DuplicateError struct {
	Event    id.Event
	Run      id.Run
	BodyHash [32]byte // of the stored event
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("store: duplicate of %s", e.Event)
}

// Session is the fence token of one opening of the store: every Commit carries it.
type Session struct {
	ID    uint64
	Epoch uint64
}

// Record is one journal entry of a run.
type Record struct {
	Seq   uint32 // gapless from 0
	Kind  string // short word of package run
	Data  []byte // what a fold reads
	Trace []byte // what the attempt said to the outside, redacted; nil if none; never read by a fold
}

// Tx is one atomic change of one run. Records[0].Seq is the expected next
// sequence number of the run's journal. A Tx without records changes only the
// row of a run whose journal cannot be read.
type Tx struct {
	Run     id.Run
	Records []Record
	Create  *Run       // inserts the run; set exactly when Records[0].Seq is 0
	Update  *RunUpdate // changes the run
	Event   *Event     // stores the event that starts the run
}

// RunUpdate is the part of a run that changes as it goes on. All fields are written.
type RunUpdate struct {
	Status   RunStatus
	Wake     time.Time // earliest pending timer; zero for none
	Finished time.Time // zero while it is not finished
	Result   []byte    // JSON: the output of a completed run, the error of a faulted one
}

// Journal is the truth about runs.
type Journal interface {
	// Open starts a session and fences every earlier one.
	Open(ctx context.Context, node string) (Session, error)

	// Commit writes txs in one durable commit. The slice has one entry a Tx: nil,
	// ErrConflict or *DuplicateError. A non-nil error is for the whole group:
	// ErrFenced (nothing written), ErrFull (nothing written) or any other, after
	// which the outcome is unknown and the caller must not assume either way.
	Commit(ctx context.Context, s Session, txs []Tx) ([]error, error)

	// Load gives the records of a run with Seq >= from, in order, without their
	// traces. A run without records gives none. Error: ErrCorrupt.
	Load(ctx context.Context, run id.Run, from uint32) ([]Record, error)

	// Traces gives the records that have a trace, without their data.
	Traces(ctx context.Context, run id.Run) ([]Record, error)
}

// ErrFull tells that the disk is full; the commit wrote nothing.
var ErrFull = errors.New("store: disk full")

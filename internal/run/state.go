package run

import (
	"time"

	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
)

// Status says where a run stands.
type Status string

// The statuses.
const (
	Running   Status = "running"
	Completed Status = "completed"
	Faulted   Status = "faulted"
	Cancelled Status = "cancelled"
)

// State is the fold of a run's events.
type State struct {
	Run    id.Run
	Status Status
	Seq    uint32 // events folded
	Now    int64  // time of the last event, milliseconds
	Begun  int64
	Output any
	// Error is why the run faulted or is about to: x-on-error may still be running.
	Error *Failure
	// HandlerError is why x-on-error itself failed.
	HandlerError *Failure

	Input   any
	Trigger any
	Vars    any
	Context any
	Steps   map[string]any // last output by task name

	frames     map[uint32]*frame
	lastFrame  uint32
	root       uint32 // of the tasks in do
	failed     uint32 // frame whose failure nobody caught
	handling   bool   // x-on-error runs; the frames of do are parked
	generation int    // times the run was resumed by a person
}

// NewState is the state before the first event.
func NewState(r id.Run) *State {
	return &State{Run: r, Steps: map[string]any{}, frames: map[uint32]*frame{}}
}

// Finished reports whether nothing is left to do.
func (s *State) Finished() bool { return s.Status != Running }

// phase is what a frame waits for.
type phase uint8

const (
	inside   phase = iota // its children, or nothing yet
	calling               // the outcome of its call
	waiting               // the end of its wait
	retrying              // the next attempt
)

// frame is a task that has begun and not ended.
type frame struct {
	id      uint32
	parent  *frame
	task    *flow.Task
	handler bool // belongs to x-on-error
	item    int  // iteration or branch within the parent
	visit   int  // times the parent's list came by before
	gen     int  // generation it was entered in
	attempt int  // from 1
	began   int64
	first   int64 // begin of the first attempt

	raw, input any
	vars       map[string]any // what a loop or catch binds
	phase      phase
	timer      int64 // milliseconds; 0 for none
	started    bool  // an at-most-once call has begun
	args       any   // resolved argument of the call; once it is ending, its output
	ending     bool  // the task is done; only the stages after it are left
	evals      int   // expressions evaluated, for the random source
	then       string

	catching   bool // a try in its catch.do
	child      int  // index of the running child in the list
	visits     []int
	items      []any
	results    []any
	pending    int
	ownContext bool
	context    any
}

// NextTimer gives the earliest timer; false if there is none.
func (s *State) NextTimer() (ref uint32, at time.Time, ok bool) {
	var best *frame
	for _, f := range s.frames {
		if f.timer == 0 || f.handler != s.handling || s.Finished() {
			continue
		}
		if best == nil || f.timer < best.timer || f.timer == best.timer && f.id < best.id {
			best = f
		}
	}
	if best == nil {
		return 0, time.Time{}, false
	}
	return best.id, time.UnixMilli(best.timer).UTC(), true
}

// Calls reports how many calls are under way.
func (s *State) Calls() int {
	n := 0
	for _, f := range s.frames {
		if f.phase == calling && f.handler == s.handling && !s.Finished() {
			n++
		}
	}
	return n
}

package run

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/jsonobject"
)

// Kind is the kind of an event; it is stored beside the data.
type Kind string

// The kinds. A new one needs a line in Decode and a golden journal.
const (
	Accepted Kind = "accepted" // the run begins; record 0
	Started  Kind = "started"  // an at-most-once call is about to begin
	Done     Kind = "done"     // a task's outside work ended well
	Failed   Kind = "failed"   // a task's outside work ended badly
	Fired    Kind = "timer"    // a timer is due
	Cancel   Kind = "cancel"   // somebody asked to stop
	Resumed  Kind = "resumed"  // somebody asked to go on from the failed task
)

// Event is one journal record.
type Event struct {
	Kind Kind  `json:"-"`
	At   int64 `json:"at"` // milliseconds since 1970

	Ref     uint32          `json:"ref,omitempty"`     // frame
	Path    string          `json:"path,omitempty"`    // of its task, for people
	Attempt int             `json:"attempt,omitempty"` // from 1
	Output  json.RawMessage `json:"output,omitempty"`
	Failure *Failure        `json:"failure,omitempty"`
	Usage   json.RawMessage `json:"usage,omitempty"`   // what the call consumed
	Took    int64           `json:"took_us,omitempty"` // duration in microseconds
	Reason  string          `json:"reason,omitempty"`  // of a cancel
	Accept  *Acceptance     `json:"accept,omitempty"`

	output any // what Output holds, once it was read
}

// Acceptance is what a run starts from.
type Acceptance struct {
	Kernel    int             `json:"kernel"`
	Namespace string          `json:"namespace"`
	Flow      string          `json:"flow"`
	Revision  int             `json:"revision"` // 0: Text holds the flow
	Hash      string          `json:"hash"`     // of the flow's text
	Text      string          `json:"text,omitempty"`
	Trigger   json.RawMessage `json:"trigger,omitempty"` // envelope, $trigger
	Input     json.RawMessage `json:"input,omitempty"`   // workflow input where it is not the envelope's body
	Vars      json.RawMessage `json:"vars,omitempty"`    // $vars as they were
}

func (a *Acceptance) encode(w *jsonobject.Writer) {
	w.Int("kernel", int64(a.Kernel))
	w.String("namespace", a.Namespace)
	w.String("flow", a.Flow)
	w.Int("revision", int64(a.Revision))
	w.String("hash", a.Hash)
	w.Text("text", a.Text)
	w.Raw("trigger", a.Trigger)
	w.Raw("input", a.Input)
	w.Raw("vars", a.Vars)
}

// Time is At as a time.
func (e Event) Time() time.Time { return time.UnixMilli(e.At).UTC() }

// SetOutput sets Output to a JSON value, or to nothing if raw is empty. Errors are
// errs.Invalid: it is none, or is nested too deep; Output then is unchanged.
func (e *Event) SetOutput(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	v, err := expr.FromJSON(raw)
	if err != nil {
		return err
	}
	e.Output, e.output = raw, v
	return nil
}

// result is what Output holds.
func (e *Event) result() (any, error) {
	if e.output != nil || len(e.Output) == 0 {
		return e.output, nil
	}
	return expr.FromJSON(e.Output)
}

// Encode gives the bytes to store, as the tags say.
func (e Event) Encode() ([]byte, error) {
	room := eventRoom + len(e.Output)
	if a := e.Accept; a != nil {
		room += eventRoom + len(a.Text) + len(a.Trigger) + len(a.Input) + len(a.Vars)
	}
	w := jsonobject.Begin(make([]byte, 0, room))
	w.Int("at", e.At)
	w.Some("ref", int64(e.Ref))
	w.Text("path", e.Path)
	w.Some("attempt", int64(e.Attempt))
	w.Raw("output", e.Output)
	w.Raw("usage", e.Usage)
	w.Some("took_us", e.Took)
	w.Text("reason", e.Reason)
	if e.Failure != nil { // rare enough for reflection
		b, err := json.Marshal(e.Failure)
		if err != nil {
			return nil, fmt.Errorf("encode journal event: %w", err)
		}
		w.Raw("failure", b)
	}
	if e.Accept != nil {
		w.Object("accept", e.Accept.encode)
	}
	return w.End(), nil
}

// eventRoom is about the length of an event without its output.
const eventRoom = 192

// Decode reads a stored event. Errors are errs.Internal: a kind of a newer
// version, or bytes that are none of ours.
func Decode(kind string, data []byte) (Event, error) {
	e := Event{Kind: Kind(kind)}
	switch e.Kind {
	case Accepted, Started, Done, Failed, Fired, Cancel, Resumed:
	default:
		return e, errs.Newf(errs.Internal, "journal event %q is of a newer version", kind).WithHint("upgrade Patchbay")
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, errs.Wrap(errs.Internal, err, "a journal event cannot be read")
	}
	return e, nil
}

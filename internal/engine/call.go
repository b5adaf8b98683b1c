package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/run"
)

// attempt makes one attempt of one call and gives its outcome; false when it was
// not made or was cut off, by Stop or StopTask.
func (e *Engine) attempt(in *instance, c run.Command) (happened, bool) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-e.ctx.Done():
		return happened{}, false
	}
	once := e.atMostOnce(c)
	if e.stopping.Load() && !once {
		return happened{}, false // the next start makes it; nothing was journalled
	}
	timeout := c.Task.Timeout
	if timeout == 0 {
		timeout = e.CallTimeout
	}
	ctx, cancel := context.WithTimeout(e.ctx, timeout)
	defer cancel()
	in.begin(c.Ref, cancel)
	defer in.end(c.Ref)

	began := e.Now()
	att := e.Outside.Begin(ctx, in.ns)
	usage := &connector.Usage{}
	out, err := e.invoke(att, c, usage)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return happened{}, false
	}
	now := e.Now()
	ev := run.Event{At: now.UnixMilli(), Ref: c.Ref, Path: c.Task.Path, Attempt: c.Attempt, Took: now.Sub(began).Microseconds(), Usage: encodeUsage(usage)}
	ev.Kind = run.Done
	if err == nil {
		err = unreadable(ev.SetOutput(att.RedactJSON(out)))
	}
	if err != nil {
		ev.Kind, ev.Failure = run.Failed, e.failureOf(c, att, err, errors.Is(ctx.Err(), context.DeadlineExceeded))
	}
	return happened{event: ev, trace: att.Trace()}, true
}

// unreadable is the failure of a call whose result is of no use; nil for nil.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	msg, _ := errs.Message(err)
	return &connector.Error{Type: "runtime", Status: 500, Title: "The result cannot be read", Detail: msg}
}

func (in *instance) begin(ref uint32, cancel context.CancelFunc) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.calls[ref] = cancel
}

func (in *instance) end(ref uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.calls, ref)
}

// invoke calls the operation; a panic in a connector fails the task only.
func (e *Engine) invoke(att Attempt, c run.Command, usage *connector.Usage) (out json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.Log.ErrorContext(att.Context(), "an operation panicked", "operation", c.Task.Call.Operation, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &connector.Error{Type: "runtime", Status: 500, Title: "The operation crashed", Unknown: e.atMostOnce(c)}
		}
	}()
	op, kind, ok := e.Operations.Find(c.Task.Call.Operation)
	if !ok {
		return nil, &connector.Error{Type: "configuration", Status: 501, Title: "There is no operation " + c.Task.Call.Operation}
	}
	with, err := expr.ToJSON(c.Args)
	if err != nil {
		return nil, err
	}
	call := &connector.Call{Task: c.Task.Path, IdempotencyKey: c.Key, Attempt: c.Attempt, HTTP: att.HTTP(), Use: att.Use, Usage: usage}
	if name := c.Task.Call.Connection; name != "" {
		if call.Connection, err = att.Use(att.Context(), name, kind); err != nil {
			return nil, err
		}
	}
	return op.Invoke(att.Context(), call, with)
}

// effecter is an operation whose effect depends on its argument.
type effecter interface {
	EffectOf(with map[string]any) connector.Effect
}

// atMostOnce reports whether a call must be journalled before it begins; the
// author's word on the task goes before the operation's.
func (e *Engine) atMostOnce(c run.Command) bool {
	if c.Task.Effect != "" {
		return c.Task.Effect == string(connector.AtMostOnce)
	}
	op, _, ok := e.Operations.Find(c.Task.Call.Operation)
	if !ok {
		return false
	}
	if x, ok := op.(effecter); ok {
		with, _ := c.Args.(map[string]any)
		return x.EffectOf(with) == connector.AtMostOnce
	}
	return op.Spec().Effect == connector.AtMostOnce
}

// failureOf is what the journal and the flow see of an error.
func (e *Engine) failureOf(c run.Command, att Attempt, err error, timedOut bool) *run.Failure {
	var known *errs.Error
	x := connector.AsError(err)
	switch {
	case timedOut:
		x = &connector.Error{Type: "timeout", Status: 408, Title: "The call took too long", Detail: "no answer within its time limit", Temporary: true, Unknown: true}
	case errors.As(err, &known):
		msg, hint := errs.Message(err)
		x = &connector.Error{Type: "configuration", Status: errs.HTTPStatus(known.Code), Title: msg, Detail: hint, Temporary: known.Code == errs.Unavailable}
	}
	f := &run.Failure{
		Type: run.TypeBase + x.Type, Status: x.Status, Title: string(att.Redact([]byte(x.Title))), Detail: string(att.Redact([]byte(x.Detail))),
		Temporary: x.Temporary, RetryAfter: int64(x.RetryAfter / time.Millisecond), Instance: c.Task.Path,
	}
	// Whether an unseen effect matters depends on what a repeat would do.
	f.Unknown = x.Unknown && e.atMostOnce(c)
	return f
}

func encodeUsage(u *connector.Usage) json.RawMessage {
	if *u == (connector.Usage{}) {
		return nil
	}
	b, err := json.Marshal(u)
	if err != nil {
		return nil
	}
	return b
}

func resultOf(s *run.State) []byte {
	if s.Status == run.Faulted {
		b, err := expr.ToJSON(s.Error.Value())
		if err != nil {
			return nil
		}
		return b
	}
	b, err := expr.ToJSON(s.Output)
	if err != nil {
		return nil
	}
	return b
}

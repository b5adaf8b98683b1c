package engine

import (
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// waker remembers the earliest moment at which a waiting run is due.
type waker struct {
	mu   sync.Mutex
	next time.Time
	kick chan struct{}
	quit chan struct{}
	once sync.Once
}

func newWaker() *waker { return &waker{kick: make(chan struct{}, 1), quit: make(chan struct{})} }

// close ends the loop that waits.
func (w *waker) close() { w.once.Do(func() { close(w.quit) }) }

// at tells of a run that waits until t.
func (w *waker) at(t time.Time) {
	w.mu.Lock()
	earlier := w.next.IsZero() || t.Before(w.next)
	if earlier {
		w.next = t
	}
	w.mu.Unlock()
	if earlier {
		select {
		case w.kick <- struct{}{}:
		default:
		}
	}
}

func (w *waker) set(t time.Time) {
	w.mu.Lock()
	w.next = t
	w.mu.Unlock()
}

func (w *waker) get() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

const (
	dueBatch = 500
	// lookAgain bounds how long a change of the wall clock goes unseen.
	lookAgain = time.Minute
	lookSoon  = 5 * time.Millisecond
)

// timers wakes waiting runs. The store knows them all; memory holds only the
// earliest moment, so that any number of runs can sleep.
func (e *Engine) timers() {
	for {
		wait := lookAgain
		if next := e.wake.get(); !next.IsZero() {
			wait = min(max(next.Sub(e.Now()), 0), lookAgain)
		}
		t := time.NewTimer(wait)
		select {
		case <-e.ctx.Done():
			t.Stop()
			return
		case <-e.wake.quit:
			t.Stop()
			return
		case <-e.wake.kick:
			t.Stop()
			continue
		case <-t.C:
		}
		e.wakeDue()
	}
}

func (e *Engine) wakeDue() {
	// Forget the moment first: a run that begins to wait meanwhile sets it again.
	e.wake.set(time.Time{})
	due, err := e.Store.Due(e.ctx, e.Now(), dueBatch)
	if err != nil {
		e.Log.ErrorContext(e.ctx, "cannot read due timers", "error", err)
		e.wake.at(e.Now().Add(time.Second))
		return
	}
	for _, r := range due {
		e.wakeRun(r)
	}
	next, err := e.Store.NextWake(e.ctx)
	if err != nil || next.IsZero() {
		return
	}
	// What is still due is on its way into the journal, or beyond this batch.
	if soon := e.Now().Add(lookSoon); next.Before(soon) {
		next = soon
	}
	e.wake.at(next)
}

// wakeRun fires the timer of one waiting run.
func (e *Engine) wakeRun(r store.Run) {
	in, err := e.load(e.ctx, r)
	if err != nil {
		e.quarantine(r, err)
		return
	}
	e.launch(func() { e.fire(in) })
}

// fire posts the earliest timer of an instance if it is due, and drives the run.
func (e *Engine) fire(in *instance) {
	in.mu.Lock()
	if in.gone || in.busy {
		// Whoever is busy sets the timer anew when it settles.
		in.mu.Unlock()
		return
	}
	ref, at, ok := in.state.NextTimer()
	in.mu.Unlock()
	if !ok {
		return
	}
	now := e.Now()
	if at.After(now) {
		in.mu.Lock()
		if !in.gone && !in.busy {
			in.timer = time.AfterFunc(at.Sub(now), func() { e.launch(func() { e.fire(in) }) })
		}
		in.mu.Unlock()
		return
	}
	cmds, _ := e.post(in, happened{event: run.Event{Kind: run.Fired, At: now.UnixMilli(), Ref: ref}})
	e.drive(in, cmds)
}

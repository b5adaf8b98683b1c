package engine

import "time"

// idleFor is how long a goroutine waits for more work. Reusing one saves the
// growth of its stack, which a run needs at each start.
const idleFor = time.Second

// launch runs f on a goroutine of the engine, unless it is stopping.
func (e *Engine) launch(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	select {
	case e.idle <- f:
	default:
		e.wg.Go(func() { e.runner(f) })
	}
}

func (e *Engine) runner(f func()) {
	wait := time.NewTimer(idleFor)
	defer wait.Stop()
	for {
		f()
		wait.Reset(idleFor)
		select {
		case f = <-e.idle:
		case <-wait.C:
			return
		case <-e.quit:
			return
		}
	}
}

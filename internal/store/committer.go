package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Committer turns many concurrent Commit calls into few commits of a Journal:
// while one is being made durable, and as long again, the next group gathers. A
// lone Tx is committed at once. The pause trades a millisecond under load for
// groups three times as large, and a commit costs nearly the same for one Tx as
// for twenty.
//
// After ErrFenced or an error of unknown outcome it stops for good, since
// neither may be papered over; ErrFull and ErrBusy leave it running.
type Committer struct {
	journal Journal
	session Session
	queue   chan pending
	done    chan struct{}

	mu      sync.RWMutex // held for reading while queueing, so that Stop can close
	stopped bool
	once    sync.Once
	err     error // set before done is closed
}

type pending struct {
	tx   Tx
	done chan error
}

// Bounds of one group.
const (
	groupTxs   = 1024
	groupBytes = 8 << 20
	// longestPause keeps a slow disk, whose groups are large anyway, from being
	// left idle.
	longestPause = 2 * time.Millisecond
)

// ErrBusy tells that another program holds the database; nothing was written.
var ErrBusy = errors.New("store: the database is locked by another program")

// ErrStopped tells that the committer was stopped before it took the Tx; nothing was written.
var ErrStopped = errors.New("store: committer stopped")

// NewCommitter starts a committer. Stop ends it.
func NewCommitter(j Journal, s Session) *Committer {
	c := &Committer{journal: j, session: s, queue: make(chan pending, 4*groupTxs), done: make(chan struct{})}
	go c.loop()
	return c
}

// Commit returns nil when the Tx is durable. Other results: ErrConflict,
// *DuplicateError, ErrFull, ErrBusy, ErrFenced, ErrStopped (nothing written),
// ctx's error before the Tx was queued (nothing written), any other error with
// an unknown outcome. Once queued, ctx no longer counts: the outcome is awaited.
func (c *Committer) Commit(ctx context.Context, tx Tx) error {
	p := pending{tx, make(chan error, 1)}
	if err := c.enqueue(ctx, p); err != nil {
		return err
	}
	return <-p.done
}

func (c *Committer) enqueue(ctx context.Context, p pending) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.stopped {
		return c.stopError()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.queue <- p:
		return nil
	case <-c.done:
		return c.stopError()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Done is closed when the committer has ended; Err then says why.
func (c *Committer) Done() <-chan struct{} { return c.done }

// Err is nil while the committer runs and after Stop.
func (c *Committer) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Stop commits what is queued and ends. A second call does nothing.
func (c *Committer) Stop() {
	c.once.Do(func() {
		c.mu.Lock()
		c.stopped = true
		close(c.queue)
		c.mu.Unlock()
	})
	<-c.done
}

func (c *Committer) stopError() error {
	select {
	case <-c.done:
		if c.err != nil {
			return c.err
		}
	default:
	}
	return ErrStopped
}

func (c *Committer) loop() {
	defer c.drain()
	defer close(c.done)
	group, txs := make([]pending, 0, groupTxs), make([]Tx, 0, groupTxs)
	for first := range c.queue {
		group, txs = append(group[:0], first), append(txs[:0], first.tx)
		for size := first.tx.size(); len(group) < groupTxs && size < groupBytes; {
			select {
			case p, ok := <-c.queue:
				if !ok {
					break
				}
				group, txs = append(group, p), append(txs, p.tx)
				size += p.tx.size()
				continue
			default:
			}
			break
		}
		began := time.Now()
		if c.err = c.commit(group, txs); c.err != nil {
			return
		}
		if len(group) > 1 {
			time.Sleep(min(time.Since(began), longestPause))
		}
	}
}

// commit answers every member of a group; an error ends the committer.
func (c *Committer) commit(group []pending, txs []Tx) error {
	// A group that has been taken up is finished even when its callers give up.
	results, err := c.journal.Commit(context.Background(), c.session, txs)
	for i, p := range group {
		switch {
		case err != nil:
			p.done <- err
		case results == nil:
			p.done <- nil
		default:
			p.done <- results[i]
		}
	}
	if err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrBusy) {
		return nil
	}
	return err
}

// drain answers what was queued when the loop ended.
func (c *Committer) drain() {
	c.once.Do(func() {
		c.mu.Lock()
		c.stopped = true
		close(c.queue)
		c.mu.Unlock()
	})
	for p := range c.queue {
		p.done <- c.stopError()
	}
}

func (t Tx) size() int {
	n := 256
	for _, r := range t.Records {
		n += len(r.Data) + len(r.Trace)
	}
	if t.Event != nil {
		n += len(t.Event.Body)
	}
	return n
}

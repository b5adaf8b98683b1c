package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a Journal whose Commit waits for the gate and answers by a script,
// which only a journal that keeps nothing can be told to do.
type scripted struct {
	store.Journal
	gate   chan struct{} // nil: always open
	answer func(txs []store.Tx) ([]error, error)
	groups [][]id.Run
}

func (j *scripted) Commit(_ context.Context, _ store.Session, txs []store.Tx) ([]error, error) {
	var runs []id.Run
	for _, tx := range txs {
		runs = append(runs, tx.Run)
	}
	j.groups = append(j.groups, runs)
	if j.gate != nil {
		<-j.gate
	}
	if j.answer == nil {
		return nil, nil
	}
	return j.answer(txs)
}

// calls starts one Commit after the other for runs 1 to n; each is queued before
// the next. The results are there once the gate is open and all is quiet.
func calls(t *testing.T, c *store.Committer, n int) []error {
	t.Helper()
	results := make([]error, n)
	for i := range results {
		results[i] = errPending
		go func() { results[i] = c.Commit(t.Context(), store.Tx{Run: id.Run(i + 1)}) }()
		synctest.Wait()
	}
	return results
}

var errPending = errors.New("pending")

func TestLoneTxIsCommittedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &scripted{}
		c := store.NewCommitter(j, store.Session{})
		defer c.Stop()
		for i := range 3 {
			if err := c.Commit(t.Context(), store.Tx{Run: id.Run(i)}); err != nil || len(j.groups) != i+1 {
				t.Fatal(err, j.groups)
			}
		}
	})
}

func TestWhatComesMeanwhileIsOneGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &scripted{gate: make(chan struct{})}
		c := store.NewCommitter(j, store.Session{})
		defer c.Stop()
		results := calls(t, c, 4)
		if slices.ContainsFunc(results, func(err error) bool { return !errors.Is(err, errPending) }) {
			t.Fatal("answered before the commit was over:", results)
		}
		close(j.gate)
		synctest.Wait()
		if got := fmt.Sprint(j.groups, results); got != "[[run_0000000000001] [run_0000000000002 run_0000000000003 run_0000000000004]] [<nil> <nil> <nil> <nil>]" {
			t.Fatal(got)
		}
	})
}

func TestLargeTxsAreNotGroupedWithoutEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &scripted{gate: make(chan struct{})}
		c := store.NewCommitter(j, store.Session{})
		defer c.Stop()
		calls(t, c, 1) // holds the gate
		large := store.Tx{Records: []store.Record{{Data: make([]byte, 5<<20)}}, Event: &store.Event{Body: make([]byte, 1<<20)}}
		for range 3 {
			go func() { _ = c.Commit(t.Context(), large) }()
		}
		synctest.Wait()
		close(j.gate)
		synctest.Wait()
		if len(j.groups) != 3 || len(j.groups[1]) != 2 || len(j.groups[2]) != 1 {
			t.Fatal(j.groups)
		}
	})
}

func TestEveryCallerGetsItsOwnResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dup := &store.DuplicateError{Event: 9}
		j := &scripted{gate: make(chan struct{}), answer: func(txs []store.Tx) ([]error, error) {
			if len(txs) == 1 {
				return nil, nil
			}
			return []error{nil, store.ErrConflict, dup}, nil
		}}
		c := store.NewCommitter(j, store.Session{})
		defer c.Stop()
		results := calls(t, c, 4)
		close(j.gate)
		synctest.Wait()
		if !slices.Equal(results, []error{nil, nil, store.ErrConflict, dup}) {
			t.Fatal(results)
		}
		if err := c.Err(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatLeftNothingBehindStopsNothing(t *testing.T) {
	t.Parallel()
	for _, want := range []error{store.ErrFull, store.ErrBusy} {
		synctest.Test(t, func(t *testing.T) {
			answers := []error{fmt.Errorf("commit: %w", want), nil}
			j := &scripted{answer: func([]store.Tx) ([]error, error) {
				err := answers[0]
				answers = answers[1:]
				return nil, err
			}}
			c := store.NewCommitter(j, store.Session{})
			defer c.Stop()
			if err := c.Commit(t.Context(), store.Tx{}); !errors.Is(err, want) {
				t.Fatal(err)
			}
			select {
			case <-c.Done():
				t.Fatal("it stopped:", c.Err())
			default:
			}
			if err := c.Commit(t.Context(), store.Tx{}); err != nil || c.Err() != nil {
				t.Fatal(err, c.Err())
			}
		})
	}
}

func TestWhatIsNotKnownStopsForGood(t *testing.T) {
	t.Parallel()
	for _, want := range []error{store.ErrFenced, errors.New("sync failed")} {
		synctest.Test(t, func(t *testing.T) {
			j := &scripted{gate: make(chan struct{}), answer: func([]store.Tx) ([]error, error) { return nil, fmt.Errorf("commit: %w", want) }}
			c := store.NewCommitter(j, store.Session{})
			results := calls(t, c, 3)
			close(j.gate)
			<-c.Done()
			synctest.Wait()
			for i, err := range append(results, c.Err(), c.Commit(t.Context(), store.Tx{}), c.Commit(t.Context(), store.Tx{})) {
				if !errors.Is(err, want) {
					t.Errorf("answer %d: %v", i, err)
				}
			}
			if len(j.groups) != 1 {
				t.Error("it went on:", j.groups)
			}
			c.Stop()
			if err := c.Err(); !errors.Is(err, want) {
				t.Error("Stop made it forget:", err)
			}
		})
	}
}

func TestStopCommitsWhatIsQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &scripted{gate: make(chan struct{})}
		c := store.NewCommitter(j, store.Session{})
		results := calls(t, c, 3)
		for range 2 {
			go c.Stop()
		}
		synctest.Wait()
		if err := c.Commit(t.Context(), store.Tx{Run: 4}); !errors.Is(err, store.ErrStopped) {
			t.Fatal(err)
		}
		close(j.gate)
		<-c.Done()
		c.Stop()
		synctest.Wait()
		if !slices.Equal(results, []error{nil, nil, nil}) || len(j.groups) != 2 || c.Err() != nil {
			t.Fatal(results, j.groups, c.Err())
		}
	})
}

func TestContextCountsUntilQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &scripted{gate: make(chan struct{})}
		c := store.NewCommitter(j, store.Session{})
		defer c.Stop()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var queued, late error
		go func() { queued = c.Commit(ctx, store.Tx{Run: 1}) }()
		synctest.Wait()
		fill(t, c)
		go func() { late = c.Commit(ctx, store.Tx{Run: 2}) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !errors.Is(late, context.Canceled) {
			t.Error("it waits on:", late)
		}
		close(j.gate)
		synctest.Wait()
		if queued != nil {
			t.Error("a queued tx was given up:", queued)
		}
		if slices.Contains(slices.Concat(j.groups...), 2) {
			t.Error("a tx was written after its caller was told that it was not")
		}
	})
}

// fill makes Commit calls until one waits for room in the queue.
func fill(t *testing.T, c *store.Committer) {
	t.Helper()
	const most = 1 << 13 // more than the queue takes
	ctx, cancel := context.WithCancel(t.Context())
	var turnedAway atomic.Int64
	for range most {
		go func() {
			if errors.Is(c.Commit(ctx, store.Tx{Run: 3}), context.Canceled) {
				turnedAway.Add(1)
			}
		}()
	}
	synctest.Wait()
	cancel()
	synctest.Wait()
	if turnedAway.Load() == 0 {
		t.Error("nobody had to wait for room, or to stop waiting")
	}
}

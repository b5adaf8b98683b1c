package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// nap is how long each run sleeps: longer than it takes to start them all, kill
// the server and start it again.
const nap = 25 * time.Second

// sleeper is a flow that sleeps, then tells when it was due.
const sleeper = `document: { dsl: '1.0.3', namespace: bench, name: sleeper, version: '1.0.0' }
x-triggers:
  - start: { webhook: { path: /sleep, auth: { hmac: { secret: helpdesk } } } }
do:
  - sleep: { wait: { milliseconds: %d } }
  - tell: { call: http, with: { method: put, endpoint: 'http://%s/late', body: { due: '${ $workflow.startedAt.epoch.milliseconds + %d }' } } }
`

// sleepers starts n runs that sleep, kills the server, starts it again, and
// reports memory and how late the runs woke.
func sleepers(ctx context.Context, o options, n int) error {
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(ctx); err != nil {
		return err
	}
	if err := w.deploy(ctx, "sleeper.yaml", fmt.Sprintf(sleeper, nap.Milliseconds(), w.outside.addr, nap.Milliseconds())); err != nil {
		return err
	}
	began := time.Now()
	if err := startAll(ctx, w, o.senders, n); err != nil {
		return err
	}
	fmt.Printf("%d runs sleep, started within %s: %d MB\n", n, time.Since(began).Round(time.Millisecond), w.patchbay.megabytes())
	w.patchbay.stop()
	if err := w.start(ctx); err != nil {
		return err
	}
	fmt.Printf("killed, and ready again after %s: %d MB\n", w.ready.Round(time.Millisecond), w.patchbay.megabytes())
	if time.Since(began) > nap {
		return fmt.Errorf("starting the runs and the server took %s, longer than they sleep", time.Since(began))
	}
	late, err := awaitLate(ctx, w, n, began.Add(nap+time.Minute))
	if err != nil {
		return err
	}
	slices.Sort(late)
	at := func(p float64) int { return late[int(float64(len(late)-1)*p)] }
	fmt.Printf("%d woke, late by p50 %d ms, p99 %d ms, max %d ms, min %d ms; %d MB after that\n", len(late), at(0.5), at(0.99), at(1), at(0), w.patchbay.megabytes())
	return nil
}

func startAll(ctx context.Context, w *world, senders, n int) error {
	s := newSender(senders, "http://"+w.outside.addr)
	s.path = "/hooks/sleep"
	var sent atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for sent.Add(1) <= int64(n) && failed.Load() == nil {
				if err := s.post(ctx, "http://"+w.patchbay.addr); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// awaitLate gives by how many milliseconds each run was late.
func awaitLate(ctx context.Context, w *world, n int, deadline time.Time) ([]int, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.outside.addr+"/late", nil)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		var late []int
		if err := json.Unmarshal(b, &late); err != nil {
			return nil, err
		}
		switch {
		case len(late) >= n:
			return late, nil
		case time.Now().After(deadline):
			return nil, fmt.Errorf("%d of %d runs woke in time", len(late), n)
		}
		time.Sleep(time.Second)
	}
}

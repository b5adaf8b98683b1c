package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// sender sends tickets and watches the stand-ins for the end of their runs.
type sender struct {
	n       int
	outside string
	path    string // of the webhook
	http    *http.Client
	serial  atomic.Int64
}

func newSender(n int, outside string) *sender {
	return &sender{n: n, outside: outside, path: "/hooks/tickets", http: client(n)}
}

func (s *sender) ticket(ctx context.Context, url string) (*http.Request, error) {
	n := s.serial.Add(1)
	texts := []string{"Everything is broken, I am angry", "Thanks, great work", "How do I export my data?"}
	body, err := json.Marshal(ticket{ID: fmt.Sprint("t-", n), CustomerID: fmt.Sprint("c-", n%100), Text: texts[n%3]})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+s.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Patchbay-Signature", sign(body))
	req.Header.Set("X-Patchbay-Event-Id", fmt.Sprint("e-", n))
	return req, nil
}

func (s *sender) post(ctx context.Context, url string) error {
	req, err := s.ticket(ctx, url)
	if err != nil {
		return err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// window is how many runs are open at one time at most.
const window = 256

// round sends runs tickets, waits until the last has ended, and gives runs a second.
func (s *sender) round(ctx context.Context, url string, runs int) (float64, error) {
	before, err := s.posted(ctx)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	room := make(chan struct{}, window) // one for each open run
	var sent atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range s.n {
		wg.Go(func() {
			for sent.Add(1) <= int64(runs) {
				select {
				case room <- struct{}{}:
				case <-ctx.Done():
					return
				}
				if err := s.post(ctx, url); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	err = s.watch(ctx, before, int64(runs), room)
	took := time.Since(began)
	if err != nil {
		cancel(err)
	}
	wg.Wait()
	return float64(runs) / took.Seconds(), err
}

// watch makes room for each run that has ended until all have. It asks seldom,
// since asking costs time that the contenders lack.
func (s *sender) watch(ctx context.Context, before, runs int64, room <-chan struct{}) error {
	deadline := time.Now().Add(time.Minute)
	for done := int64(0); done < runs; {
		n, err := s.posted(ctx)
		if err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		for ; done < n-before; done++ {
			<-room
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d runs ended in time", done, runs)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

func (s *sender) posted(ctx context.Context) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.outside+"/posted", nil)
	if err != nil {
		return 0, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(b), 10, 64)
}

const (
	ackRate    = 500 // events a second
	ackSeconds = 10
)

// acknowledge measures how long webhooks wait for their 202 at a steady rate.
func acknowledge(ctx context.Context, url string) error {
	s := newSender(ackRate, "")
	s.serial.Store(10_000_000)
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for i := range ackRate * ackSeconds {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / ackRate)))
		due := began.Add(time.Duration(i) * time.Second / ackRate)
		wg.Go(func() {
			err := s.post(ctx, url)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due)) // from when it was due: no coordinated omission
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return fmt.Errorf("acknowledge: %w", failed)
	}
	slices.Sort(took)
	at := func(p float64) time.Duration { return took[int(float64(len(took)-1)*p)].Round(10 * time.Microsecond) }
	fmt.Printf("ack at %d events/s: p50 %s, p95 %s, p99 %s, max %s\n", ackRate, at(0.50), at(0.95), at(0.99), at(1))
	return nil
}

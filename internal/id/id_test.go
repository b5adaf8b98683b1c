package id

import (
	"testing"
	"time"
)

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 123e6, time.UTC)
	var s Source
	r := s.Run(4095, now)
	got, err := ParseRun(r.String())
	if err != nil || got != r {
		t.Fatalf("ParseRun(%s) = %v, %v", r, got, err)
	}
	if r.Shard() != 4095 || !r.Time().Equal(now) {
		t.Fatalf("shard %d time %s", r.Shard(), r.Time())
	}
}

func TestSourceNeverRepeatsAndRises(t *testing.T) {
	t.Parallel()
	var s Source
	now := time.Now()
	last := s.Event(now)
	for i := range 10_000 {
		if i%3 == 0 {
			now = now.Add(-time.Millisecond) // a clock that steps back
		}
		next := s.Event(now)
		if next <= last {
			t.Fatalf("%s after %s", next, last)
		}
		last = next
	}
}

func FuzzParseRun(f *testing.F) {
	f.Add("run_0000000000000")
	f.Add("run_ZZZZZZZZZZZZZ")
	f.Add("evt_0000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRun(s)
		if err == nil && r.String() != s {
			t.Fatalf("%q parsed to %s", s, r)
		}
	})
}

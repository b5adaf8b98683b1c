package backoff

import (
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		p       Policy
		rnd     float64
		atLeast time.Duration
		want    []time.Duration // one a finished attempt, until there is none
	}{
		"zero value":         {want: []time.Duration{0, 0}},
		"standard, no luck":  {p: Standard(), want: []time.Duration{s, 2 * s}},
		"standard, jitter":   {p: Standard(), rnd: 0.5, want: []time.Duration{1250 * time.Millisecond, 2250 * time.Millisecond}},
		"constant":           {p: Policy{Base: s, Attempts: 4}, want: []time.Duration{s, s, s}},
		"linear":             {p: Policy{Kind: Linear, Base: s, Attempts: 4}, want: []time.Duration{s, 2 * s, 3 * s}},
		"linear with a top":  {p: Policy{Kind: Linear, Base: s, Max: 2 * s, Attempts: 4}, want: []time.Duration{s, 2 * s, 2 * s}},
		"exponential":        {p: Policy{Kind: Exponential, Base: s, Factor: 3, Attempts: 4}, want: []time.Duration{s, 3 * s, 9 * s}},
		"default top":        {p: Policy{Kind: Exponential, Base: 20 * s, Attempts: 4}, want: []time.Duration{20 * s, 40 * s, 60 * s}},
		"base above the top": {p: Policy{Kind: Exponential, Base: 90 * s, Attempts: 3}, want: []time.Duration{90 * s, 90 * s}},
		"asked for more":     {p: Standard(), atLeast: 30 * s, want: []time.Duration{30 * s, 30 * s}},
		"asked for less":     {p: Standard(), atLeast: time.Millisecond, want: []time.Duration{s, 2 * s}},
		"one attempt":        {p: Policy{Attempts: 1}},
	} {
		var got []time.Duration
		for n := 1; ; n++ {
			d, ok := c.p.Next(n, c.rnd, c.atLeast)
			if !ok {
				break
			}
			got = append(got, d)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	}
}

func TestNextNeverOverflows(t *testing.T) {
	t.Parallel()
	p := Policy{Kind: Exponential, Base: time.Hour, Factor: 1e9, Max: 1 << 62, Attempts: 1000}
	for n := 1; n < 999; n++ {
		if d, _ := p.Next(n, 0.99, 0); d < 0 {
			t.Fatalf("attempt %d: %d", n, d)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "99999999999999999999": MaxRetryAfter, "7200": MaxRetryAfter,
		"Mon, 23 Nov 2026 10:00:30 GMT":  30 * time.Second,
		"Mon, 23 Nov 2026 09:00:00 GMT":  0,
		"Monday, 23-Nov-26 10:01:00 GMT": time.Minute,
		"Fri, 01 Jan 2100 00:00:00 GMT":  MaxRetryAfter,
		"":                               -1, "-1": -1, "+1": -1, "1.5": -1, "soon": -1, "1, 2": -1, "１": -1,
	} {
		got, ok := RetryAfter(in, now)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q = %v, want %v", in, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "Mon, 23 Nov 2026 10:00:30 GMT", "-1", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, _ := RetryAfter(s, time.Unix(1.7e9, 0)); d < 0 || d > MaxRetryAfter {
			t.Fatalf("%q = %v", s, d)
		}
	})
}

// Package backoff is the arithmetic of retries: when the next attempt is due and
// when there is none. It reads no clock and draws no random numbers; both are
// arguments.
package backoff

import (
	"math"
	"time"
)

// Kind is how the delay grows.
type Kind string

// The kinds.
const (
	Constant    Kind = "constant"
	Linear      Kind = "linear"
	Exponential Kind = "exponential"
)

const (
	// DefaultAttempts holds for a policy that names no limit.
	DefaultAttempts = 3
	// MaxAttempts caps every policy without its own limit on attempts, and the
	// built-in ones.
	MaxAttempts = 8
	// DefaultFactor holds for exponential growth.
	DefaultFactor = 2.0
	// DefaultMax is the longest wait of exponential growth.
	DefaultMax = time.Minute
)

// Policy says how often and when to try again. The zero value tries once more at
// once, up to DefaultAttempts.
type Policy struct {
	Kind     Kind          // default Constant
	Base     time.Duration // delay before the second attempt
	Factor   float64       // growth of Exponential; default DefaultFactor
	Max      time.Duration // longest delay before jitter; default DefaultMax for Exponential, else none
	Attempts int           // all attempts, the first included; default DefaultAttempts
	// JitterFrom and JitterTo bound a random addition to each delay.
	JitterFrom time.Duration
	JitterTo   time.Duration
}

// Standard is the built-in policy: 3 attempts, 1 s, doubled, at most 1 min, and
// up to half a second of jitter.
func Standard() Policy {
	return Policy{Kind: Exponential, Base: time.Second, Factor: DefaultFactor, Max: DefaultMax, Attempts: DefaultAttempts, JitterTo: 500 * time.Millisecond}
}

// Next gives the delay after a number of finished attempts; false when there
// must be no further one. rnd is in [0,1) and places the delay in the jitter;
// atLeast is what the other side asked for (Retry-After) and is never undercut.
func (p Policy) Next(finished int, rnd float64, atLeast time.Duration) (time.Duration, bool) {
	limit := p.Attempts
	if limit <= 0 {
		limit = DefaultAttempts
	}
	if finished < 1 || finished >= limit {
		return 0, false
	}
	d := p.grow(finished)
	if p.JitterTo > p.JitterFrom {
		d += p.JitterFrom + time.Duration(rnd*float64(p.JitterTo-p.JitterFrom))
	} else {
		d += p.JitterFrom
	}
	return max(d, atLeast), true
}

func (p Policy) grow(n int) time.Duration {
	d, ceiling := float64(p.Base), float64(p.Max)
	switch p.Kind {
	case Linear:
		d *= float64(n)
	case Exponential:
		f := p.Factor
		if f <= 0 {
			f = DefaultFactor
		}
		d *= math.Pow(f, float64(n-1))
		if p.Max <= 0 {
			ceiling = float64(max(DefaultMax, p.Base))
		}
	case Constant:
	}
	if ceiling > 0 {
		d = min(d, ceiling)
	}
	return time.Duration(min(d, float64(math.MaxInt64/4)))
}

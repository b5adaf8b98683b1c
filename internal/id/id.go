// Package id makes and reads the identifiers of Patchbay: typed, prefixed in
// text, 64 bits inside, sortable by time within a shard.
//
// Layout, high to low: shard (12 bits) | milliseconds since 2025-01-01 (40 bits)
// | counter (12 bits). The shard leads so that a move to a sharded store changes
// no id. Text is the prefix and 13 digits of Crockford's base 32.
package id

import (
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Shards is the number of shards that an id can name.
const Shards = 1 << shardBits

const (
	shardBits   = 12
	timeBits    = 40
	counterBits = 12
	epochMillis = 1735689600000 // 2025-01-01T00:00:00Z
	digits      = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	textLen     = 13
)

// Run identifies one run of a flow.
type Run uint64

// Event identifies one received event.
type Event uint64

func (r Run) String() string   { return format("run_", uint64(r)) }
func (e Event) String() string { return format("evt_", uint64(e)) }

// Shard is the shard that the run lives in.
func (r Run) Shard() uint16 { return uint16(r >> (timeBits + counterBits)) }

// Time is when the id was made, to the millisecond.
func (r Run) Time() time.Time { return timeOf(uint64(r)) }

// Time is when the id was made, to the millisecond.
func (e Event) Time() time.Time { return timeOf(uint64(e)) }

// MarshalText implements encoding.TextMarshaler.
func (r Run) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (e Event) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; errors are errs.Invalid.
func (r *Run) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRun(string(b))
	return err
}

// UnmarshalText implements encoding.TextUnmarshaler; errors are errs.Invalid.
func (e *Event) UnmarshalText(b []byte) (err error) {
	*e, err = ParseEvent(string(b))
	return err
}

// ParseRun reads the text of a run id; errors are errs.Invalid.
func ParseRun(s string) (Run, error) {
	n, err := parse("run_", s)
	return Run(n), err
}

// ParseEvent reads the text of an event id; errors are errs.Invalid.
func ParseEvent(s string) (Event, error) {
	n, err := parse("evt_", s)
	return Event(n), err
}

// Source hands out ids that never repeat within a process and rise with time.
// The zero value is ready to use and safe for concurrent use.
type Source struct {
	mu   sync.Mutex
	last uint64 // time | counter
}

// Run makes a run id in a shard.
func (s *Source) Run(shard uint16, now time.Time) Run {
	return Run(uint64(shard%Shards)<<(timeBits+counterBits) | s.next(now))
}

// Event makes an event id.
func (s *Source) Event(now time.Time) Event { return Event(s.next(now)) }

func (s *Source) next(now time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := uint64(now.UnixMilli()-epochMillis) << counterBits & (1<<(timeBits+counterBits) - 1)
	if n <= s.last {
		n = s.last + 1
	}
	s.last = n
	return n
}

func timeOf(n uint64) time.Time {
	ms := n >> counterBits & (1<<timeBits - 1)
	return time.UnixMilli(int64(ms) + epochMillis).UTC()
}

func format(prefix string, n uint64) string {
	var b [4 + textLen]byte
	copy(b[:], prefix)
	for i := textLen - 1; i >= 0; i-- {
		b[4+i] = digits[n&31]
		n >>= 5
	}
	return string(b[:])
}

func parse(prefix, s string) (uint64, error) {
	bad := errs.Newf(errs.Invalid, "%.40q is not an id of the form %s…", s, prefix)
	if len(s) != len(prefix)+textLen || s[:len(prefix)] != prefix || s[len(prefix)] > 'F' {
		return 0, bad
	}
	var n uint64
	for i := len(prefix); i < len(s); i++ {
		d := digit(s[i])
		if d < 0 {
			return 0, bad
		}
		n = n<<5 | uint64(d)
	}
	return n, nil
}

func digit(c byte) int {
	for i := range len(digits) {
		if digits[i] == c {
			return i
		}
	}
	return -1
}

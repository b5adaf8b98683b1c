package powerloss

import (
	"math/rand/v2"
	"slices"
)

// Mode says what a crash leaves of the writes that were not synced.
type Mode int

// The modes.
const (
	Lost      Mode = iota // none
	Kept                  // all
	Torn                  // of each one its beginning, or some of its sectors
	Reordered             // some, without regard to their order
)

// Modes are all modes.
var Modes = []Mode{Lost, Kept, Torn, Reordered}

func (m Mode) String() string { return [...]string{"lost", "kept", "torn", "reordered"}[m] }

// sector is the most that a disk writes in one piece.
const sector = 512

// file is a file of the disk.
type file struct {
	durable []byte
	now     []byte // what reading gives
	pending []change
	linked  bool // its entry in the folder is durable
	holder  *handle
}

// change is an unsynced write; cut shortens the file to at.
type change struct {
	at   int64
	data []byte
	cut  bool
}

func (f *file) apply(c change) {
	f.now = c.apply(f.now)
	f.pending = append(f.pending, c)
}

// sync makes everything written durable.
func (f *file) sync() {
	for _, c := range f.pending {
		f.durable = c.apply(f.durable)
	}
	f.pending, f.linked = nil, true
}

// spoil is a failed sync: the system forgets what it could not write.
func (f *file) spoil(rng *rand.Rand) {
	for _, c := range f.pending {
		if coin(rng) {
			f.durable = c.apply(f.durable)
		}
	}
	f.pending = nil
}

// survives decides about an entry in the folder that is not settled.
func (f *file) survives(rng *rand.Rand, m Mode) bool {
	return m == Kept || m != Lost && coin(rng)
}

// restart gives the file as it is found after a crash.
func (f *file) restart(rng *rand.Rand, m Mode) *file {
	b := f.durable
	for _, c := range f.pending {
		b = c.remains(b, rng, m)
	}
	return &file{durable: b, now: slices.Clone(b), linked: true}
}

func (c change) apply(b []byte) []byte {
	if c.cut {
		return resize(b, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[c.at:], c.data)
	return b
}

// remains applies what a crash leaves of the change.
func (c change) remains(b []byte, rng *rand.Rand, m Mode) []byte {
	switch {
	case m == Lost, m == Reordered && coin(rng):
		return b
	case m != Torn:
		return c.apply(b)
	case c.cut:
		if coin(rng) {
			return c.apply(b)
		}
		return b
	}
	return c.tear(b, rng)
}

func (c change) tear(b []byte, rng *rand.Rand) []byte {
	if coin(rng) {
		return change{at: c.at, data: c.data[:rng.IntN(len(c.data)+1)]}.apply(b)
	}
	for from := int64(0); from < int64(len(c.data)); {
		to := min(from+sector-(c.at+from)%sector, int64(len(c.data)))
		if coin(rng) {
			b = change{at: c.at + from, data: c.data[from:to]}.apply(b)
		}
		from = to
	}
	return b
}

func resize(b []byte, n int64) []byte {
	was := int64(len(b))
	if n > int64(cap(b)) {
		b = slices.Grow(b, int(max(n, 2*was)-was)) // append would copy a growing log too often
	}
	b = b[:n]
	if n > was {
		clear(b[was:]) // what lay beyond an earlier end must not shine through
	}
	return b
}

func coin(rng *rand.Rand) bool { return rng.IntN(2) == 0 }

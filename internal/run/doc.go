// Package run is the kernel: a pure machine that turns journal events into a
// state and commands. It does no I/O, reads no clock, draws no random numbers
// and starts no goroutines; the same flow and the same events give the same
// state on every machine, forever.
//
// A run is a tree of frames, one for each task that has begun and not ended.
// Tasks without an outside (set, switch, if, loops) are computed inside Apply
// and are not journalled; a task with an outside is a RunTask command, and its
// outcome is an event. A finished task is never run again, because its frame is
// gone once the event is folded.
//
// Invariants: every event is about a frame that exists or is ignored; frame
// numbers depend on the order of events only; values are shared and never
// changed in place.
package run

// Version is the version of the kernel, pinned in a run's first event. A kernel
// folds journals of every version up to its own.
const Version = 1

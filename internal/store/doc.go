// Package store is the contract between Patchbay and a place that keeps its
// data, and the group committer that every backend shares.
//
// Invariants every backend proves with storetest:
//   - Commit is atomic and durable when it returns nil.
//   - A Tx whose first sequence number is taken writes nothing (ErrConflict), one
//     whose event was seen before writes nothing (*DuplicateError); the other
//     transactions of the same group are written.
//   - A commit of an older epoch returns ErrFenced and writes nothing.
//   - Nothing is read across namespaces.
//
// The package must not know what a journal record means: kinds and data are
// opaque here and belong to package run.
package store

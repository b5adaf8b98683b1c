// Package engine runs flows: it keeps the live runs of this process, feeds their
// outcomes to the kernel, commits what the kernel decides and then acts on it.
//
// Order is everything here. An event is folded, the records and the run's row are
// committed in one transaction, and only then are the commands that follow acted
// on; an at-most-once call is journalled before it begins. So a crash anywhere
// leaves a journal that the next process folds to the same state.
//
// It knows contracts only: a store, operations, and an Outside that lends
// connections. It must not know HTTP, SQL or any connector.
package engine

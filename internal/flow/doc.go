// Package flow reads flow files: Open Workflow DSL 1.0.3 with Patchbay's
// extensions, as YAML with positions. It gives a tree of tasks whose expressions
// are compiled, or every problem of the file at once.
//
// It does no I/O and knows no connector: what calls exist is asked of a Catalog.
// A Flow is never changed after Parse, so runs share it.
package flow

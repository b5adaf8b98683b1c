// Package connector is the public SDK for connectors: typed operations on an
// outside system. An operation is built from a Go function whose argument and
// result types, with their struct tags, are the one description that gives
// validation, form, documentation, command-line flags and tool definitions.
//
// It exposes neither internal nor third-party types, and it never shows a
// connection's secrets to an operation: they are put on the wire by the
// transport, after the final address is known.
package connector

// Package egress is the one way out: every byte that Patchbay sends to the
// outside leaves through it.
//
// Invariants:
//   - An address is judged after the name is resolved, when the socket is opened;
//     no proxy variable, redirect or second DNS answer goes around that.
//   - A credential is put on a request only for the scheme, host and port of its
//     connection, and such a request follows no redirect.
//   - Whether a failed request may have reached the other side is always known.
//   - What is recorded is redacted before it is kept.
//
// It must not know connections, connectors or flows.
package egress

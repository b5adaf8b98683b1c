// Package signature verifies and signs webhooks. How a provider signs is data: a
// YAML file in providers says where the signature stands, what bytes it covers,
// and how old it may be; a Scheme is such a file compiled.
//
// It must not know sources, flows, storage or HTTP servers, and it reads no clock:
// the time is an argument. The URL of a Request is the configured public one,
// never taken from what the sender says about the host.
//
// Invariants. No secret, an empty one or one that does not decode rejects the
// request. A signature is decoded and compared as bytes in constant time, every
// candidate with every secret. Names are read exactly once: a header sent twice
// is a rejection. What is signed is what was received, byte for byte. A timestamp
// that nothing signs is refused when the scheme is loaded. A Scheme is immutable
// and may be used by several goroutines.
package signature

// Package ingress is the webhook edge: it finds the hook of a request, verifies
// the raw bytes, and answers 2xx only when the event and the start of its run
// are durable. A duplicate gets the answer of the original.
//
// It pokes the engine through one function and must not know it, nor HTTP routes
// other than its own.
package ingress

// Package connection turns the name of a connection into something that can be
// called: it finds the settings, unseals the credential, and binds an outbound
// client to the connection's address.
//
// A credential leaves this package on the wire or not at all: no operation, list
// or error ever holds one. It must not know flows or runs.
package connection

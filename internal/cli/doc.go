// Package cli is the command line: one file per command. A command reads flags,
// asks the server through package client, and prints; it decides nothing.
package cli

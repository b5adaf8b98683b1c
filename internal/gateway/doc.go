// Package gateway is the way to language models: it picks the provider by the
// name of a connection, falls back along a chain, checks structured answers and
// repairs them once, and counts tokens and cost. Flows see it as the connector
// "ai".
//
// It must not know a wire format; dialects are handed to it.
package gateway

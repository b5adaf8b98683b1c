// Package api is the HTTP API under /api/v1: it translates between the types of
// package client and the packages that do the work. It is the only importer of
// huma, and it must not decide anything itself.
package api

// Package examples holds flows to start from. They are embedded, deployed by the
// demo, and run by tests.
package examples

import "embed"

// Flows holds the flow files.
//
//go:embed *.yaml
var Flows embed.FS

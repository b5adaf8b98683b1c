package http

import (
	"flag"
	"testing"

	"github.com/patchbay-dev/patchbay/connector/connectortest"
)

var update = flag.Bool("update", false, "rewrite what is sent and what is made of answers")

func TestGolden(t *testing.T) {
	t.Parallel()
	connectortest.Golden(t, Connector(), connectortest.Options{}, *update)
}

// TestConnector runs the suite with each kind of call: what the operation
// promises depends on the method, and the credential on the connection.
func TestConnector(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		call     connectortest.Call
	}{
		"read": {
			call: connectortest.Call{With: `{"endpoint":"/pets/1"}`, Answers: []string{`{"id":1}`}},
		},
		"read a response": {
			settings: map[string]string{"auth": "header", "header": "X-API-Key"},
			call:     connectortest.Call{With: `{"endpoint":"/pets","query":{"tag":["a","b"]},"output":"response"}`, Answers: []string{`[]`}},
		},
		"read raw": {
			settings: map[string]string{"auth": "basic", "user": "ann"},
			call:     connectortest.Call{With: `{"endpoint":"/pets/1","output":"raw"}`},
		},
		"natural write": {
			call: connectortest.Call{With: `{"method":"put","endpoint":"/pets/1","body":{"id":1}}`},
		},
		"keyed write": {
			call: connectortest.Call{With: `{"method":"POST","endpoint":"/pets","headers":{"idempotency-key":"key-of-the-call-1"},"body":{"id":1}}`},
		},
		"write": {
			settings: map[string]string{"auth": "none"},
			call:     connectortest.Call{With: `{"method":"POST","endpoint":"/pets","body":"as it is"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, Connector(), connectortest.Options{
				Settings: c.settings, Calls: map[string]connectortest.Call{"http.request": c.call},
			})
		})
	}
}

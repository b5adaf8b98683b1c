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

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, Connector(), connectortest.Options{Calls: map[string]connectortest.Call{
		"http.request": {With: `{"method":"GET","endpoint":"/pets/1"}`, Answers: []string{`{"id":1,"name":"Rex"}`}},
	}})
}

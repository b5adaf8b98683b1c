package crm

import (
	"flag"
	"testing"

	"github.com/patchbay-dev/patchbay/connector/connectortest"
)

var rewrite = flag.Bool("update", false, "rewrite what is sent and what is made of answers")

func TestGolden(t *testing.T) {
	t.Parallel()
	connectortest.Golden(t, Connector(), connectortest.Options{}, *rewrite)
}

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, Connector(), connectortest.Options{Calls: map[string]connectortest.Call{
		"crm.customers.get":     {With: `{"id":"c-1"}`, Answers: []string{`{"id":"c-1"}`}},
		"crm.customers.history": {With: `{"id":"c-1","limit":2}`, Answers: []string{`[{"id":"t-1","subject":"It is broken","status":"closed"}]`}},
		"crm.tickets.update":    {With: `{"id":"t-1","fields":{"category":"billing"}}`, Answers: []string{`{"id":"t-1","category":"billing"}`}},
		"crm.tickets.escalate":  {With: `{"id":"t-1"}`, Answers: []string{`{"id":"t-1","escalated":true}`}},
	}})
}

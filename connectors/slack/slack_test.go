package slack

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
	connectortest.Run(t, Connector(), connectortest.Options{
		Probe: `{"ok":true}`,
		Calls: map[string]connectortest.Call{
			"slack.messages.post": {
				With: `{"channel":"#support","text":"Hello"}`, Answers: []string{`{"ok":true,"channel":"C1","ts":"1.2"}`},
				Failures: []string{`{"ok":false,"error":"channel_not_found"}`, `{"ok":false,"error":"invalid_auth"}`},
			},
		},
	})
}

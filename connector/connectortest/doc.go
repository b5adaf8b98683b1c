// Package connectortest is the conformance suite of connectors: what a flow may
// count on, whatever the outside system does. A connector's own test calls it:
//
//	func TestConnector(t *testing.T) {
//		t.Parallel()
//		connectortest.Run(t, weather.Connector(), connectortest.Options{
//			Calls: map[string]connectortest.Call{
//				"weather.now": {With: `{"city":"Oslo"}`, Answers: []string{`{"celsius":-3}`}},
//			},
//		})
//	}
//
// Requests go to a server on loopback, by the same outbound client and with the
// same credentials as in a running Patchbay. It must not know any connector.
package connectortest

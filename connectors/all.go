// Package connectors lists the Go connectors. A new one is a line here.
package connectors

import (
	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/connectors/crm"
	"github.com/patchbay-dev/patchbay/connectors/slack"
)

// All gives every connector of this module.
func All() []connector.Connector {
	return []connector.Connector{crm.Connector(), slack.Connector()}
}

package flow

import (
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/expr"
)

// httpOperation is what `call: http` calls.
const httpOperation = "http.request"

var uriVariable = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandEndpoint turns the variables of a URI template (RFC 6570, level 1) into
// expressions on the task's input: text or { uri: text }. A text that holds
// expressions already is none.
func expandEndpoint(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		n = child(n, "uri")
	}
	if n == nil || n.Kind != yaml.ScalarNode || expr.HasExpression(n.Value) {
		return
	}
	n.Value = uriVariable.ReplaceAllString(n.Value, "$${ .$1 | tostring | @uri }")
}

package ai

import "encoding/json"

// Closed reports whether a schema keeps the rules of strict modes that are cheap
// to see: every object closed and all of its members required.
func Closed(raw json.RawMessage) bool {
	var s any
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	return closed(s)
}

func closed(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for _, bad := range []string{"allOf", "oneOf", "not", "if", "patternProperties", "$ref", "dependentRequired", "dependentSchemas"} {
		if _, has := m[bad]; has {
			return false
		}
	}
	props, _ := m["properties"].(map[string]any)
	if m["type"] == "object" {
		required, _ := m["required"].([]any)
		if m["additionalProperties"] != false || len(required) != len(props) {
			return false
		}
	}
	for _, p := range props {
		if !closed(p) {
			return false
		}
	}
	if items, has := m["items"]; has {
		return closed(items)
	}
	return true
}

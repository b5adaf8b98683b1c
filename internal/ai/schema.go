package ai

import "encoding/json"

// SchemaInstruction asks for JSON in words, for models that take no schema.
func SchemaInstruction(schema json.RawMessage) string {
	return "\n\nAnswer with one JSON value and nothing else. It must fit this JSON Schema: " + string(schema)
}

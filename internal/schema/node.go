package schema

import (
	"bytes"
	"encoding/json"
)

// node is a schema document under construction. Members and properties keep the
// order of declaration, which forms and pages follow.
type node struct {
	Ref             string           `json:"$ref,omitempty"`
	Type            any              `json:"type,omitempty"` // string or []string
	Description     string           `json:"description,omitempty"`
	Enum            []any            `json:"enum,omitempty"`
	Format          string           `json:"format,omitempty"`
	ContentEncoding string           `json:"contentEncoding,omitempty"`
	Minimum         json.RawMessage  `json:"minimum,omitempty"`
	Maximum         json.RawMessage  `json:"maximum,omitempty"`
	MinLength       json.RawMessage  `json:"minLength,omitempty"`
	MaxLength       json.RawMessage  `json:"maxLength,omitempty"`
	MinItems        json.RawMessage  `json:"minItems,omitempty"`
	MaxItems        json.RawMessage  `json:"maxItems,omitempty"`
	Items           *node            `json:"items,omitempty"`
	Properties      properties       `json:"properties,omitempty"`
	Required        []string         `json:"required,omitempty"`
	Additional      any              `json:"additionalProperties,omitempty"` // false or *node
	AnyOf           []*node          `json:"anyOf,omitempty"`
	Default         json.RawMessage  `json:"default,omitempty"`
	Defs            map[string]*node `json:"$defs,omitempty"`
}

type property struct {
	name string
	node *node
}

type properties []property

// MarshalJSON writes an object in the order of the list.
func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.node)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// orNull lets the value be null too.
func (n *node) orNull() *node {
	switch t := n.Type.(type) {
	case string:
		n.Type = []string{t, "null"}
	case nil:
		if n.Ref != "" {
			return &node{AnyOf: []*node{n, {Type: "null"}}}
		}
	}
	return n
}

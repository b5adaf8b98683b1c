package flow

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mapping is a YAML mapping with its path.
type mapping struct {
	node *yaml.Node
	path string
	keys []string
	vals map[string]*yaml.Node
	at   map[string]*yaml.Node // key nodes
}

func (m *mapping) sub(key string) string { return m.path + "/" + escape(key) }

// escape makes a key a JSON pointer token.
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// mapping reads a mapping node; nil after a problem. With allowed keys given,
// any other key is a problem.
func (p *parser) mapping(n *yaml.Node, path, what string, allowed ...string) *mapping {
	if n.Kind != yaml.MappingNode {
		p.at(n, path, codeType, what+" must be a mapping, not "+describe(n), "")
		return nil
	}
	m := &mapping{node: n, path: path, vals: map[string]*yaml.Node{}, at: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
			p.at(k, path, codeSyntax, "a key must be plain text", quoteHint(k))
			continue
		}
		if _, twice := m.vals[k.Value]; twice {
			p.at(k, path, codeDuplicate, fmt.Sprintf("the key %q appears twice", k.Value), "")
			continue
		}
		m.keys = append(m.keys, k.Value)
		m.vals[k.Value], m.at[k.Value] = n.Content[i+1], k
		if len(allowed) > 0 && !slices.Contains(allowed, k.Value) {
			p.unknownKey(k, path, what, allowed)
		}
	}
	return m
}

func (p *parser) unknownKey(k *yaml.Node, path, what string, allowed []string) {
	hint := "known: " + strings.Join(allowed, ", ")
	if s := nearest(k.Value, allowed); s != "" {
		hint = fmt.Sprintf("did you mean %q?", s)
	}
	p.at(k, path+"/"+escape(k.Value), codeUnknownKey, fmt.Sprintf("%s has no key %q", what, k.Value), hint)
}

func quoteHint(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		return "quote the expression: '${ … }'"
	}
	return ""
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "text"
}

// text reads a scalar as text; "" after a problem or when the key is absent.
func (p *parser) text(m *mapping, key string) string {
	n := m.vals[key]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.at(n, m.sub(key), codeType, key+" must be text, not "+describe(n), "")
		return ""
	}
	return n.Value
}

func (p *parser) boolean(m *mapping, key string) bool {
	n := m.vals[key]
	if n == nil {
		return false
	}
	b, err := strconv.ParseBool(n.Value)
	if n.Tag != "!!bool" || err != nil {
		p.at(n, m.sub(key), codeType, key+" must be true or false", "")
	}
	return b
}

func (p *parser) require(m *mapping, what string, keys ...string) bool {
	ok := true
	for _, k := range keys {
		if m.vals[k] == nil {
			p.at(m.node, m.path, codeMissing, fmt.Sprintf("%s needs %s", what, k), "")
			ok = false
		}
	}
	return ok
}

// plain gives the JSON value of a node, expressions left as text.
func (p *parser) plain(n *yaml.Node, path string) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		if m := p.mapping(n, path, "the value"); m != nil {
			for _, k := range m.keys {
				out[k] = p.plain(m.vals[k], m.sub(k))
			}
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i] = p.plain(c, path+"/"+strconv.Itoa(i))
		}
		return out
	default:
		return p.scalar(n, path)
	}
}

func (p *parser) scalar(n *yaml.Node, path string) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		b, err := strconv.ParseBool(n.Value)
		if err == nil {
			return b
		}
	case "!!int":
		var i int
		if err := n.Decode(&i); err == nil {
			return i
		}
	case "!!float":
		var f float64
		if err := n.Decode(&f); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
		p.at(n, path, codeValue, n.Value+" is not a number that JSON knows", "")
	}
	return n.Value
}

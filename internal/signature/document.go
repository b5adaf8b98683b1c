package signature

import (
	"encoding/json"
	"strconv"
)

// maxDepth is how deep a JSON body may nest before it is not looked into.
const maxDepth = 64

// document looks values up in a body that may be anything. Of duplicate keys the
// last one counts, as for every other reader of the body.
type document struct {
	body   []byte
	read   bool
	usable bool
	top    map[string]json.RawMessage // parsed once; nil when the top is no object
}

// text gives a string, or a number as it is written; false for anything else, and
// for every path into a body that is not JSON or nests too deep.
func (d *document) text(path []string) (string, bool) {
	if !d.read {
		d.read = true
		if d.usable = shallow(d.body) && json.Valid(d.body); d.usable {
			_ = json.Unmarshal(d.body, &d.top) // stays nil for what is no object
		}
	}
	if !d.usable {
		return "", false
	}
	var at json.RawMessage
	var ok bool
	if d.top != nil {
		at, ok = d.top[path[0]]
	} else {
		at, ok = child(d.body, path[0])
	}
	for _, step := range path[1:] {
		if !ok {
			return "", false
		}
		at, ok = child(at, step)
	}
	return scalar(at, ok)
}

func child(at json.RawMessage, step string) (json.RawMessage, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(at, &object) == nil {
		v, ok := object[step]
		return v, ok
	}
	var list []json.RawMessage
	i, err := strconv.Atoi(step)
	if err != nil || json.Unmarshal(at, &list) != nil || i < 0 || i >= len(list) {
		return nil, false
	}
	return list[i], true
}

func scalar(at json.RawMessage, ok bool) (string, bool) {
	if !ok || len(at) == 0 {
		return "", false
	}
	switch c := at[0]; {
	case c == '"':
		var s string
		err := json.Unmarshal(at, &s)
		return s, err == nil
	case c == '-' || c >= '0' && c <= '9':
		return string(at), true
	}
	return "", false
}

// shallow reports whether b nests at most maxDepth deep. It runs before the JSON
// decoder, so hostile nesting costs one pass.
func shallow(b []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return false
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return true
}

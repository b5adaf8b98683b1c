package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// tag applies the tags of a struct field to the node of its type.
func (n *node) tag(f reflect.StructField) error {
	if _, opts, _ := strings.Cut(f.Tag.Get("json"), ","); strings.Contains(opts, "string") {
		return fmt.Errorf("the json option string is not supported")
	}
	n.Description = f.Tag.Get("doc")
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	value, vt := n, t
	if n.Items != nil {
		value, vt = n.Items, t.Elem()
	}
	if s := f.Tag.Get("format"); s != "" {
		value.Format = s
	}
	if s := f.Tag.Get("enum"); s != "" {
		if err := value.setEnum(s, vt); err != nil {
			return err
		}
	}
	if err := n.setBounds(f.Tag.Get("min"), f.Tag.Get("max"), t); err != nil {
		return err
	}
	if s, ok := f.Tag.Lookup("default"); ok {
		raw, err := literal(s, t)
		if err != nil {
			return fmt.Errorf("default: %w", err)
		}
		n.Default = raw
	}
	return nil
}

func (n *node) setEnum(list string, t reflect.Type) error {
	nullable := n.Enum == nil && isNullable(n.Type)
	for s := range strings.SplitSeq(list, ",") {
		raw, err := literal(strings.TrimSpace(s), t)
		if err != nil {
			return fmt.Errorf("enum: %w", err)
		}
		n.Enum = append(n.Enum, raw)
	}
	if nullable {
		n.Enum = append(n.Enum, nil)
	}
	return nil
}

func isNullable(t any) bool {
	ts, ok := t.([]string)
	return ok && len(ts) == 2 && ts[1] == "null"
}

func (n *node) setBounds(lo, hi string, t reflect.Type) error {
	for _, s := range []string{lo, hi} {
		var f float64
		if s != "" && json.Unmarshal([]byte(s), &f) != nil {
			return fmt.Errorf("bound %q is not a number", s)
		}
	}
	from, to := &n.Minimum, &n.Maximum
	switch t.Kind() {
	case reflect.String:
		from, to = &n.MinLength, &n.MaxLength
	case reflect.Slice, reflect.Array:
		from, to = &n.MinItems, &n.MaxItems
	default:
	}
	if lo != "" {
		*from = json.RawMessage(lo)
	}
	if hi != "" {
		*to = json.RawMessage(hi)
	}
	return nil
}

// literal reads the text of a tag as a value of a type: plain for texts, JSON for
// everything else.
func literal(s string, t reflect.Type) (json.RawMessage, error) {
	if t.Kind() == reflect.String {
		return json.Marshal(s)
	}
	if t.Kind() == reflect.Interface && !json.Valid([]byte(s)) {
		return json.Marshal(s)
	}
	if err := json.Unmarshal([]byte(s), reflect.New(t).Interface()); err != nil {
		return nil, fmt.Errorf("%q is no value of type %v", s, t)
	}
	return json.RawMessage(s), nil
}

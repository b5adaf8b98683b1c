package schema

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Shaper is implemented, structurally, by a type that is not a struct, or does
// its own encoding, and still wants to be described: Shape gives a value of a
// struct with the members that are known. More members are allowed.
type Shaper interface{ Shape() any }

func describe(t reflect.Type) (json.RawMessage, error) {
	d := &describer{defs: map[string]*node{}}
	root, err := d.of(t)
	if err != nil {
		return nil, fmt.Errorf("describe %v: %w", t, err)
	}
	if name := d.recursive[t]; name != "" {
		root = &node{Ref: "#/$defs/" + name}
	}
	if len(d.defs) > 0 {
		root.Defs = d.defs
	}
	return json.Marshal(root)
}

// describer turns types into nodes. A struct that contains itself becomes a
// definition, every other type is written out where it is used.
type describer struct {
	open      []reflect.Type          // structs being described
	recursive map[reflect.Type]string // their names in $defs
	defs      map[string]*node
}

func (d *describer) of(t reflect.Type) (*node, error) {
	if n, err := d.special(t); n != nil || err != nil {
		return n, err
	}
	switch t.Kind() {
	case reflect.String:
		return &node{Type: "string"}, nil
	case reflect.Bool:
		return &node{Type: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &node{Type: "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &node{Type: "integer", Minimum: json.RawMessage("0")}, nil
	case reflect.Float32, reflect.Float64:
		return &node{Type: "number"}, nil
	case reflect.Pointer:
		n, err := d.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return n.orNull(), nil
	case reflect.Slice, reflect.Array:
		return d.list(t)
	case reflect.Map:
		return d.dictionary(t)
	case reflect.Struct:
		return d.structure(t)
	default:
		return nil, fmt.Errorf("a value of type %v has no JSON form", t)
	}
}

// special handles types whose JSON form does not follow from their kind.
func (d *describer) special(t reflect.Type) (*node, error) {
	switch {
	case t == reflect.TypeFor[json.RawMessage](), t == reflect.TypeFor[any]():
		return &node{}, nil
	case t == reflect.TypeFor[json.Number]():
		return &node{Type: "number"}, nil
	case t == reflect.TypeFor[time.Time]():
		return &node{Type: "string", Format: "date-time"}, nil
	case t.Kind() == reflect.Pointer:
		return nil, nil
	case t.Implements(reflect.TypeFor[Shaper]()):
		shape := reflect.TypeOf(reflect.Zero(t).Interface().(Shaper).Shape()) //nolint:errcheck // the case says so
		n, err := d.of(shape)
		if err == nil {
			n.Additional = nil
		}
		return n, err
	case implements[json.Marshaler](t):
		return &node{}, nil
	case implements[encoding.TextMarshaler](t):
		return &node{Type: "string"}, nil
	}
	return nil, nil
}

func implements[I any](t reflect.Type) bool {
	i := reflect.TypeFor[I]()
	return t.Implements(i) || reflect.PointerTo(t).Implements(i)
}

func (d *describer) list(t reflect.Type) (*node, error) {
	if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
		return &node{Type: "string", ContentEncoding: "base64"}, nil
	}
	items, err := d.of(t.Elem())
	if err != nil {
		return nil, err
	}
	return &node{Type: "array", Items: items}, nil
}

func (d *describer) dictionary(t reflect.Type) (*node, error) {
	if t.Key().Kind() != reflect.String {
		return nil, fmt.Errorf("the keys of %v are not strings", t)
	}
	values, err := d.of(t.Elem())
	if err != nil {
		return nil, err
	}
	n := &node{Type: "object"}
	if !reflect.DeepEqual(values, &node{}) {
		n.Additional = values
	}
	return n, nil
}

func (d *describer) structure(t reflect.Type) (*node, error) {
	if slices.Contains(d.open, t) {
		if d.recursive == nil {
			d.recursive = map[reflect.Type]string{}
		}
		if d.recursive[t] == "" {
			d.recursive[t] = t.Name() + strconv.Itoa(len(d.recursive)+1)
		}
		return &node{Ref: "#/$defs/" + d.recursive[t]}, nil
	}
	d.open = append(d.open, t)
	n := &node{Type: "object", Additional: false}
	err := d.fields(n, t)
	d.open = d.open[:len(d.open)-1]
	if err != nil {
		return nil, err
	}
	if name := d.recursive[t]; name != "" {
		d.defs[name] = n
		return &node{Ref: "#/$defs/" + name}, nil
	}
	return n, nil
}

func (d *describer) fields(n *node, t reflect.Type) error {
	for f := range t.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			if err := d.fields(n, f.Type); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() || name == "-" && opts == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if slices.ContainsFunc(n.Properties, func(p property) bool { return p.name == name }) {
			return fmt.Errorf("two fields are named %q", name)
		}
		p, err := d.of(f.Type)
		if err == nil {
			err = p.tag(f)
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		n.Properties = append(n.Properties, property{name, p})
		if mustHave(f, opts) {
			n.Required = append(n.Required, name)
		}
	}
	return nil
}

func mustHave(f reflect.StructField, opts string) bool {
	switch f.Tag.Get("required") {
	case "true":
		return true
	case "false":
		return false
	}
	_, defaulted := f.Tag.Lookup("default")
	return !defaulted && f.Type.Kind() != reflect.Pointer && !strings.Contains(opts, "omit")
}

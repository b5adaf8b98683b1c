package signature

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// options reads a configuration of strings, lists and maps, and collects every
// problem of it.
type options struct {
	path   string
	values map[string]any
	known  []string
	groups []*options
	wrong  []errs.Field
}

func (o *options) problem(key, format string, args ...any) {
	o.wrong = append(o.wrong, errs.Field{Path: o.path + "/" + key, Msg: fmt.Sprintf(format, args...)})
}

func (o *options) get(key string) (any, bool) {
	o.known = append(o.known, key)
	v, ok := o.values[key]
	return v, ok && v != nil
}

func (o *options) text(key, or string) string {
	v, ok := o.get(key)
	if !ok {
		return or
	}
	s, ok := v.(string)
	if !ok {
		o.problem(key, "%s must be a text", key)
		return or
	}
	return s
}

func (o *options) required(key string) string {
	s := o.text(key, "")
	if s == "" && !slices.ContainsFunc(o.wrong, func(f errs.Field) bool { return f.Path == o.path+"/"+key }) {
		o.problem(key, "%s is missing", key)
	}
	return s
}

func (o *options) choice(key, or string, of ...string) string {
	s := o.text(key, or)
	if !slices.Contains(of, s) {
		o.problem(key, "%s must be one of %s", key, strings.Join(of, ", "))
	}
	return s
}

func (o *options) tolerance(key string) time.Duration {
	v, ok := o.get(key)
	if !ok {
		return 0
	}
	s, _ := v.(string)
	d, err := parseTolerance(s)
	if err != nil {
		o.problem(key, "%s: %v", key, err)
	}
	return d
}

// sources reads one text or a list of texts.
func (o *options) sources(key string) []string {
	v, ok := o.get(key)
	if !ok {
		return nil
	}
	var out []string
	switch v := v.(type) {
	case string:
		out = []string{v}
	case []string:
		out = v
	case []any:
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				o.problem(key, "%s must be a text or a list of texts", key)
				return nil
			}
			out = append(out, s)
		}
	default:
		o.problem(key, "%s must be a text or a list of texts", key)
	}
	if _, err := parseSources(out, inHeader, inBody, inQuery); err != nil {
		o.problem(key, "%s: %v", key, err)
	}
	return out
}

// group gives the options under key, nil when there are none.
func (o *options) group(key string) *options {
	v, ok := o.get(key)
	if !ok {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		o.problem(key, "%s must be a map", key)
		return nil
	}
	g := &options{path: o.path + "/" + key, values: m}
	o.groups = append(o.groups, g)
	return g
}

// err gives every problem at once, nil if there is none. Call it last: what was
// not read by then is unknown.
func (o *options) err(name string) error {
	if all := o.problems(); len(all) > 0 {
		return invalid(name, all...)
	}
	return nil
}

func (o *options) problems() []errs.Field {
	out := o.wrong
	for _, key := range slices.Sorted(maps.Keys(o.values)) {
		if slices.Contains(o.known, key) {
			continue
		}
		msg := fmt.Sprintf("unknown key %s: known are %s", key, strings.Join(o.known, ", "))
		if near := nearest(key, o.known); near != "" {
			msg = fmt.Sprintf("unknown key %s: did you mean %s?", key, near)
		}
		out = append(out, errs.Field{Path: o.path + "/" + key, Msg: msg})
	}
	for _, g := range o.groups {
		out = append(out, g.problems()...)
	}
	return out
}

func invalid(name string, fields ...errs.Field) error {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = f.Msg
	}
	e := errs.Newf(errs.Invalid, "signature scheme %q: %s", name, strings.Join(texts, "; "))
	e.Fields = fields
	return e
}

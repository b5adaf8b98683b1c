package schema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// fill puts defaults in the place of absent members, in v itself, and reports
// whether there were any. It follows what holds for every value, and so no
// alternatives.
func (c *checker) fill(v any) bool {
	steps := maxSteps
	return fill(c.root, v, &steps)
}

func fill(s *jsonschema.Schema, v any, steps *int) bool {
	if *steps--; s == nil || *steps < 0 {
		return false
	}
	changed := fill(s.Ref, v, steps)
	for _, sub := range s.AllOf {
		changed = fill(sub, v, steps) || changed
	}
	switch x := v.(type) {
	case map[string]any:
		changed = fillObject(s, x, steps) || changed
	case []any:
		for _, e := range x {
			changed = fill(s.Items2020, e, steps) || changed
		}
	}
	return changed
}

func fillObject(s *jsonschema.Schema, m map[string]any, steps *int) bool {
	changed := false
	for name, p := range s.Properties {
		member, ok := m[name]
		if !ok && p.Default != nil {
			member, changed = clone(*p.Default), true
			m[name] = member
		}
		changed = fill(p, member, steps) || changed
	}
	if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		for name, e := range m {
			if s.Properties[name] == nil {
				changed = fill(more, e, steps) || changed
			}
		}
	}
	return changed
}

// clone keeps callers from sharing the lists and objects of a default.
func clone(v any) any {
	switch x := v.(type) {
	case []any:
		x = slices.Clone(x)
		for i := range x {
			x[i] = clone(x[i])
		}
		return x
	case map[string]any:
		x = maps.Clone(x)
		for k := range x {
			x[k] = clone(x[k])
		}
		return x
	}
	return v
}

package connectortest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/schema"
)

// describes finds what is missing or contradictory in the description.
func describes(conn connector.Connector) []string {
	var p problems
	p.unless(regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(conn.Name), "the name %q must be lower-case letters, digits and dashes", conn.Name)
	p.unless(conn.Title != "", "the connector has no Title")
	p.unless(conn.Doc != "", "the connector has no Doc")
	p.unless(len(conn.Operations) > 0, "the connector has no operations")
	if conn.Kind != nil {
		p.describeKind(conn.Kind)
	}
	seen := map[string]bool{}
	for _, op := range conn.Operations {
		name := op.Spec().Name
		p.unless(!seen[name], "two operations are called %s", name)
		seen[name] = true
		p.unless(strings.HasPrefix(name, conn.Name+"."), "%s: the name of an operation begins with the connector's, %s.", name, conn.Name)
		p.describeOperation(op)
	}
	return p
}

// problems is a list that is written to.
type problems []string

func (p *problems) unless(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

func (p *problems) describeOperation(op connector.Operation) {
	s := op.Spec()
	p.unless(s.Title != "", "%s has no Title", s.Name)
	p.unless(s.Summary != "", "%s has no Summary", s.Name)
	p.unless(slices.Contains([]connector.Effect{connector.Pure, connector.Idempotent, connector.AtMostOnce}, s.Effect), "%s: %q is no effect", s.Name, s.Effect)
	p.unless(slices.Contains([]connector.Risk{connector.Read, connector.Write, connector.Money, connector.Irreversible}, s.Risk), "%s: %q is no risk", s.Name, s.Risk)
	p.unless(len(s.Examples) > 0, "%s has no example", s.Name)
	if _, err := schema.Compile(op.Output()); err != nil {
		p.unless(false, "%s: the schema of the result is wrong: %v", s.Name, err)
	}
	if _, err := schema.Compile(op.Input()); err != nil {
		p.unless(false, "%s: the schema of the argument is wrong: %v", s.Name, err)
		return
	}
	in := object(op.Input())
	p.unless(in.Type == "object", "%s: the argument must be an object", s.Name)
	for _, name := range slices.Sorted(maps.Keys(in.Properties)) {
		p.unless(in.Properties[name].Description != "", "%s: the field %s has no documentation: give it a doc tag", s.Name, name)
	}
}

// described is what the suite reads of the schema of an object.
type described struct {
	Type       any                  `json:"type"`
	Required   []string             `json:"required"`
	Additional any                  `json:"additionalProperties"`
	Properties map[string]described `json:"properties"`

	Description string `json:"description"`
}

func object(raw json.RawMessage) described {
	var d described
	_ = json.Unmarshal(raw, &d) // it was compiled, and has these members or others
	return d
}

// hidden is what names of fields that hold secrets end with.
func hidden() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|_)(token|secret|password|passphrase|key)$`)
}

func (p *problems) describeKind(k *connector.Kind) {
	p.unless(k.Name != "", "the kind has no Name")
	p.unless(k.Title != "", "the kind has no Title")
	fields := map[string]connector.Field{}
	for _, f := range k.Fields {
		_, twice := fields[f.Name]
		p.unless(!twice, "two fields of the connection are called %s", f.Name)
		fields[f.Name] = f
		p.unless(f.Doc != "", "the field %s of the connection has no Doc", f.Name)
		p.unless(f.Secret || !hidden().MatchString(f.Name), "the field %s of the connection sounds like a secret and is not marked Secret", f.Name)
		p.unless(!f.Secret || f.Default == "" && f.Enum == nil, "the field %s of the connection is secret: it can have neither Default nor Enum", f.Name)
		p.unless(f.Default == "" || f.Enum == nil || slices.Contains(f.Enum, f.Default), "the field %s of the connection: the default %q is not among its values", f.Name, f.Default)
	}
	base := fields["base_url"]
	p.unless(k.BaseURL != "" || k.BaseFor != nil || base.Required || base.Default != "", "a connection has no address: set BaseURL, BaseFor or require a field base_url")
	p.describeAuth(k.Auth, fields)
}

func (p *problems) describeAuth(a connector.Auth, fields map[string]connector.Field) {
	var named []string
	ways := 0
	for _, way := range []struct {
		set    bool
		fields []string
	}{
		{a.Bearer != "", []string{a.Bearer}},
		{a.Header != nil, headerFields(a.Header)},
		{a.Basic != nil, basicFields(a.Basic)},
		{a.Custom != nil, nil},
	} {
		if way.set {
			ways++
			named = append(named, way.fields...)
		}
	}
	p.unless(ways <= 1, "Auth has %d members set, where one decides", ways)
	for _, name := range named {
		p.unless(fields[name].Secret, "Auth sends the field %q, which is no secret field of the connection", name)
	}
}

func headerFields(h *connector.AuthHeader) []string {
	if h == nil {
		return nil
	}
	return []string{h.Field}
}

func basicFields(b *connector.AuthBasic) []string {
	if b == nil {
		return nil
	}
	return []string{b.Password}
}

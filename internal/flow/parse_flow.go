package flow

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

const dslVersion = "1.0"

var dnsLabel = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

func (p *parser) flow(root *yaml.Node) *Flow {
	f := &Flow{byPath: map[string]*Task{}}
	m := p.mapping(root, "", "a flow", "document", "input", "use", "do", "timeout", "output", "schedule", "evaluate", "x-triggers", "x-on-error")
	if m == nil {
		return f
	}
	p.require(m, "a flow", "document", "do")
	p.document(f, m)
	p.use(m)
	for _, key := range []string{"schedule", "timeout"} {
		if n := m.vals[key]; n != nil {
			p.at(m.at[key], m.sub(key), codeUnsupported, key+" of a flow is not supported yet", "")
		}
	}
	if n := m.vals["evaluate"]; n != nil {
		p.evaluate(n)
	}
	f.Input, f.Output = p.stage(m, "input", "from", before), p.stage(m, "output", "as", after)
	f.Triggers = p.triggers(m)
	if n := m.vals["do"]; n != nil {
		f.Do = p.list(n, "/do", true)
	}
	if n := m.vals["x-on-error"]; n != nil {
		p.flowErr = true
		f.OnError = p.list(n, "/x-on-error", true)
		p.flowErr = false
	}
	for _, t := range p.tasks {
		f.byPath[t.Path] = t
	}
	return f
}

func (p *parser) document(f *Flow, m *mapping) {
	n := m.vals["document"]
	if n == nil {
		return
	}
	d := p.mapping(n, "/document", "document", "dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata")
	if d == nil || !p.require(d, "document", "dsl", "namespace", "name", "version") {
		return
	}
	if v := p.text(d, "dsl"); !strings.HasPrefix(v, dslVersion) {
		p.at(d.vals["dsl"], d.sub("dsl"), codeUnsupported, fmt.Sprintf("DSL version %q is not supported", v), "write 1.0.3")
	}
	f.Namespace, f.Name, f.Version = p.label(d, "namespace"), p.label(d, "name"), p.text(d, "version")
	f.Title, f.Summary = p.text(d, "title"), p.text(d, "summary")
	if n := d.vals["tags"]; n != nil {
		if t := p.mapping(n, d.sub("tags"), "tags"); t != nil {
			f.Tags = map[string]string{}
			for _, k := range t.keys {
				f.Tags[k] = p.text(t, k)
			}
		}
	}
}

func (p *parser) label(m *mapping, key string) string {
	v := p.text(m, key)
	if !dnsLabel.MatchString(v) {
		p.at(m.vals[key], m.sub(key), codeName, fmt.Sprintf("%s %q is not a name", key, v), "lower-case letters, digits and hyphens, at most 63")
	}
	return v
}

// evaluate accepts what the profile does anyway and refuses the rest.
func (p *parser) evaluate(n *yaml.Node) {
	m := p.mapping(n, "/evaluate", "evaluate", "language", "mode")
	if m == nil {
		return
	}
	if v := p.text(m, "language"); v != "" && v != "jq" {
		p.at(m.vals["language"], m.sub("language"), codeUnsupported, fmt.Sprintf("the expression language %q is not supported by this profile", v), "write jq")
	}
	if v := p.text(m, "mode"); v != "" && v != "strict" {
		p.at(m.vals["mode"], m.sub("mode"), codeUnsupported, fmt.Sprintf("evaluation mode %q is not supported by this profile", v), "write strict")
	}
}

// stage reads input.from, output.as or export.as.
func (p *parser) stage(m *mapping, key, member string, s stage) *Value {
	n := m.vals[key]
	if n == nil {
		return nil
	}
	sub := p.mapping(n, m.sub(key), key, "schema", member)
	if sub == nil {
		return nil
	}
	if at := sub.at["schema"]; at != nil {
		p.at(at, sub.sub("schema"), codeUnsupported, key+".schema is not supported yet", "")
	}
	return p.filter(sub, member, s)
}

func (p *parser) use(m *mapping) {
	p.retries, p.errors = map[string]*Retry{}, map[string]*yaml.Node{}
	n := m.vals["use"]
	if n == nil {
		return
	}
	u := p.mapping(n, "/use", "use", "retries", "errors", "authentications", "catalogs", "extensions", "functions", "secrets", "timeouts")
	if u == nil {
		return
	}
	for _, k := range u.keys {
		switch k {
		case "retries":
			if r := p.mapping(u.vals[k], u.sub(k), "retries"); r != nil {
				for _, name := range r.keys {
					p.retries[name] = p.retryPolicy(r.vals[name], r.sub(name))
				}
			}
		case "errors":
			if e := p.mapping(u.vals[k], u.sub(k), "errors"); e != nil {
				for _, name := range e.keys {
					p.errors[name] = e.vals[name]
				}
			}
		case "authentications", "catalogs", "extensions", "functions", "secrets", "timeouts":
			p.at(u.at[k], u.sub(k), codeUnsupported, "use."+k+" is not supported yet", "")
		}
	}
}

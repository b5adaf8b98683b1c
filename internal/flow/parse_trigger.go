package flow

import (
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

var hookPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

func (p *parser) triggers(m *mapping) []*Trigger {
	n := m.vals["x-triggers"]
	if n == nil {
		return nil
	}
	var ts []*Trigger
	seen, paths := map[string]bool{}, map[string]bool{}
	p.named(n, "/x-triggers", "x-triggers", func(name string, key, val *yaml.Node, path string) {
		if seen[name] {
			p.at(key, path, codeDuplicate, fmt.Sprintf("two triggers are called %q", name), "")
		}
		seen[name] = true
		t := p.trigger(name, key, val, path)
		if t == nil {
			return
		}
		if t.Webhook != nil {
			if paths[t.Webhook.Path] {
				p.at(key, path, codeDuplicate, fmt.Sprintf("two triggers listen on %s", t.Webhook.Path), "")
			}
			paths[t.Webhook.Path] = true
		}
		ts = append(ts, t)
	})
	return ts
}

func (p *parser) trigger(name string, key, val *yaml.Node, path string) *Trigger {
	m := p.mapping(val, path, "a trigger", "webhook", "cron", "every", "queue", "stream", "email", "poll", "chat", "form", "event")
	if m == nil || len(m.keys) != 1 {
		p.at(key, path, codeValue, "a trigger has exactly one kind", "for example webhook: { path: /tickets }")
		return nil
	}
	if m.keys[0] != "webhook" {
		p.at(m.at[m.keys[0]], m.sub(m.keys[0]), codeUnsupported, "the trigger "+m.keys[0]+" is not supported yet", "")
		return nil
	}
	w := p.mapping(m.vals["webhook"], m.sub("webhook"), "webhook", "path", "method", "auth")
	if w == nil || !p.require(w, "webhook", "path") {
		return nil
	}
	t := &Trigger{Name: name, Line: key.Line, Webhook: &Webhook{Path: p.text(w, "path"), Method: "POST"}}
	if !hookPath.MatchString(t.Webhook.Path) {
		p.at(w.vals["path"], w.sub("path"), codeValue, fmt.Sprintf("%q is not a hook path", t.Webhook.Path), "begin with a slash; use letters, digits and - . _ ~ between slashes")
	}
	if v := p.text(w, "method"); v != "" {
		t.Webhook.Method = v
		switch v {
		case "POST", "PUT", "PATCH", "GET", "DELETE":
		default:
			p.at(w.vals["method"], w.sub("method"), codeValue, fmt.Sprintf("method %q is not one of POST, PUT, PATCH, GET, DELETE", v), "")
		}
	}
	if n := w.vals["auth"]; n != nil {
		t.Webhook.Auth = p.auth(n, w.sub("auth"))
	}
	return t
}

// auth reads { <scheme>: { secret: NAME, …config } }.
func (p *parser) auth(n *yaml.Node, path string) *Auth {
	m := p.mapping(n, path, "auth")
	if m == nil || len(m.keys) != 1 {
		p.at(n, path, codeValue, "auth names exactly one scheme", "for example auth: { hmac: { secret: NAME } }")
		return nil
	}
	a := &Auth{Scheme: m.keys[0], Config: map[string]any{}}
	c := p.mapping(m.vals[a.Scheme], m.sub(a.Scheme), a.Scheme)
	if c == nil || !p.require(c, a.Scheme, "secret") {
		return nil
	}
	for _, k := range c.keys {
		if k == "secret" {
			a.Secret = p.text(c, k)
			continue
		}
		a.Config[k] = p.plain(c.vals[k], c.sub(k))
	}
	if err := p.catalog.CheckAuth(*a); err != nil {
		msg, hint := errs.Message(err)
		p.at(m.at[a.Scheme], m.sub(a.Scheme), codeValue, msg, hint)
	}
	return a
}

// named reads a list of one-key mappings, the DSL's ordered map.
func (p *parser) named(n *yaml.Node, path, what string, each func(name string, key, val *yaml.Node, path string)) {
	if n.Kind != yaml.SequenceNode {
		p.at(n, path, codeType, fmt.Sprintf("%s must be a list, not %s", what, describe(n)), "each entry is - name: …")
		return
	}
	for i, e := range n.Content {
		at := fmt.Sprintf("%s/%d", path, i)
		m := p.mapping(e, at, "an entry of "+what)
		if m == nil {
			continue
		}
		if len(m.keys) != 1 {
			p.at(e, at, codeValue, fmt.Sprintf("an entry of %s has exactly one name, this one has %d", what, len(m.keys)), "indent what belongs to it")
			continue
		}
		name := m.keys[0]
		each(name, m.at[name], m.vals[name], at+"/"+escape(name))
	}
}

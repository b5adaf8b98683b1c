package flow

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

func (p *parser) exprErrorAs(n *yaml.Node, path, code string, err error) {
	msg, hint := errs.Message(err)
	p.at(n, path, code, msg, hint)
}

func (p *parser) body(t *Task, m *mapping) {
	switch t.Kind {
	case Call:
		p.call(t, m)
	case Do:
		t.Do = p.list(m.vals["do"], m.sub("do"), true)
	case For:
		p.forTask(t, m)
	case Fork:
		p.fork(t, m)
	case Raise:
		p.raise(t, m)
	case Set:
		t.Set = p.value(m.vals["set"], m.sub("set"), before)
	case Switch:
		p.switchTask(t, m)
	case Try:
		t.Do = p.list(m.vals["try"], m.sub("try"), true)
		p.catch(t, m)
	case Wait:
		p.wait(t, m)
	}
}

func (p *parser) call(t *Task, m *mapping) {
	c := &CallTask{Operation: p.text(m, "call")}
	t.Call = c
	if c.Operation == "http" {
		c.Operation = httpOperation
	}
	op, known := p.catalog.Operation(c.Operation)
	if !known {
		hint := ""
		if s := nearest(c.Operation, p.catalog.Operations()); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
		p.at(m.vals["call"], m.sub("call"), codeCall, fmt.Sprintf("there is no operation %q", c.Operation), hint)
	}
	with := map[string]any{}
	c.With = &Value{literal: with}
	if n := m.vals["with"]; n != nil {
		w := p.mapping(n, m.sub("with"), "with")
		if w == nil {
			return
		}
		with = p.with(c, w)
		if a := w.vals["endpoint"]; a != nil && a.Kind == yaml.MappingNode {
			p.endpointAuth(c, a, w.sub("endpoint"))
		}
	}
	if n := m.vals["authentication"]; n != nil {
		p.authentication(c, n, m.sub("authentication"))
	}
	if !known {
		return
	}
	if op.Connection != "" && c.Connection == "" {
		p.at(m.vals["call"], m.sub("with"), codeArgument, fmt.Sprintf("%s needs a connection of kind %s", c.Operation, op.Connection), "add with: { connection: NAME }")
	}
	for _, a := range op.Check(with) {
		p.at(find(m.vals["with"], a.Path, m.vals["call"]), m.sub("with")+a.Path, codeArgument, a.Message, "")
	}
}

// with reads the argument without the connection and gives it as plain JSON too.
func (p *parser) with(c *CallTask, w *mapping) map[string]any {
	plain := map[string]any{}
	v := &Value{}
	for _, k := range w.keys {
		if k == "connection" {
			c.Connection = p.text(w, k)
			continue
		}
		if k == "endpoint" && c.Operation == httpOperation {
			expandEndpoint(w.vals[k])
		}
		n := w.vals[k]
		if uri := child(n, "uri"); k == "endpoint" && c.Operation == httpOperation && uri != nil {
			n = uri // its authentication names the connection
		}
		v.object = append(v.object, member{k, p.value(n, w.sub(k), before)})
		plain[k] = p.plain(n, w.sub(k))
	}
	if len(v.object) > 0 {
		c.With = v
	}
	return plain
}

func (p *parser) endpointAuth(c *CallTask, n *yaml.Node, path string) {
	m := p.mapping(n, path, "endpoint")
	if m != nil && m.vals["authentication"] != nil {
		p.authentication(c, m.vals["authentication"], m.sub("authentication"))
	}
}

func (p *parser) authentication(c *CallTask, n *yaml.Node, path string) {
	m := p.mapping(n, path, "authentication", "use")
	if m != nil && p.require(m, "authentication", "use") {
		c.Connection = p.text(m, "use")
	}
}

// find gives the node at a JSON pointer below n, or the deepest one on the way.
func find(n *yaml.Node, pointer string, otherwise *yaml.Node) *yaml.Node {
	if n == nil {
		return otherwise
	}
	for _, token := range pointerTokens(pointer) {
		next := child(n, token)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func (p *parser) forTask(t *Task, m *mapping) {
	f := &ForTask{Each: "item", At: "index"}
	t.For = f
	s := p.mapping(m.vals["for"], m.sub("for"), "for", "each", "in", "at")
	if s == nil || !p.require(s, "for", "in") || !p.require(m, "a for task", "do") {
		return
	}
	if v := p.variable(s, "each"); v != "" {
		f.Each = v
	}
	if v := p.variable(s, "at"); v != "" {
		f.At = v
	}
	f.In = p.bare(s, "in", before)
	p.within([]string{f.Each, f.At}, func() {
		f.While = p.bare(m, "while", before)
		t.Do = p.list(m.vals["do"], m.sub("do"), true)
	})
}

func (p *parser) variable(m *mapping, key string) string {
	v := p.text(m, key)
	if v != "" && !identifier.MatchString(v) {
		p.at(m.vals[key], m.sub(key), codeName, fmt.Sprintf("%q is not a variable name", v), "letters, digits and _, without $")
		return ""
	}
	return v
}

// within reads with more variables known.
func (p *parser) within(vars []string, read func()) {
	n := len(p.loopVars)
	p.loopVars = append(slices.Clip(p.loopVars), vars...)
	read()
	p.loopVars = p.loopVars[:n]
}

func (p *parser) fork(t *Task, m *mapping) {
	t.Fork = &ForkTask{}
	s := p.mapping(m.vals["fork"], m.sub("fork"), "fork", "branches", "compete")
	if s == nil || !p.require(s, "fork", "branches") {
		return
	}
	t.Fork.Compete = p.boolean(s, "compete")
	t.Fork.Branches = p.list(s.vals["branches"], s.sub("branches"), false)
	if len(t.Fork.Branches) == 0 {
		p.at(s.vals["branches"], s.sub("branches"), codeMissing, "fork has no branches", "")
	}
}

func (p *parser) switchTask(t *Task, m *mapping) {
	p.named(m.vals["switch"], m.sub("switch"), "switch", func(name string, key, val *yaml.Node, path string) {
		s := p.mapping(val, path, "a case", "when", "then")
		if s == nil || !p.require(s, "a case", "then") {
			return
		}
		if n := len(t.Switch); n > 0 && t.Switch[n-1].When == nil {
			p.at(key, path, codeUnreachable, fmt.Sprintf("the case %q is never reached: the one before has no when", name), "")
		}
		t.Switch = append(t.Switch, Case{Name: name, When: p.bare(s, "when", before), Then: p.text(s, "then")})
	})
}

func (p *parser) wait(t *Task, m *mapping) {
	t.Wait = p.value(m.vals["wait"], m.sub("wait"), before)
	if !t.Wait.constant() {
		return
	}
	v, err := t.Wait.Eval(nil, nil)
	if err == nil {
		_, err = Duration(v)
	}
	if err != nil {
		p.exprErrorAs(m.vals["wait"], m.sub("wait"), codeValue, err)
	}
}

func (p *parser) raise(t *Task, m *mapping) {
	t.Raise = &Value{}
	s := p.mapping(m.vals["raise"], m.sub("raise"), "raise", "error")
	if s == nil || !p.require(s, "raise", "error") {
		return
	}
	n, path := s.vals["error"], s.sub("error")
	if n.Kind == yaml.ScalarNode {
		ref := p.errors[n.Value]
		if ref == nil {
			p.at(n, path, codeValue, fmt.Sprintf("use.errors has no %q", n.Value), "")
			return
		}
		n, path = ref, "/use/errors/"+escape(n.Value)
	}
	e := p.mapping(n, path, "error", "type", "status", "title", "detail", "instance")
	if e != nil && p.require(e, "error", "type", "status") {
		t.Raise = p.value(n, path, before)
	}
}

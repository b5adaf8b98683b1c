package flow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// commonKeys may stand on every task.
var commonKeys = []string{"if", "input", "output", "export", "timeout", "then", "metadata"}

// kindKeys are the keys of each kind; the first names it.
var kindKeys = map[Kind][]string{
	Call:   {"call", "with", "authentication"},
	Do:     {"do"},
	For:    {"for", "while", "do"},
	Fork:   {"fork"},
	Raise:  {"raise"},
	Set:    {"set"},
	Switch: {"switch"},
	Try:    {"try", "catch"},
	Wait:   {"wait"},
}

// laterKinds are in the format but not in this build.
var laterKinds = []string{"emit", "listen", "run"}

// list reads a task list. ordered lists are followed by then; the branches of a
// fork are not.
func (p *parser) list(n *yaml.Node, path string, ordered bool) []*Task {
	var ts []*Task
	seen := map[string]*yaml.Node{}
	p.named(n, path, "a task list", func(name string, key, val *yaml.Node, at string) {
		if prev := seen[name]; prev != nil {
			p.at(key, at, codeDuplicate, fmt.Sprintf("the task %q is already on line %d of this list", name, prev.Line), "")
		}
		seen[name] = key
		if !identifier.MatchString(name) {
			p.add(Problem{
				Line: key.Line, Column: key.Column, Path: at, Code: codeName, Warning: true,
				Message: fmt.Sprintf("the task name %q cannot be used as $steps.%s", name, name), Hint: "letters, digits and _",
			})
		}
		if t := p.readTask(name, key, val, at); t != nil {
			t.Index = len(ts)
			ts = append(ts, t)
		}
	})
	if ordered {
		p.targets(n, path, ts)
	}
	return ts
}

func (p *parser) readTask(name string, key, val *yaml.Node, path string) *Task {
	t := &Task{Name: name, Path: path, Line: key.Line, Column: key.Column}
	m := p.mapping(val, path, "a task")
	if m == nil {
		return nil
	}
	outer := p.task
	p.task = t
	defer func() { p.task = outer }()
	if t.Kind = p.kind(m); t.Kind == "" {
		return nil
	}
	p.tasks = append(p.tasks, t)
	p.keys(m, t.Kind)
	t.If = p.bare(m, "if", before)
	t.From = p.stage(m, "input", "from", before)
	p.body(t, m)
	t.As = p.stage(m, "output", "as", after)
	t.Export = p.stage(m, "export", "as", after)
	t.Then = p.text(m, "then")
	p.timeout(t, m)
	p.metadata(t, m)
	return t
}

func (p *parser) kind(m *mapping) Kind {
	for _, k := range []Kind{Call, For, Fork, Raise, Set, Switch, Try, Wait, Do} {
		if m.vals[string(k)] != nil {
			return k
		}
	}
	for _, k := range laterKinds {
		if at := m.at[k]; at != nil {
			p.at(at, m.sub(k), codeUnsupported, "the task "+k+" is not supported yet", "")
			return ""
		}
	}
	kinds := []string{"call", "do", "for", "fork", "raise", "set", "switch", "try", "wait"}
	hint := "a task has one of " + strings.Join(kinds, ", ")
	for _, k := range m.keys {
		if s := nearest(k, kinds); s != "" {
			hint = fmt.Sprintf("did you mean %q instead of %q?", s, k)
		}
	}
	p.at(m.node, m.path, codeMissing, "this task does nothing that is known", hint)
	return ""
}

func (p *parser) keys(m *mapping, k Kind) {
	allowed := slices.Concat(kindKeys[k], commonKeys)
	for _, key := range m.keys {
		if !slices.Contains(allowed, key) {
			p.unknownKey(m.at[key], m.path, "a "+string(k)+" task", allowed)
		}
	}
}

// targets checks the directives of one list.
func (p *parser) targets(list *yaml.Node, path string, ts []*Task) {
	names := []string{Continue, Exit, End}
	for _, t := range ts {
		names = append(names, t.Name)
	}
	check := func(t *Task, then string) {
		if then != "" && !slices.Contains(names, then) {
			hint := "continue, exit, end or a task of the same list"
			if s := nearest(then, names); s != "" {
				hint = fmt.Sprintf("did you mean %q?", s)
			}
			p.add(Problem{Line: t.Line, Column: t.Column, Path: t.Path, Code: codeThen, Message: fmt.Sprintf("then: %s leads nowhere", then), Hint: hint})
		}
	}
	for _, t := range ts {
		check(t, t.Then)
		for _, c := range t.Switch {
			check(t, c.Then)
		}
		if t.Catch != nil {
			check(t, t.Catch.Then)
		}
	}
}

func (p *parser) timeout(t *Task, m *mapping) {
	n := m.vals["timeout"]
	if n == nil {
		return
	}
	if t.Kind != Call {
		p.at(m.at["timeout"], m.sub("timeout"), codeUnsupported, "a timeout is supported on call tasks only, so far", "")
		return
	}
	s := p.mapping(n, m.sub("timeout"), "timeout", "after")
	if s == nil || !p.require(s, "timeout", "after") {
		return
	}
	d, err := Duration(p.plain(s.vals["after"], s.sub("after")))
	if err != nil {
		p.exprErrorAs(s.vals["after"], s.sub("after"), codeValue, err)
	}
	t.Timeout = d
}

func (p *parser) metadata(t *Task, m *mapping) {
	n := m.vals["metadata"]
	if n == nil {
		return
	}
	d := p.mapping(n, m.sub("metadata"), "metadata")
	if d == nil {
		return
	}
	if r := d.vals["retry"]; r != nil {
		t.Retry = p.retryRef(r, d.sub("retry"))
	}
	switch v := p.text(d, "onError"); v {
	case "", "fail":
	case "continue":
		t.Continue = true
	default:
		p.at(d.vals["onError"], d.sub("onError"), codeValue, fmt.Sprintf("onError is fail or continue, not %q", v), "")
	}
	switch v := p.text(d, "effect"); v {
	case "", "idempotent", "at-most-once":
		t.Effect = v
	default:
		p.at(d.vals["effect"], d.sub("effect"), codeValue, fmt.Sprintf("effect is idempotent or at-most-once, not %q", v), "")
	}
}

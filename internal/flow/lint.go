package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lint runs the checks that need the whole file: what $steps refers to.
func (p *parser) lint(f *Flow) {
	steps := map[string][]*Task{}
	order := map[*Task]int{}
	var names []string
	for i, t := range p.tasks {
		steps[t.Name] = append(steps[t.Name], t)
		order[t] = i
		names = append(names, t.Name)
	}
	back := hasBackwardJump(f.Do)
	for _, e := range p.exprs {
		f.UsesVars = f.UsesVars || slices.Contains(e.expr.Refs().Vars, "vars")
		for _, name := range e.expr.Refs().Steps {
			p.step(e, name, steps[name], names, order, back)
		}
	}
}

func (p *parser) step(e placed, name string, found []*Task, names []string, order map[*Task]int, back bool) {
	switch {
	case len(found) == 0:
		hint := ""
		if s := nearest(name, names); s != "" {
			hint = fmt.Sprintf("did you mean $steps.%s?", s)
		}
		p.at(e.node, e.path, codeStep, fmt.Sprintf("$steps.%s: there is no task %q", name, name), hint)
	case len(found) > 1:
		p.at(e.node, e.path, codeDuplicate, fmt.Sprintf("$steps.%s: %d tasks have this name", name, len(found)), "give each its own name")
	case e.task == nil || back:
	case found[0] == e.task && e.late:
	case order[found[0]] >= order[e.task] || encloses(found[0], e.task):
		p.at(e.node, e.path, codeLater, fmt.Sprintf("$steps.%s: the task on line %d has not finished when this runs", name, found[0].Line), "refer only to earlier tasks")
	}
}

func encloses(outer, inner *Task) bool { return strings.HasPrefix(inner.Path, outer.Path+"/") }

func hasBackwardJump(ts []*Task) bool {
	index := map[string]int{}
	for i, t := range ts {
		index[t.Name] = i
	}
	for i, t := range ts {
		thens := []string{t.Then}
		for _, c := range t.Switch {
			thens = append(thens, c.Then)
		}
		for _, then := range thens {
			if j, ok := index[then]; ok && j <= i {
				return true
			}
		}
		inner := slices.Concat(t.Do, catchTasks(t))
		if t.Fork != nil {
			for _, b := range t.Fork.Branches {
				inner = append(inner, b.Do...)
			}
		}
		if hasBackwardJump(inner) {
			return true
		}
	}
	return false
}

func catchTasks(t *Task) []*Task {
	if t.Catch == nil {
		return nil
	}
	return t.Catch.Do
}

func pointerTokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return tokens
}

func child(n *yaml.Node, token string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == token {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	default:
	}
	return nil
}

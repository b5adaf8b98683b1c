package flow

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/backoff"
)

// standardRetry is the name of the built-in policy.
const standardRetry = "standard"

func (p *parser) catch(t *Task, m *mapping) {
	c := &Catch{As: "error"}
	t.Catch = c
	if !p.require(m, "a try task", "catch") {
		return
	}
	s := p.mapping(m.vals["catch"], m.sub("catch"), "catch", "errors", "as", "when", "exceptWhen", "retry", "do", "then")
	if s == nil {
		return
	}
	if v := p.variable(s, "as"); v != "" {
		c.As = v
	}
	if n := s.vals["errors"]; n != nil {
		if e := p.mapping(n, s.sub("errors"), "errors", "with"); e != nil && e.vals["with"] != nil {
			w := p.mapping(e.vals["with"], e.sub("with"), "with", "type", "status", "title", "detail", "instance")
			if w != nil {
				c.Filter, _ = p.plain(w.node, w.path).(map[string]any)
			}
		}
	}
	p.within([]string{c.As}, func() {
		c.When, c.Except = p.bare(s, "when", before), p.bare(s, "exceptWhen", before)
		if n := s.vals["retry"]; n != nil {
			c.Retry = p.retryRef(n, s.sub("retry"))
		}
		if n := s.vals["do"]; n != nil {
			c.Do = p.list(n, s.sub("do"), true)
		}
	})
	c.Then = p.text(s, "then")
}

// retryRef reads a policy or the name of one.
func (p *parser) retryRef(n *yaml.Node, path string) *Retry {
	if n.Kind != yaml.ScalarNode {
		return p.retryPolicy(n, path)
	}
	if r := p.retries[n.Value]; r != nil {
		return r
	}
	if n.Value == standardRetry {
		return &Retry{Policy: backoff.Standard(), TemporaryOnly: true}
	}
	p.at(n, path, codeRetry, fmt.Sprintf("there is no retry policy %q", n.Value), "declare it in use.retries, or write standard")
	return nil
}

func (p *parser) retryPolicy(n *yaml.Node, path string) *Retry {
	r := &Retry{Policy: backoff.Policy{Kind: backoff.Constant}}
	m := p.mapping(n, path, "a retry policy", "when", "exceptWhen", "delay", "backoff", "limit", "jitter")
	if m == nil {
		return r
	}
	p.within([]string{"error"}, func() {
		r.When, r.Except = p.bare(m, "when", before), p.bare(m, "exceptWhen", before)
	})
	r.Base = p.duration(m, "delay")
	if b := m.vals["backoff"]; b != nil {
		p.backoff(r, b, m.sub("backoff"))
	}
	if l := m.vals["limit"]; l != nil {
		p.limit(r, l, m.sub("limit"))
	}
	if j := m.vals["jitter"]; j != nil {
		if s := p.mapping(j, m.sub("jitter"), "jitter", "from", "to"); s != nil {
			r.JitterFrom, r.JitterTo = p.duration(s, "from"), p.duration(s, "to")
		}
	}
	return r
}

func (p *parser) backoff(r *Retry, n *yaml.Node, path string) {
	m := p.mapping(n, path, "backoff", "constant", "linear", "exponential")
	if m == nil {
		return
	}
	if len(m.keys) != 1 {
		p.at(n, path, codeValue, "backoff has exactly one of constant, linear, exponential", "")
		return
	}
	k := m.keys[0]
	r.Kind = backoff.Kind(k)
	s := m.vals[k]
	if s.Tag == "!!null" {
		return
	}
	o := p.mapping(s, m.sub(k), k, "multiplier", "maxDelay")
	if o == nil {
		return
	}
	r.Max = p.duration(o, "maxDelay")
	if f := o.vals["multiplier"]; f != nil {
		x, ok := toFloat(p.plain(f, o.sub("multiplier")))
		if !ok || x < 1 || x > 100 {
			p.at(f, o.sub("multiplier"), codeValue, "multiplier must be a number from 1 to 100", "")
		}
		r.Factor = x
	}
}

func (p *parser) limit(r *Retry, n *yaml.Node, path string) {
	m := p.mapping(n, path, "limit", "attempt", "duration")
	if m == nil {
		return
	}
	r.Total = p.duration(m, "duration")
	if r.Total > 0 {
		r.Attempts = backoff.MaxAttempts
	}
	a := m.vals["attempt"]
	if a == nil {
		return
	}
	s := p.mapping(a, m.sub("attempt"), "attempt", "count", "duration")
	if s == nil {
		return
	}
	if at := s.at["duration"]; at != nil {
		p.at(at, s.sub("duration"), codeUnsupported, "limit.attempt.duration is not supported yet", "set timeout on the task")
	}
	if c := s.vals["count"]; c != nil {
		count, ok := p.plain(c, s.sub("count")).(int)
		if !ok || count < 1 || count > 1000 {
			p.at(c, s.sub("count"), codeValue, "count must be a whole number from 1 to 1000", "")
			return
		}
		// The DSL counts retries; a policy counts attempts, the first included.
		r.Attempts = count + 1
	}
}

func (p *parser) duration(m *mapping, key string) time.Duration {
	n := m.vals[key]
	if n == nil {
		return 0
	}
	d, err := Duration(p.plain(n, m.sub(key)))
	if err != nil {
		p.exprErrorAs(n, m.sub(key), codeValue, err)
	}
	return d
}

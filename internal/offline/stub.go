package offline

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// Stubs answers calls from recordings, by the name of the task or of the
// operation; the task's wins. A list gives one answer a call, the last of them
// for all further ones. nil answers nothing.
//
//	customer: { output: { plan: pro } }
//	slack.messages.post: [ { error: { status: 429, temporary: true } }, { output: { ok: true } } ]
type Stubs map[string][]Answer

// Answer is one recorded answer.
type Answer struct {
	Output any
	Error  *struct {
		Type      string
		Status    int
		Title     string
		Detail    string
		Temporary bool
	}
}

// ParseStubs reads a YAML or JSON file. Error: errs.Invalid.
func ParseStubs(text []byte) (Stubs, error) {
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "the stub file is not a map of answers: "+err.Error())
	}
	out := Stubs{}
	for name, n := range raw {
		list, ok := answers(n)
		if !ok {
			return nil, errs.Newf(errs.Invalid, "the stub file, line %d: %s must be { output: … }, { error: … } or a list of them", n.Line, name)
		}
		out[name] = list
	}
	return out, nil
}

// answers reads one answer or a list of them.
func answers(n yaml.Node) ([]Answer, bool) {
	each := []*yaml.Node{&n}
	if n.Kind == yaml.SequenceNode {
		each = n.Content
	}
	list := make([]Answer, len(each))
	for i, one := range each {
		// A misspelt key would be an answer that says nothing.
		if one.Kind != yaml.MappingNode || len(one.Content) != 2 || one.Content[0].Value != "output" && one.Content[0].Value != "error" || one.Decode(&list[i]) != nil {
			return nil, false
		}
	}
	return list, len(list) > 0
}

// check refuses an answer that no call can ask for: it is misspelt, and the call
// that was meant would really be made. Error: errs.Invalid.
func (s Stubs) check(f *flow.Flow, known engine.Operations) error {
	tasks := map[string]bool{}
	Walk(f, func(t *flow.Task) {
		if t.Call != nil {
			tasks[t.Name] = true
		}
	})
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, _, ok := known.Find(name); !ok && !tasks[name] {
			return errs.Newf(errs.Invalid, "the stub file answers %q, which is no operation, and no task of the flow that calls one", name).
				WithHint("the tasks are %s", strings.Join(slices.Sorted(maps.Keys(tasks)), ", "))
		}
	}
	return nil
}

func (s Stubs) covers(t *flow.Task) bool {
	return s[t.Name] != nil || t.Call != nil && s[t.Call.Operation] != nil
}

type operations struct {
	engine.Operations
	stubs Stubs
	mu    *sync.Mutex
	used  map[string]int
}

func (s Stubs) operations(real engine.Operations) engine.Operations {
	if s == nil {
		return real
	}
	return operations{real, s, &sync.Mutex{}, map[string]int{}}
}

func (o operations) Find(name string) (op connector.Operation, kind string, ok bool) {
	op, kind, ok = o.Operations.Find(name)
	if !ok {
		return op, kind, ok
	}
	return stubbed{op, kind, o}, "", ok
}

type stubbed struct {
	connector.Operation
	kind string
	from operations
}

func (s stubbed) Invoke(ctx context.Context, call *connector.Call, with json.RawMessage) (json.RawMessage, error) {
	name := call.Task[strings.LastIndexByte(call.Task, '/')+1:]
	list := s.from.stubs[name]
	if list == nil {
		name = s.Spec().Name
		list = s.from.stubs[name]
	}
	if list == nil {
		if c := call.Connection; c != nil && s.kind != "" && c.Kind != s.kind {
			return nil, connector.Invalidf("connection %s is of kind %s, not %s", c.Name, c.Kind, s.kind)
		}
		return s.Operation.Invoke(ctx, call, with)
	}
	s.from.mu.Lock()
	a := list[min(s.from.used[name], len(list)-1)]
	s.from.used[name]++
	s.from.mu.Unlock()
	if e := a.Error; e != nil {
		x := &connector.Error{Type: e.Type, Status: e.Status, Title: e.Title, Detail: e.Detail, Temporary: e.Temporary}
		if x.Type == "" {
			x.Type = "communication"
		}
		if x.Title == "" {
			x.Title = "The stub says so"
		}
		return nil, x
	}
	return json.Marshal(a.Output)
}

// outside lends a connection that exists, or an empty one: a call that is
// answered from a recording needs none.
type outside struct{ pool *connection.Pool }

func (s Stubs) outside(p *connection.Pool) engine.Outside {
	if s == nil {
		return app.Outside{Pool: p}
	}
	return outside{p}
}

func (o outside) Begin(ctx context.Context, ns string) engine.Attempt {
	return attempt{o.pool.Begin(ctx, ns)}
}

type attempt struct{ *connection.Attempt }

func (a attempt) Use(ctx context.Context, name, kind string) (*connector.Connection, error) {
	c, err := a.Attempt.Use(ctx, name, kind)
	if kind == "" && errs.CodeOf(err) == errs.NotFound { // stubbed operations ask for no kind
		return &connector.Connection{Name: name, Kind: kind, HTTP: &http.Client{Transport: nowhere{name}}}, nil
	}
	return c, err
}

type nowhere struct{ name string }

func (n nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errs.Newf(errs.NotFound, "there is no connection %q", n.name)
}

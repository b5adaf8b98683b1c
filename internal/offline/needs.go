package offline

import (
	"strings"

	"github.com/patchbay-dev/patchbay/internal/flow"
)

// Connections lists the connections that a flow names, but for tasks that skip
// covers. Names that are only known when the flow runs are left out.
func Connections(f *flow.Flow, skip func(*flow.Task) bool) []string {
	var names []string
	Walk(f, func(t *flow.Task) {
		if t.Call == nil || skip(t) {
			return
		}
		if t.Call.Connection != "" {
			names = append(names, t.Call.Connection)
		}
		if model := t.Call.With.Text("model"); model != "" && strings.HasPrefix(t.Call.Operation, "ai.") {
			provider, _, _ := strings.Cut(model, "/")
			names = append(names, provider)
		}
	})
	return names
}

// Walk visits every task of a flow.
func Walk(f *flow.Flow, visit func(*flow.Task)) {
	var list func([]*flow.Task)
	list = func(tasks []*flow.Task) {
		for _, t := range tasks {
			visit(t)
			list(t.Do)
			if t.Fork != nil {
				list(t.Fork.Branches)
			}
			if t.Catch != nil {
				list(t.Catch.Do)
			}
		}
	}
	list(f.Do)
	list(f.OnError)
}

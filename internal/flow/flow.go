package flow

import (
	"time"

	"github.com/patchbay-dev/patchbay/internal/backoff"
	"github.com/patchbay-dev/patchbay/internal/expr"
)

// Flow is a parsed flow file.
type Flow struct {
	Namespace string
	Name      string
	Version   string
	Title     string
	Summary   string
	Tags      map[string]string
	Triggers  []*Trigger
	Input     *Value // input.from of the document; nil for the input as it is
	Output    *Value // output.as of the document
	Do        []*Task
	OnError   []*Task // x-on-error
	UsesVars  bool    // some expression reads $vars

	Text string // as written
	Hash string // hex SHA-256 of Text

	byPath map[string]*Task
}

// Task finds a task by its path; nil if there is none.
func (f *Flow) Task(path string) *Task { return f.byPath[path] }

// Trigger starts runs.
type Trigger struct {
	Name    string
	Webhook *Webhook
	Line    int
}

// Webhook is a trigger by HTTP request.
type Webhook struct {
	Path   string // begins with a slash
	Method string // POST unless said otherwise
	Auth   *Auth  // nil for none: the path then ends in a random token
}

// Auth says how a webhook is verified.
type Auth struct {
	Scheme string // "hmac" or the name of a provider
	Secret string // name of the connection of kind secret
	Config map[string]any
}

// Kind is the kind of a task.
type Kind string

// The kinds.
const (
	Call   Kind = "call"
	Do     Kind = "do"
	For    Kind = "for"
	Fork   Kind = "fork"
	Raise  Kind = "raise"
	Set    Kind = "set"
	Switch Kind = "switch"
	Try    Kind = "try"
	Wait   Kind = "wait"
)

// Directives of then; any other text is the name of a task in the same list.
const (
	Continue = "continue"
	Exit     = "exit"
	End      = "end"
)

// Task is one entry of a task list. The member that Kind names is set.
type Task struct {
	Name   string
	Path   string // JSON pointer, e.g. /do/0/customer
	Index  int    // in its list
	Line   int
	Column int
	Kind   Kind

	If       *expr.Expr
	From     *Value // input.from
	As       *Value // output.as
	Export   *Value // export.as
	Then     string // "" is Continue
	Timeout  time.Duration
	Retry    *Retry // metadata.retry
	Continue bool   // metadata.onError: continue
	Effect   string // metadata.effect: the author's word on what a repeat does

	Call   *CallTask
	Do     []*Task // do, for, try
	For    *ForTask
	Fork   *ForkTask
	Raise  *Value
	Set    *Value
	Switch []Case
	Catch  *Catch
	Wait   *Value // a duration
}

// CallTask calls an operation.
type CallTask struct {
	Operation  string // e.g. crm.customers.get; call: http is http.request
	Connection string // with.connection or authentication.use
	With       *Value // without connection
}

// ForTask repeats Do for each item.
type ForTask struct {
	Each  string // variable of the item
	At    string // variable of the index
	In    *expr.Expr
	While *expr.Expr // nil for always
}

// ForkTask runs branches side by side.
type ForkTask struct {
	Branches []*Task
	Compete  bool
}

// Case is one case of a switch; the first whose When holds is taken.
type Case struct {
	Name string
	When *expr.Expr // nil for the default
	Then string
}

// Catch handles errors of Do.
type Catch struct {
	Filter map[string]any // members an error must have; nil catches all
	As     string         // variable of the error
	When   *expr.Expr
	Except *expr.Expr
	Retry  *Retry
	Do     []*Task
	Then   string
}

// Retry repeats what failed.
type Retry struct {
	backoff.Policy
	When   *expr.Expr
	Except *expr.Expr
	// TemporaryOnly: only failures that their origin calls temporary.
	TemporaryOnly bool
	Total         time.Duration // longest time from the first attempt; 0 for no limit
}

package client

import (
	"encoding/json"
	"time"
)

// Flow is a flow with its draft and what is published.
type Flow struct {
	Name      string    `json:"name" doc:"Name of the flow"`
	Namespace string    `json:"namespace" doc:"Namespace of the flow"`
	Published int       `json:"published" doc:"Number of the published revision; 0 for none"`
	Updated   time.Time `json:"updated" doc:"When the draft was last written"`
	Draft     string    `json:"draft,omitempty" doc:"The draft as written; left out of lists"`
	DraftHash string    `json:"draft_hash,omitempty" doc:"Hex SHA-256 of the draft"`
	Hooks     []Hook    `json:"hooks,omitempty" doc:"Webhook addresses of the published revision"`
}

// Hook is the address of a webhook trigger.
type Hook struct {
	Trigger string `json:"trigger" doc:"Name of the trigger"`
	Method  string `json:"method" doc:"HTTP method"`
	Path    string `json:"path" doc:"Path on this server"`
	Scheme  string `json:"scheme" doc:"How requests are verified; none if they are not"`
}

// Revision is a published version of a flow; it never changes.
type Revision struct {
	Flow    string    `json:"flow"`
	Number  int       `json:"number" doc:"From 1"`
	Hash    string    `json:"hash" doc:"Hex SHA-256 of the text"`
	Note    string    `json:"note,omitempty"`
	Created time.Time `json:"created"`
	Text    string    `json:"text,omitempty" doc:"The flow as written; left out of lists"`
}

// Deployed is the answer to a deployment.
type Deployed struct {
	Revision  Revision `json:"revision"`
	Unchanged bool     `json:"unchanged" doc:"The text was published already"`
	Hooks     []Hook   `json:"hooks,omitempty"`
}

// Lint is one problem of a flow file.
type Lint struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path,omitempty" doc:"JSON pointer into the file"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty" doc:"Does not stop a deployment"`
}

// Run is one execution of a flow.
type Run struct {
	ID       string          `json:"id"`
	Flow     string          `json:"flow"`
	Revision int             `json:"revision" doc:"0 for a draft"`
	Trigger  string          `json:"trigger,omitempty"`
	Event    string          `json:"event,omitempty" doc:"The event that started it"`
	Status   string          `json:"status" enum:"running,waiting,completed,faulted,cancelled"`
	Started  time.Time       `json:"started"`
	Wake     *time.Time      `json:"wake,omitempty" doc:"When a waiting run goes on"`
	Finished *time.Time      `json:"finished,omitempty"`
	Result   json.RawMessage `json:"result,omitempty" doc:"Output of a completed run, or the error (RFC 9457) of a faulted one"`
}

// Ended reports whether the run has nothing left to do.
func (r Run) Ended() bool {
	return r.Status == "completed" || r.Status == "faulted" || r.Status == "cancelled"
}

// Record is one entry of a run's journal.
type Record struct {
	Seq       uint32          `json:"seq"`
	Kind      string          `json:"kind"`
	Time      time.Time       `json:"time"`
	Task      string          `json:"task,omitempty" doc:"JSON pointer of the task"`
	Attempt   int             `json:"attempt,omitempty"`
	TookMS    float64         `json:"took_ms,omitempty"`
	Output    json.RawMessage `json:"output,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
	Usage     json.RawMessage `json:"usage,omitempty" doc:"Tokens and cost of a model call"`
	Reason    string          `json:"reason,omitempty"`
	Exchanges json.RawMessage `json:"exchanges,omitempty" doc:"What was sent and received, redacted"`
}

// Event is a webhook that was accepted.
type Event struct {
	ID           string    `json:"id"`
	Path         string    `json:"path" doc:"Hook path"`
	Flow         string    `json:"flow"`
	Run          string    `json:"run"`
	Received     time.Time `json:"received"`
	Method       string    `json:"method,omitempty"`
	URL          string    `json:"url,omitempty"`
	Headers      []Header  `json:"headers,omitempty"`
	Body         string    `json:"body,omitempty" doc:"As received; base64 if base64 is true"`
	Base64       bool      `json:"base64,omitempty"`
	ReplayedFrom string    `json:"replayed_from,omitempty"`
}

// Header is one header line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Connection is a stored connection without its secrets.
type Connection struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Settings map[string]string `json:"settings,omitempty"`
	Secrets  []string          `json:"secrets,omitempty" doc:"Names of the secret fields that are set"`
	Version  int               `json:"version"`
	Updated  time.Time         `json:"updated"`
}

// ConnectionInput sets a connection. Secrets that are left out keep their value
// unless kind or address change.
type ConnectionInput struct {
	Kind     string            `json:"kind" minLength:"1"`
	Settings map[string]string `json:"settings,omitempty"`
	Secrets  map[string]string `json:"secrets,omitempty"`
}

// Kind is a kind of connection.
type Kind struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Doc    string  `json:"doc,omitempty"`
	Fields []Field `json:"fields"`
}

// Field is one setting of a kind.
type Field struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc,omitempty"`
	Secret   bool     `json:"secret,omitempty"`
	Required bool     `json:"required,omitempty"`
	Default  string   `json:"default,omitempty"`
	Enum     []string `json:"enum,omitempty"`
}

// Var is a named value that flows read as $vars.
type Var struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Updated time.Time       `json:"updated"`
}

// Token is an API token; Secret is shown once, when it is made.
type Token struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Secret  string     `json:"secret,omitempty" doc:"The token itself; shown only now"`
}

// Counts tells how many runs have each status.
type Counts map[string]int

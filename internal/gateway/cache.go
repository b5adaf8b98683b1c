package gateway

import (
	"encoding/json"
	"sync"

	"github.com/patchbay-dev/patchbay/internal/ai"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/schema"
)

// answers keeps what is known of the schemas of answers, since a flow asks with
// the same one each time.
type answers struct {
	mu  sync.Mutex
	all map[string]*answer
}

// answer is the schema of an answer.
type answer struct {
	schema *schema.Schema
	// asked is what providers are given: they want an object at the root, so that
	// another schema is wrapped.
	asked   json.RawMessage
	closed  bool // what ai.Closed says of asked
	wrapped bool
}

// maxAnswers bounds the memory; schemas that expressions build could be many.
const maxAnswers = 256

func (c *answers) get(raw json.RawMessage) (*answer, error) {
	c.mu.Lock()
	a := c.all[string(raw)]
	c.mu.Unlock()
	if a != nil {
		return a, nil
	}
	a, err := newAnswer(raw)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxAnswers {
		c.all = map[string]*answer{}
	}
	c.all[string(raw)] = a
	return a, nil
}

// explain is what a person may know of an error, and what to do.
func explain(err error) string {
	msg, hint := errs.Message(err)
	if hint != "" {
		msg += " (" + hint + ")"
	}
	return msg
}

func newAnswer(raw json.RawMessage) (*answer, error) {
	s, err := schema.Compile(raw)
	if err != nil {
		return nil, err
	}
	a := &answer{schema: s, asked: s.JSON()}
	var root struct {
		Type any `json:"type"`
	}
	if json.Unmarshal(raw, &root) != nil || root.Type != "object" {
		a.wrapped = true
		a.asked = json.RawMessage(`{"type":"object","required":["answer"],"additionalProperties":false,"properties":{"answer":` + string(raw) + `}}`)
	}
	a.closed = ai.Closed(a.asked)
	return a, nil
}

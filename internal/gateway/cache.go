package gateway

import (
	"encoding/json"
	"sync"

	"github.com/patchbay-dev/patchbay/internal/schema"
)

// schemas keeps compiled schemas, since a flow asks with the same one each time.
type schemas struct {
	mu  sync.Mutex
	all map[string]*schema.Schema
}

// maxSchemas bounds the memory; schemas that expressions build could be many.
const maxSchemas = 256

func (c *schemas) get(raw json.RawMessage) (*schema.Schema, error) {
	c.mu.Lock()
	s := c.all[string(raw)]
	c.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := schema.Compile(raw)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxSchemas {
		c.all = map[string]*schema.Schema{}
	}
	c.all[string(raw)] = s
	return s, nil
}

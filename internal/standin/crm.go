package standin

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

type crm struct {
	mu      sync.Mutex
	tickets map[string]map[string]any
	answers map[string][]byte // by Idempotency-Key
}

func (*crm) me(call) answer { return answer{status: http.StatusOK, body: map[string]any{"ok": true}} }

// number makes a stable number of an id.
func number(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return h.Sum32()
}

func (*crm) customer(c call) answer {
	id := c.PathValue("id")
	if strings.HasPrefix(id, "missing") {
		return refusal(http.StatusNotFound, "there is no customer "+id)
	}
	n := number(id)
	names := []string{"Ada", "Grace", "Edsger", "Barbara", "Alan", "Katherine"}
	plans := []string{"free", "pro", "enterprise"}
	name := names[n%uint32(len(names))]
	return answer{status: http.StatusOK, body: map[string]any{
		"id": id, "name": name, "plan": plans[n%uint32(len(plans))], "email": strings.ToLower(name) + "@example.com", "since": fmt.Sprintf("20%02d-01-15", 10+n%15),
	}}
}

func (*crm) history(c call) answer {
	limit, err := strconv.Atoi(c.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		limit = 10
	}
	id := c.PathValue("id")
	subjects := []string{"Cannot log in", "Invoice is wrong", "How do I export?", "Feature request", "App is slow"}
	list := make([]map[string]any, 0, limit)
	for i := range min(limit, 3) {
		n := number(id + strconv.Itoa(i))
		list = append(list, map[string]any{"id": fmt.Sprintf("old-%d", n%10_000), "subject": subjects[n%uint32(len(subjects))], "status": "closed"})
	}
	return answer{status: http.StatusOK, body: list}
}

func (s *crm) ticket(c call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[c.PathValue("id")]
	if !ok {
		return refusal(http.StatusNotFound, "there is no ticket "+c.PathValue("id"))
	}
	return answer{status: http.StatusOK, body: maps.Clone(t)}
}

// at gives a ticket, making it if needed; the caller holds the lock.
func (s *crm) at(id string) map[string]any {
	t := s.tickets[id]
	if t == nil {
		t = map[string]any{"id": id, "level": 0}
		s.tickets[id] = t
	}
	return t
}

func (s *crm) update(c call) answer {
	var in struct {
		Fields map[string]any `json:"fields"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || in.Fields == nil {
		return refusal(http.StatusBadRequest, `the body must be {"fields":{…}}`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.at(c.PathValue("id"))
	maps.Copy(t, in.Fields)
	return answer{status: http.StatusOK, body: maps.Clone(t), effect: true}
}

func (s *crm) escalate(c call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.at(c.PathValue("id"))
	level, _ := t["level"].(int)
	t["level"], t["escalated"] = level+1, true
	return answer{status: http.StatusOK, body: maps.Clone(t), effect: true}
}

// once applies a keyed write once and answers later ones like the first.
func (s *Services) once(do func(call) answer) func(call) answer {
	return func(c call) answer {
		key := c.Header.Get("Idempotency-Key")
		if key == "" || !s.o.Dedupe {
			return do(c)
		}
		s.crm.mu.Lock()
		before, seen := s.crm.answers[key]
		s.crm.mu.Unlock()
		if seen {
			return answer{status: http.StatusOK, body: before}
		}
		a := do(c)
		if a.status == http.StatusOK {
			b, _ := json.Marshal(a.body)
			s.crm.mu.Lock()
			s.crm.answers[key] = b
			s.crm.mu.Unlock()
		}
		return a
	}
}

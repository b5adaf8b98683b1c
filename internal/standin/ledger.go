package standin

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Entry is one request that a stand-in received.
type Entry struct {
	N       int       `json:"n"`
	Time    time.Time `json:"time"`
	Service string    `json:"service"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Key     string    `json:"key,omitempty"`     // Idempotency-Key
	Subject string    `json:"subject,omitempty"` // what it was about: a customer, a ticket
	Body    string    `json:"body,omitempty"`    // up to 4 KiB
	Status  int       `json:"status"`            // 0 for none
	Effect  bool      `json:"effect"`
}

// Ledger keeps requests in order. The zero value keeps all of them.
type Ledger struct {
	// Off keeps nothing, for benchmarks.
	Off bool

	mu  sync.Mutex
	all []Entry
}

// Add appends an entry.
func (l *Ledger) Add(e Entry) {
	if l.Off {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.N, e.Time = len(l.all), time.Now()
	l.all = append(l.all, e)
}

// Entries gives a copy of all entries.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Entry(nil), l.all...)
}

// Count counts the entries that match.
func (l *Ledger) Count(match func(Entry) bool) int {
	n := 0
	for _, e := range l.Entries() {
		if match(e) {
			n++
		}
	}
	return n
}

// Reset forgets all entries.
func (l *Ledger) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// Handler serves the ledger as JSON; DELETE resets it.
func (l *Ledger) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			l.Reset()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(l.Entries())
	})
}

// Ledger gives the ledger of the services.
func (s *Services) Ledger() *Ledger { return s.ledger }

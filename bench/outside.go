package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patchbay-dev/patchbay/internal/standin"
)

// outside is the stand-ins, and what the measurements are read from.
type outside struct {
	services http.Handler
	posted   atomic.Int64 // messages: the last step of a run

	mu   sync.Mutex
	late []int64 // milliseconds, of each run that slept
}

func serveOutside(ctx context.Context) error {
	return serve(ctx, &outside{services: standin.New(standin.Options{Ledger: &standin.Ledger{Off: true}})})
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/posted":
		_, _ = fmt.Fprint(w, o.posted.Load())
	case r.URL.Path == "/late" && r.Method == http.MethodPut:
		var slept struct{ Due int64 }
		if err := json.NewDecoder(r.Body).Decode(&slept); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		o.mu.Lock()
		o.late = append(o.late, time.Now().UnixMilli()-slept.Due)
		o.mu.Unlock()
	case r.URL.Path == "/late":
		o.mu.Lock()
		defer o.mu.Unlock()
		_ = json.NewEncoder(w).Encode(o.late)
	default:
		o.services.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
			o.posted.Add(1)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/patchbay-dev/patchbay/internal/standin"
)

// serveOutside serves the stand-ins and counts messages: the last step of a run.
func serveOutside(ctx context.Context) error {
	services := standin.New(standin.Options{Ledger: &standin.Ledger{Off: true}})
	var posted atomic.Int64
	return serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/posted" {
			_, _ = fmt.Fprint(w, posted.Load())
			return
		}
		services.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
			posted.Add(1)
		}
	}))
}

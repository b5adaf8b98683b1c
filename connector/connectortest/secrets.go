package connectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/patchbay-dev/patchbay/connector"
)

// keepsSecrets looks for the connection's secrets in results and errors: as they
// are while the outside does not repeat them, and redacted, as flows see them,
// while it does.
func keepsSecrets(ctx context.Context, s *subject) []string {
	var p problems
	res, sent := s.try(ctx, s.call.With, succeed(s.call.Answers))
	p.unless(!leaks(string(res.out)), "a secret is in the result %s", res.out)
	for i := range sent {
		res, _ := s.try(ctx, s.call.With, at(i, s.call.Answers, func(_ int, w http.ResponseWriter, _ *http.Request) {
			says(w, http.StatusBadRequest, `{"message":"no"}`)
		}))
		p.unless(res.err == nil || !leaks(res.err.Error()), "a secret is in the error %q", orNone(res.err))
		for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
			p.redacted(s.echoed(ctx, i, status))
		}
	}
	return p
}

// echoed makes the call while the outside repeats what it was sent.
func (s *subject) echoed(ctx context.Context, fault, status int) outcome {
	res, _ := s.try(ctx, s.call.With, at(fault, s.call.Answers, func(_ int, w http.ResponseWriter, r *http.Request) {
		headers, err := json.Marshal(fmt.Sprint(r.Header))
		if err != nil {
			headers = []byte(`""`)
		}
		says(w, status, fmt.Sprintf(`{"message":%s,"error":{"message":%s},"id":%s}`, headers, headers, headers))
	}))
	return res
}

// redacted looks at an outcome as it is journalled.
func (p *problems) redacted(res outcome) {
	if res.err == nil {
		out := string(res.attempt.RedactJSON(res.out))
		p.unless(!leaks(out), "a secret that the outside repeated is in the result %s, where no redaction finds it", out)
		return
	}
	e, ok := errors.AsType[*connector.Error](res.err)
	if !ok {
		return // reported by other checks
	}
	text := string(res.attempt.Redact([]byte(e.Title))) + " " + string(res.attempt.Redact([]byte(e.Detail)))
	p.unless(!leaks(text), "a secret that the outside repeated is in the error %q, where no redaction finds it", text)
}

package connectortest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
)

// reason is what the outside gives for a refusal.
const reason = "the reason of the outside"

// waited is the Retry-After, in seconds, that the outside asks for.
const waited = 7

// refusal is a status and what a flow must learn of it.
type refusal struct {
	status    int
	temporary bool
	wait      bool   // asks for a wait
	unknown   bool   // a write may have taken effect
	kind      string // of the error; "" for any
}

func statuses() []refusal {
	return []refusal{
		{status: http.StatusFound},
		{status: http.StatusBadRequest},
		{status: http.StatusUnauthorized, kind: "authentication"},
		{status: http.StatusForbidden, kind: "authorization"},
		{status: http.StatusUnprocessableEntity},
		{status: http.StatusTooManyRequests, temporary: true, wait: true},
		{status: http.StatusInternalServerError, temporary: true, unknown: true},
		{status: http.StatusBadGateway, temporary: true, unknown: true},
		{status: http.StatusServiceUnavailable, temporary: true, wait: true},
		{status: http.StatusGatewayTimeout, temporary: true, unknown: true},
	}
}

// refusals answers each request of the call with each status.
func refusals(ctx context.Context, s *subject) []string {
	var p problems
	for i, r := range s.requests(ctx) {
		for _, want := range statuses() {
			var header []string
			if want.wait {
				header = []string{fmt.Sprintf("Retry-After: %d", waited)}
			}
			if want.status == http.StatusFound {
				header = []string{"Location: /elsewhere"}
			}
			res, sent := s.try(ctx, s.call.With, at(i, s.call.Answers, func(_ int, w http.ResponseWriter, _ *http.Request) {
				says(w, want.status, fmt.Sprintf(`{"message":%q,"error":{"message":%q}}`, reason, reason), header...)
			}))
			where := fmt.Sprintf("%s %s answered with %d", r.method, r.uri, want.status)
			p.once(sent, i, where)
			p.told(want, s.writes(r), res.err, where)
		}
	}
	return p
}

// once holds that nothing was sent after the request that failed.
func (p *problems) once(sent []request, fault int, where string) {
	p.unless(len(sent) <= fault+1, "%s: %d more requests were sent; to try again is the engine's part", where, len(sent)-fault-1)
}

// told compares an error with what a flow must learn.
func (p *problems) told(want refusal, write bool, err error, where string) {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		p.unless(false, "%s: want a *connector.Error, got %s", where, show(err))
		return
	}
	p.unless(e.Title != "", "%s: the error has no Title", where)
	p.unless(want.status < 400 || strings.Contains(e.Title+" "+e.Detail, reason), "%s: what the outside said is not in the error, which is %q", where, e.Title+": "+e.Detail)
	p.unless(e.Temporary == want.temporary, "%s: Temporary is %v", where, e.Temporary)
	p.unless(want.kind == "" || e.Type == want.kind, "%s: Type is %q, not %q", where, e.Type, want.kind)
	p.unless(!want.unknown || !write || e.Unknown, "%s: the write may have taken effect, and Unknown is false", where)
	p.unless(want.temporary || !e.Unknown, "%s: it was refused, and Unknown is true", where)
	p.unless(!want.wait || e.RetryAfter == waited*time.Second, "%s: RetryAfter is %s, not %ds", where, e.RetryAfter, waited)
}

// hiddenFailures answers with the bodies that mean a failure despite their status.
func hiddenFailures(ctx context.Context, s *subject) []string {
	var p problems
	for _, body := range s.call.Failures {
		res, sent := s.try(ctx, s.call.With, at(0, s.call.Answers, func(_ int, w http.ResponseWriter, _ *http.Request) {
			says(w, http.StatusOK, body)
		}))
		_, ok := errors.AsType[*connector.Error](res.err)
		p.unless(ok, "200 with %s: want a *connector.Error, got %s and %s", body, show(res.err), res.out)
		p.once(sent, 0, "200 with "+body)
	}
	return p
}

// probes runs the kind's Test against a good and a bad credential.
func probes(ctx context.Context, conn connector.Connector, o Options) []string {
	var p problems
	body := o.Probe
	if body == "" {
		body = "{}"
	}
	test := func(answer reply) error {
		r, err := newRig(conn, o, answer)
		if err != nil {
			return err
		}
		defer r.close()
		return r.pool.Test(ctx, "", conn.Kind.Name)
	}
	if err := test(succeed([]string{body})); err != nil {
		p.unless(false, "the test of a connection that works fails: %v; set Options.Probe to what the outside answers", withFields(err))
	}
	err := test(func(_ int, w http.ResponseWriter, _ *http.Request) { says(w, http.StatusUnauthorized, "{}") })
	p.unless(err != nil, "the test of a connection whose credential is refused passes")
	return p
}

func orNone(err error) error {
	if err == nil {
		return errors.New("none")
	}
	return err
}

func show(err error) string {
	if err == nil {
		return "no error"
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return fmt.Sprintf("%q (type %s, status %d, temporary %v, unknown %v)", e.Error(), e.Type, e.Status, e.Temporary, e.Unknown)
	}
	return fmt.Sprintf("%T %q", err, err)
}

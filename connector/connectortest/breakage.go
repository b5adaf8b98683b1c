package connectortest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
)

// patience is how long a cancelled call may take to end.
const patience = 10 * time.Second

// soon is the time limit of calls that are to run into it.
const soon = 50 * time.Millisecond

// breaks cuts each request of the call off, and answers it with odd bodies.
func breaks(ctx context.Context, s *subject) []string {
	var p problems
	good, sent := s.try(ctx, s.call.With, succeed(s.call.Answers))
	for i, r := range sent {
		for where, cut := range map[string]reply{
			"no answer": func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"half an answer": func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"id":`))
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			},
		} {
			res, got := s.try(ctx, s.call.With, at(i, s.call.Answers, cut))
			where = fmt.Sprintf("%s %s with %s", r.method, r.uri, where)
			p.once(got, i, where)
			p.unanswered(res.err, true, s.writes(r), where)
		}
		for _, body := range []string{"", "null", "[]", `"text"`, "<html>", `{"a":`, strings.Repeat("[", 2000)} {
			res, _ := s.try(ctx, s.call.With, at(i, s.call.Answers, func(_ int, w http.ResponseWriter, _ *http.Request) { says(w, http.StatusOK, body) }))
			where := fmt.Sprintf("%s %s answered with %.20q", r.method, r.uri, body)
			p.plausible(s, res, where)
			if !json.Valid([]byte(body)) && body != "" {
				p.unless(res.err != nil || passedOn(res.out, body) || bytes.Equal(res.out, good.out),
					"%s: what cannot be read became the result %s", where, res.out)
			}
		}
	}
	if len(sent) > 0 {
		p.unanswered(s.nobodyThere(ctx), false, false, "a connection that is refused")
	}
	return p
}

// passedOn reports whether a result has a text in it, plainly or in base64, as
// that of plain HTTP does.
func passedOn(result json.RawMessage, text string) bool {
	quoted, err := json.Marshal(text)
	return err == nil && bytes.Contains(result, quoted) || bytes.Contains(result, []byte(base64.StdEncoding.EncodeToString([]byte(text))))
}

// nobodyThere makes the call while the outside is down.
func (s *subject) nobodyThere(ctx context.Context) error {
	r, err := newRig(s.conn, s.o, succeed(s.call.Answers))
	if err != nil {
		return err
	}
	r.outside.close()
	defer r.client.Close()
	return r.invoke(ctx, s.op, s.call.With).err
}

// unanswered holds that an error says the call may be tried again, and whether
// it may have taken effect.
func (p *problems) unanswered(err error, sent, write bool, where string) {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		p.unless(false, "%s: want a *connector.Error, got %s", where, show(err))
		return
	}
	p.unless(e.Temporary, "%s: Temporary is false", where)
	p.unless(!write || e.Unknown, "%s: the write may have taken effect, and Unknown is false", where)
	p.unless(sent || !e.Unknown, "%s: nothing was sent, and Unknown is true", where)
}

// plausible holds that an odd answer gives a *connector.Error or a result that
// fits its schema.
func (p *problems) plausible(s *subject, res outcome, where string) {
	if res.err == nil {
		p.fits(s.op.Output(), res.out, where+": the result")
		return
	}
	_, ok := errors.AsType[*connector.Error](res.err)
	p.unless(ok, "%s: want a *connector.Error, got %s", where, show(res.err))
}

// cancels ends calls while the outside is silent.
func cancels(ctx context.Context, s *subject) []string {
	var p problems
	if len(s.requests(ctx)) == 0 {
		return nil
	}
	_ = p.cancelled(ctx, s, "a call that is cancelled", func(ctx context.Context, r *rig) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		go func() { // as soon as the outside has the request
			select {
			case <-r.outside.seen:
			case <-ctx.Done():
			}
			cancel()
		}()
		return ctx, cancel
	})
	err := p.cancelled(ctx, s, "a call whose time is up", func(ctx context.Context, _ *rig) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, soon)
	})
	p.unless(err == nil || connector.AsError(err).Type == "timeout", "a call whose time is up must give an error of type timeout; it gives %s", show(err))

	before, cancel := context.WithCancel(ctx)
	cancel()
	res, sent := s.try(before, s.call.With, succeed(s.call.Answers))
	p.unless(res.err != nil && len(sent) == 0, "a call that is cancelled before it begins sends %d requests and gives %s", len(sent), show(res.err))
	return p
}

// cancelled makes a call that the outside never answers.
func (p *problems) cancelled(ctx context.Context, s *subject, where string, limit func(context.Context, *rig) (context.Context, context.CancelFunc)) error {
	var out *outside
	r, err := newRig(s.conn, s.o, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-out.closed:
		}
	})
	if err != nil {
		return err
	}
	out = r.outside
	defer r.close()
	ctx, cancel := limit(ctx, r)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.invoke(ctx, s.op, s.call.With).err }()
	select {
	case err = <-done:
	case <-time.After(patience):
		p.unless(false, "%s goes on: give its context to every request", where)
		return nil
	}
	p.unless(err != nil, "%s succeeds without an answer", where)
	p.unless(len(r.outside.received()) <= 1, "%s goes on with %d more requests", where, len(r.outside.received())-1)
	return err
}

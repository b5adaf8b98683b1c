package egress

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// trip sends the requests of one attempt.
type trip struct {
	c    *Client
	rec  *Recording
	bind *Binding
}

// RoundTrip implements http.RoundTripper.
func (t *trip) RoundTrip(r *http.Request) (*http.Response, error) {
	target, err := t.target(r.URL)
	if err != nil {
		return nil, &Error{Permanent: true, Err: err}
	}
	connected := new(atomic.Bool)
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	out := r.WithContext(ctx)
	out.URL = target
	out.Header = maps.Clone(r.Header) // its lists are shared: they are replaced, never changed
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if out.Header.Get("User-Agent") == "" {
		out.Header["User-Agent"] = t.c.agent
	}
	ex := t.rec.begin(t.c.o.Now, t.bind, out)
	if t.bind != nil && t.bind.Authenticate != nil {
		t.bind.Authenticate(out)
	}
	resp, err := t.c.transport.RoundTrip(out)
	if err != nil {
		fail := failure(err, connected.Load())
		ex.failed(fail)
		return nil, fail
	}
	ex.answered(resp)
	resp.Body = &body{in: resp.Body, left: t.c.o.MaxResponse, limit: t.c.o.MaxResponse, ex: ex}
	return resp, nil
}

// target makes the address absolute and keeps a credential at home.
func (t *trip) target(u *url.URL) (*url.URL, error) {
	if t.bind == nil {
		if u.Host == "" {
			return nil, fmt.Errorf("%q has no host", u.Redacted())
		}
		return checked(u)
	}
	base := t.bind.Base
	if u.Host == "" && u.Scheme == "" {
		return join(base, u)
	}
	if origin(u) != origin(base) {
		return nil, fmt.Errorf("connection %s is for %s; its credential is not sent to %s", t.bind.Name, base.Host, u.Host)
	}
	return checked(u)
}

func checked(u *url.URL) (*url.URL, error) {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%q is neither http nor https", u.Scheme)
	case u.User != nil:
		return nil, errors.New("an address with a user name or password in it is refused: use a connection")
	}
	return u, nil
}

// join puts a relative address below the base. Dot segments, written plainly or
// escaped, could lead out of it and are refused.
func join(base, rel *url.URL) (*url.URL, error) {
	path := strings.TrimPrefix(rel.EscapedPath(), "/")
	for seg := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(seg); err != nil || plain == "." || plain == ".." {
			return nil, fmt.Errorf("the path %q leads out of the connection's address", rel.Path)
		}
	}
	escaped := strings.TrimSuffix(base.EscapedPath(), "/")
	if path != "" {
		escaped += "/" + path
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, err
	}
	u := &url.URL{Scheme: base.Scheme, Host: base.Host, Path: plain, RawPath: escaped, RawQuery: rel.RawQuery}
	if base.RawQuery != "" {
		u.RawQuery = strings.TrimSuffix(base.RawQuery+"&"+rel.RawQuery, "&")
	}
	return u, nil
}

package egress

import (
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Options configure a Client. The zero value is safe.
type Options struct {
	// Allow opens addresses that are refused by default.
	Allow []Allowance
	// MaxResponse is the largest response body in bytes; default 64 MiB.
	MaxResponse int64
	// Agent is the User-Agent; default "Patchbay".
	Agent string
	// Now is the clock of recordings; default time.Now.
	Now func() time.Time
}

const (
	dialTimeout   = 10 * time.Second
	idleTimeout   = 90 * time.Second
	idlePerHost   = 256
	maxHeader     = 256 << 10
	maxRedirects  = 5
	defaultMaxLen = 64 << 20
)

// Client is the shared transport. One serves a whole process.
type Client struct {
	o         Options
	agent     []string // the header User-Agent
	transport *http.Transport
}

// New makes a client.
func New(o Options) *Client {
	if o.MaxResponse == 0 {
		o.MaxResponse = defaultMaxLen
	}
	if o.Agent == "" {
		o.Agent = "Patchbay"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &net.Dialer{Timeout: dialTimeout, Control: newGuard(o.Allow).control}
	return &Client{o, []string{o.Agent}, &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeader,
		Proxy:                  nil, // a proxy of the environment would go around the guard
	}}
}

// Close closes idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Binding ties requests to one connection.
type Binding struct {
	Name string   // of the connection, for the recording
	Base *url.URL // absolute; requests without a host are relative to it
	// Authenticate puts the credential on a request; nil for none.
	Authenticate func(*http.Request)
	// Mask hides the connection's secrets in the recording; nil for none.
	Mask *secret.Mask
	// Silent turns the recording of headers and bodies off.
	Silent bool
}

// HTTP gives a client whose requests are recorded in rec (nil for no recording).
// With a binding, requests carry its credential and follow no redirects.
func (c *Client) HTTP(rec *Recording, b *Binding) *http.Client {
	var lent struct { // one allocation
		http.Client
		trip
	}
	lent.trip = trip{c: c, rec: rec, bind: b}
	lent.Transport = &lent.trip
	lent.CheckRedirect = checkRedirect
	if b != nil {
		lent.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &lent.Client
}

// checkRedirect lets a request without credentials of ours go on: never from
// https to http, never with a body to another origin, and without the headers
// that may carry the author's own credentials.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	same := origin(next.URL) == origin(first.URL)
	switch {
	case len(via) > maxRedirects,
		first.URL.Scheme == "https" && next.URL.Scheme != "https",
		!same && next.Body != nil && next.Body != http.NoBody:
		return http.ErrUseLastResponse
	case !same:
		kept := http.Header{}
		for _, name := range []string{"Accept", "Accept-Language", "User-Agent"} {
			if v := next.Header.Values(name); v != nil {
				kept[name] = v
			}
		}
		next.Header = kept //nolint:gosec // these hold no credentials
	}
	return nil
}

// origin is scheme, host and port.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + u.Hostname() + ":" + port
}

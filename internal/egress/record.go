package egress

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Captured is how much of a body is recorded, in bytes.
const Captured = 16 << 10

// Exchange is one recorded request with its answer, redacted. See append.
type Exchange struct {
	Connection string `json:"connection,omitempty"`
	Method     string `json:"method,omitempty"`
	URL        string `json:"url,omitempty"`
	Start      int64  `json:"start_ms"` // since 1970
	Took       int64  `json:"took_us"`
	Status     int    `json:"status,omitempty"` // 0 without an answer
	Error      string `json:"error,omitempty"`
	Sent       int64  `json:"sent_bytes"`
	Received   int64  `json:"received_bytes"`
	// Headers are objects of lists of texts. They are encoded at once: the maps
	// belong to whoever sends and receives.
	Request  jsontext.Value `json:"request_headers,omitempty"`
	Response jsontext.Value `json:"response_headers,omitempty"`
	// The first Captured bytes of the bodies; base64 where they are not text.
	RequestBody  string `json:"request_body,omitempty"`
	ResponseBody string `json:"response_body,omitempty"`
	Base64       bool   `json:"base64,omitempty"` // of a body that is not UTF-8
}

// Recording collects the exchanges of one attempt. Its methods may be called by
// several goroutines; a nil one records nothing.
type Recording struct {
	Redactor secret.Redactor

	mu  sync.Mutex
	all []*exchange
}

type exchange struct {
	rec     *Recording
	now     func() time.Time
	silent  bool
	mu      sync.Mutex
	started time.Time
	ended   bool
	x       Exchange
	request []byte
	answer  []byte
}

// begin records a request before its credential is put on it.
func (r *Recording) begin(now func() time.Time, b *Binding, req *http.Request) *exchange {
	if r == nil {
		return &exchange{ended: true, silent: true, now: now}
	}
	ex := &exchange{rec: r, now: now, started: now()}
	ex.x = Exchange{Method: req.Method, URL: req.URL.Redacted(), Start: ex.started.UnixMilli()}
	if b != nil {
		r.Redactor.Add(b.Mask)
		ex.x.Connection, ex.silent = b.Name, b.Silent
	}
	if !ex.silent {
		ex.x.Request = encodeHeader(req.Header)
	}
	if req.Body != nil && req.Body != http.NoBody {
		ex.tapBody(req)
	}
	r.mu.Lock()
	r.all = append(r.all, ex)
	r.mu.Unlock()
	return ex
}

// tapBody reads the copy of a body that can be had again; others are read on
// their way out.
func (ex *exchange) tapBody(req *http.Request) {
	if req.GetBody == nil {
		req.Body = &tap{req.Body, ex}
		return
	}
	ex.x.Sent = req.ContentLength
	if ex.silent {
		return
	}
	if again, err := req.GetBody(); err == nil {
		ex.request = beginning(again, req.ContentLength)
		_ = again.Close()
	}
}

// beginning reads at most Captured bytes of a body whose length may be known.
func beginning(r io.Reader, length int64) []byte {
	if length <= 0 {
		length = Captured
	}
	b := make([]byte, min(length, Captured))
	n, _ := io.ReadFull(r, b) // what could be read is recorded
	return b[:n]
}

func (ex *exchange) sent(p []byte) {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.x.Sent += int64(len(p))
	if !ex.silent {
		ex.request = append(ex.request, p[:min(len(p), Captured-len(ex.request))]...)
	}
}

func (ex *exchange) answered(resp *http.Response) {
	if ex.rec == nil {
		return
	}
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.x.Status = resp.StatusCode
	if !ex.silent {
		ex.x.Response = encodeHeader(resp.Header)
	}
}

func (ex *exchange) received(p []byte) {
	if ex.rec == nil {
		return
	}
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.x.Received += int64(len(p))
	if !ex.silent {
		ex.answer = append(ex.answer, p[:min(len(p), Captured-len(ex.answer))]...)
	}
}

func (ex *exchange) failed(err error) {
	ex.mu.Lock()
	ex.x.Error = err.Error()
	ex.mu.Unlock()
	ex.end()
}

// end stops the clock of an exchange.
func (ex *exchange) end() {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if !ex.ended {
		ex.ended = true
		ex.x.Took = ex.now().Sub(ex.started).Microseconds()
	}
}

// JSON gives the exchanges so far as a JSON array, redacted; nil if there are none.
func (r *Recording) JSON() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return nil
	}
	b := []byte{'['}
	for i, ex := range r.all {
		if i > 0 {
			b = append(b, ',')
		}
		x := ex.redacted(&r.Redactor)
		b = x.append(slices.Grow(b, x.room()))
	}
	b = append(b, ']')
	return r.Redactor.JSON(b)
}

func (ex *exchange) redacted(r *secret.Redactor) Exchange {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	x := ex.x
	if !ex.ended {
		x.Took = ex.now().Sub(ex.started).Microseconds()
	}
	x.RequestBody = x.text(r, ex.request)
	x.ResponseBody = x.text(r, ex.answer)
	return x
}

// text gives a body as it is stored. A body cut at the limit may end in the
// middle of a character or of a secret.
func (x *Exchange) text(r *secret.Redactor, b []byte) string {
	if len(b) == Captured {
		b = r.Cut(b)
		for i := 0; i < utf8.UTFMax && len(b) > 0 && !utf8.Valid(b); i++ {
			b = b[:len(b)-1]
		}
	}
	if utf8.Valid(b) {
		if bytes.IndexByte(b, '\\') >= 0 {
			b = r.Bytes(b) // what is escaped here is escaped twice in the recording, and not found there
		}
		return string(b)
	}
	x.Base64 = true
	return base64.StdEncoding.EncodeToString(r.Bytes(b))
}

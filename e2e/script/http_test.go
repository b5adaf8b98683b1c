package script

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func ask(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 3, "http STATUS METHOD PATH [HEADER: VALUE]... [@FILE|=BODY]")
	header, body := http.Header{}, []byte(nil)
	for _, a := range args[3:] {
		if file, ok := strings.CutPrefix(a, "@"); ok {
			body = []byte(ts.ReadFile(file))
			continue
		}
		if text, ok := strings.CutPrefix(a, "="); ok {
			body = []byte(text)
			continue
		}
		name, value, ok := strings.Cut(a, ": ")
		usage(ts, ok, "HEADER: VALUE")
		header.Add(name, value)
	}
	send(ts, args[0], args[1], args[2], header, body)
}

// webhook signs by the rules in the documentation, with nothing of ours: HMAC
// SHA-256 of the raw body, in hex.
func webhook(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && (len(args) == 4 || len(args) == 5), "webhook STATUS PATH FILE SECRET [ID]")
	body := []byte(ts.ReadFile(args[2]))
	m := hmac.New(sha256.New, []byte(args[3]))
	m.Write(body)
	header := http.Header{"Content-Type": {"application/json"}, "X-Patchbay-Signature": {"sha256=" + hex.EncodeToString(m.Sum(nil))}}
	if len(args) == 5 {
		header.Set("X-Patchbay-Event-Id", args[4])
	}
	send(ts, args[0], http.MethodPost, args[1], header, body)
}

// send shows the body as stdout and the head as stderr.
func send(ts *testscript.TestScript, status, method, path string, header http.Header, body []byte) {
	want, err := strconv.Atoi(status)
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, ts.Getenv("URL")+path, bytes.NewReader(body))
	ts.Check(err)
	req.Header = header
	transport := &http.Transport{DisableKeepAlives: true} // no redirects, nothing shared between scripts
	resp, err := transport.RoundTrip(req)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, _ = ts.Stdout().Write(got)
	_, _ = fmt.Fprintln(ts.Stderr(), resp.Status)
	ts.Check(resp.Header.Write(ts.Stderr()))
	if resp.StatusCode != want {
		ts.Fatalf("status %d, not %d", resp.StatusCode, want)
	}
}

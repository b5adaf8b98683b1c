package ingress_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
)

const copies = 40

// All copies of one delivery, at once, are one event and one run.
func TestCopiesAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		answers := b.atOnce(func(int) delivery { return delivery{body: "x"} })
		for _, a := range answers {
			if a.Status != http.StatusAccepted || a.Text != answers[0].Text {
				t.Fatalf("one was answered %s, another %s", a.Text, answers[0].Text)
			}
		}
		b.holds(map[string]string{answers[0].Event.String(): "x"})
	})
}

// Of different bodies with one id exactly one is taken.
func TestBodiesAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		body := func(i int) string { return fmt.Sprint("body ", i) }
		answers := b.atOnce(func(i int) delivery { return delivery{body: body(i)} })
		stored := map[string]string{}
		for i, a := range answers {
			switch a.Status {
			case http.StatusAccepted:
				stored[a.Event.String()] = body(i)
			case http.StatusConflict:
			default:
				t.Error(a.Status, a.Text)
			}
		}
		if len(stored) != 1 {
			t.Errorf("%d were accepted", len(stored))
		}
		b.holds(stored)
	})
}

// Deliveries of their own do not stand in each other's way.
func TestMessagesAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		stored := map[string]string{}
		for i, a := range b.atOnce(func(i int) delivery { return delivery{id: fmt.Sprint("msg_", i), body: fmt.Sprint(i)} }) {
			if a.Status != http.StatusAccepted {
				t.Error(a.Status, a.Text)
			}
			stored[a.Event.String()] = fmt.Sprint(i)
		}
		b.holds(stored)
	})
}

func (b *bench) atOnce(of func(int) delivery) []answer {
	b.t.Helper()
	answers := make([]answer, copies)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range answers {
		r := b.request(of(i))
		wg.Go(func() {
			<-start
			answers[i] = b.do(r)
		})
	}
	close(start)
	wg.Wait()
	return answers
}

// raw is the bytes of a signed request.
func (b *bench) raw(d delivery) []byte {
	b.t.Helper()
	out, err := httputil.DumpRequestOut(b.request(d), true)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// send writes bytes on a connection of their own, ends the sending side, and
// gives what comes back.
func (b *bench) send(text []byte) string {
	b.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.t.Context(), "tcp", b.server.Listener.Addr().String())
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(text); err != nil {
		b.t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		b.t.Fatal(err)
	}
	out, _ := io.ReadAll(conn)
	return string(out)
}

// A sender that goes away in the middle of a body leaves nothing behind, however
// much of it had come; the same delivery in full is then a new one.
func TestSenderGoesAway(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		const open = "/open/4wPnTaqXzJzXv9Qm" // no signature tells that a body is cut short
		for _, d := range []delivery{
			{body: strings.Repeat("x", 1000)},
			{path: open, body: strings.Repeat("x", 1000)},
			{path: open, body: strings.Repeat("x", maxBody)},
			{path: open, body: strings.Repeat("x", 1000), chunked: true},
		} {
			text := b.raw(d)
			head := bytes.Index(text, []byte("\r\n\r\n")) + 4
			for _, n := range []int{head, head + 6, len(text) - 1} {
				if got := b.send(text[:n]); strings.HasPrefix(got, "HTTP/1.1 2") {
					t.Errorf("%d of %d bytes were acknowledged: %s", n, len(text), got)
				}
				<-b.ended
			}
		}
		b.deliver([]delivery{{body: strings.Repeat("x", 1000), want: http.StatusAccepted}})
	})
}

// A chunked request must end its connection, so that nothing can hide behind it
// from a proxy that reads it another way.
func TestNothingIsServedBehindAChunkedRequest(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(_ *testing.T, b *bench) {
		first := b.raw(delivery{body: "x", chunked: true})
		second := b.raw(delivery{id: "msg_2", body: "y"})
		got := b.send(append(first, second...))
		if strings.Count(got, "HTTP/1.1") != 1 || !strings.Contains(got, "Connection: close") {
			b.t.Error(got)
		}
		b.deliver([]delivery{{body: "x", want: http.StatusAccepted}})
	})
}

// A sender that has said all may close its half of the connection at once.
func TestSenderHasSaidAll(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		for i := range 50 {
			if got := b.send(b.raw(delivery{id: fmt.Sprint("msg_", i), body: "x"})); !strings.HasPrefix(got, "HTTP/1.1 202") {
				t.Fatalf("delivery %d: %s", i, got)
			}
		}
	})
}

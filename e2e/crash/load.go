package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// load sends webhooks as a provider does: each until it gets a 2xx, some twice.
type load struct {
	v    *victim
	http *http.Client
	wg   sync.WaitGroup
	quit chan struct{}

	mu   sync.Mutex
	acks map[string][]string // runs by ticket, one for each 2xx
}

func newLoad(v *victim, senders int) *load {
	l := &load{v: v, http: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: senders}}, quit: make(chan struct{}), acks: map[string][]string{}}
	for i := range senders {
		l.wg.Go(func() { l.send(i) })
	}
	return l
}

func (l *load) stop() {
	close(l.quit)
	l.wg.Wait()
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acks)
}

func (l *load) acknowledged() map[string][]string { return l.acks }

func (l *load) send(sender int) {
	for n := 0; ; n++ {
		select {
		case <-l.quit:
			return
		default:
		}
		ticket := fmt.Sprintf("t-%d-%d", sender, n)
		texts := []string{"Everything is broken, I am angry", "Thanks, great", "How do I export?"}
		body, _ := json.Marshal(map[string]string{"id": ticket, "customerId": fmt.Sprint("c-", n%50), "text": texts[n%3]})
		for !l.post(ticket, body) {
			time.Sleep(5 * time.Millisecond)
		}
		if n%5 == 0 { // the provider did not see the answer
			for !l.post(ticket, body) {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

// post gives false when the sender must try again.
func (l *load) post(ticket string, body []byte) bool {
	req, err := http.NewRequest(http.MethodPost, l.v.url()+"/hooks/tickets", bytes.NewReader(body))
	if err != nil {
		panic(err) // the address is our own
	}
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Patchbay-Signature", "sha256="+hex.EncodeToString(m.Sum(nil)))
	req.Header.Set("X-Patchbay-Event-Id", ticket)
	resp, err := l.http.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var ack struct{ Run string }
	if resp.StatusCode/100 != 2 {
		return false
	}
	_ = json.NewDecoder(resp.Body).Decode(&ack) // a 2xx counts whether or not its body arrived
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acks[ticket] = append(l.acks[ticket], ack.Run)
	return true
}

package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

// plain is ticket-triage by hand: it verifies, answers, and runs the same calls
// with the same bodies. It stores nothing and retries nothing.
type plain struct {
	outside string
	http    *http.Client
}

func servePlain(ctx context.Context, outside string) error {
	p := &plain{"http://" + outside, client(512)}
	return serve(ctx, p)
}

type ticket struct {
	ID         string `json:"id"`
	CustomerID string `json:"customerId"`
	Text       string `json:"text"`
}

func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !hmac.Equal([]byte(sign(body)), []byte(r.Header.Get("X-Patchbay-Signature"))) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var t ticket
	if err := json.Unmarshal(body, &t); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	go func() {
		if err := p.triage(context.WithoutCancel(r.Context()), t); err != nil {
			fmt.Fprintln(os.Stderr, "plain:", err)
		}
	}()
	w.WriteHeader(http.StatusAccepted)
}

type answer struct {
	Sentiment string `json:"sentiment"`
	Category  string `json:"category"`
	Summary   string `json:"summary"`
}

func (p *plain) triage(ctx context.Context, t ticket) error {
	var customer struct{ Plan string }
	if err := p.call(ctx, http.MethodGet, "/crm/customers/"+t.CustomerID, nil, &customer); err != nil {
		return err
	}
	var history []map[string]any
	if err := p.call(ctx, http.MethodGet, "/crm/customers/"+t.CustomerID+"/history?limit=5", nil, &history); err != nil {
		return err
	}
	tickets, err := json.Marshal(history)
	if err != nil {
		return err
	}
	prompt := fmt.Sprintf("Classify this ticket of a %s customer and sum it up in one sentence. Recent tickets: %s Ticket: %s", customer.Plan, tickets, t.Text)
	a, err := p.ask(ctx, prompt)
	if err != nil {
		return err
	}
	if err := p.call(ctx, http.MethodPatch, "/crm/tickets/"+t.ID, map[string]any{"fields": a}, nil); err != nil {
		return err
	}
	if a.Sentiment == "negative" {
		if err := p.call(ctx, http.MethodPost, "/crm/tickets/"+t.ID+"/escalate", nil, nil); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("%s: %s/%s: %s", t.ID, a.Sentiment, a.Category, a.Summary)
	return p.call(ctx, http.MethodPost, "/slack/api/chat.postMessage", map[string]string{"channel": "#support", "text": text}, nil)
}

func (p *plain) ask(ctx context.Context, prompt string) (a answer, err error) {
	var out struct {
		Choices []struct{ Message struct{ Content string } }
	}
	err = p.call(ctx, http.MethodPost, "/openai/v1/chat/completions", map[string]any{
		"model": "gpt-4o-mini", "messages": []any{map[string]string{"role": "user", "content": prompt}},
		"response_format": map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": json.RawMessage(answerSchema)}},
	}, &out)
	if err == nil {
		err = json.Unmarshal([]byte(out.Choices[0].Message.Content), &a)
	}
	return a, err
}

const answerSchema = `{"type":"object","required":["sentiment","category","summary"],"properties":{"sentiment":{"enum":["positive","neutral","negative"]},"category":{"type":"string"},"summary":{"type":"string"}}}`

func (p *plain) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.outside+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer some-key")
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

func sign(body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

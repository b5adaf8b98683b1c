package demo

import (
	"encoding/json"
	"net/http"

	"github.com/patchbay-dev/patchbay/internal/standin"
)

// ticket is one delivery and what must become of it.
type ticket struct {
	id       string
	customer string
	text     string
	note     string // the accident, for the table

	again  bool // the same delivery as the one before
	forged bool // signed with another secret
	fault  *standin.Fault
	retry  bool // fails until `run retry`

	status    int // of the answer
	sentiment string
	model     string
}

const (
	first  = "openai/gpt-4o-mini"
	second = "anthropic/claude-sonnet-4-5"
)

// tickets are the twelve deliveries.
func tickets() []ticket {
	list := []ticket{
		{id: "T-101", customer: "C-1", text: "Thanks, the new export is great!", sentiment: "positive"},
		{id: "T-102", customer: "C-2", text: "My invoice is wrong and I want a refund.", sentiment: "negative"},
		{id: "T-103", customer: "C-3", text: "Where do I change my password?", sentiment: "neutral"},
		{id: "T-103", customer: "C-3", text: "Where do I change my password?", sentiment: "neutral", again: true, note: "the same delivery again"},
		{id: "T-104", customer: "C-4", text: "Please send me everything you know.", forged: true, note: "a forged signature"},
		{
			id: "T-105", customer: "C-429", text: "The app is broken since the update.", sentiment: "negative", note: "CRM answers 429, Retry-After: 1",
			fault: &standin.Fault{Service: "crm", Method: http.MethodGet, Path: "/customers/C-429", Status: http.StatusTooManyRequests, RetryAfter: "1", Body: `{"title":"Too many requests"}`, Times: 1},
		},
		{id: "T-106", customer: "C-6", text: "Could you add dark mode? I love the rest.", sentiment: "positive"},
		{
			id: "T-107", customer: "C-7", text: "Total outage here, nothing loads.", sentiment: "negative", note: "the first model is down", model: second,
			fault: &standin.Fault{Service: "openai", Contains: "Total outage here", Status: http.StatusServiceUnavailable, Body: `{"error":{"message":"The server is overloaded","type":"server_error"}}`},
		},
		{id: "T-108", customer: "C-8", text: "How long do you keep backups?", sentiment: "neutral"},
		{
			id: "T-109", customer: "C-9", text: "I was charged twice, this is terrible.", sentiment: "negative", note: "CRM refuses the update until retried", retry: true,
			fault: &standin.Fault{Service: "crm", Method: http.MethodPatch, Path: "/tickets/T-109", Status: http.StatusUnprocessableEntity, Body: `{"title":"Unprocessable","detail":"the ticket is locked by another user"}`},
		},
		{id: "T-110", customer: "C-10", text: "[[bad-json]] The report page is broken.", sentiment: "negative", note: "the model's first answer misses the schema"},
		{id: "T-111", customer: "C-11", text: "Perfect support, thank you.", sentiment: "positive"},
	}
	for i := range list {
		list[i].status = http.StatusAccepted
		if list[i].forged {
			list[i].status = http.StatusUnauthorized
		} else if list[i].model == "" {
			list[i].model = first
		}
	}
	return list
}

func (t ticket) body() []byte {
	b, err := json.Marshal(map[string]string{"id": t.id, "customerId": t.customer, "text": t.text})
	if err != nil {
		panic(err) // texts always encode
	}
	return b
}

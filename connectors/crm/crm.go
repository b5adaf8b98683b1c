// Package crm speaks to a plain REST CRM: customers that are read, tickets that
// are changed. It must not know any flow.
package crm

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/patchbay-dev/patchbay/connector"
)

// Connector gives the connector "crm".
func Connector() connector.Connector {
	return connector.Connector{
		Name: "crm", Title: "CRM", Doc: "A plain REST CRM with customers and tickets.",
		Kind: &connector.Kind{
			Name: "crm", Title: "CRM",
			Fields: []connector.Field{
				{Name: "base_url", Doc: "Address of the CRM's API, e.g. https://crm.example.com/api", Required: true},
				{Name: "key", Doc: "API key", Secret: true, Required: true},
			},
			Auth: connector.Auth{Bearer: "key"},
			Test: func(ctx context.Context, c *connector.Connection) error {
				return c.JSON(ctx, connector.Request{Method: http.MethodGet, Path: "/me"}, nil)
			},
		},
		Operations: []connector.Operation{
			connector.NewOperation(specGet(), get),
			connector.NewOperation(specHistory(), history),
			connector.NewOperation(specUpdate(), update),
			connector.NewOperation(specEscalate(), escalate),
		},
	}
}

// Customer is a customer as the CRM keeps it.
type Customer struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Plan  string `json:"plan,omitempty"`
	Email string `json:"email,omitempty"`
	Since string `json:"since,omitempty"`
}

type idIn struct {
	ID string `json:"id" min:"1" doc:"Id in the CRM"`
}

func specGet() connector.Spec {
	return connector.Spec{
		Name: "crm.customers.get", Title: "Get a customer", Summary: "Reads one customer.",
		Effect: connector.Idempotent, Risk: connector.Read,
		Examples: []connector.Example{{
			Title: "A customer", Input: []byte(`{"id":"c-1"}`),
			Output: []byte(`{"id":"c-1"}`),
		}},
	}
}

func get(ctx context.Context, call *connector.Call, in idIn) (Customer, error) {
	var c Customer
	err := call.Connection.JSON(ctx, connector.Request{Method: http.MethodGet, Path: "/customers/" + url.PathEscape(in.ID)}, &c)
	return c, err
}

type historyIn struct {
	ID    string `json:"id" min:"1" doc:"Id of the customer"`
	Limit int    `json:"limit,omitempty" default:"10" min:"1" max:"100" doc:"How many tickets, newest first"`
}

// Ticket is a past ticket.
type Ticket struct {
	ID      string `json:"id"`
	Subject string `json:"subject,omitempty"`
	Status  string `json:"status,omitempty"`
}

func specHistory() connector.Spec {
	return connector.Spec{
		Name: "crm.customers.history", Title: "Get a customer's tickets", Summary: "Reads the latest tickets of a customer.",
		Effect: connector.Idempotent, Risk: connector.Read,
		Examples: []connector.Example{{Title: "The last two", Input: []byte(`{"id":"c-1","limit":2}`)}},
	}
}

func history(ctx context.Context, call *connector.Call, in historyIn) ([]Ticket, error) {
	tickets := []Ticket{}
	err := call.Connection.JSON(ctx, connector.Request{
		Method: http.MethodGet, Path: "/customers/" + url.PathEscape(in.ID) + "/history", Query: url.Values{"limit": {strconv.Itoa(in.Limit)}},
	}, &tickets)
	return tickets, err
}

// record is whatever the CRM keeps; its numbers stay as they are written.
type record = map[string]json.RawMessage

type updateIn struct {
	ID     string `json:"id" min:"1" doc:"Id of the ticket"`
	Fields record `json:"fields" doc:"Fields to set; others stay as they are"`
}

func specUpdate() connector.Spec {
	return connector.Spec{
		Name: "crm.tickets.update", Title: "Update a ticket", Summary: "Sets fields of a ticket.",
		Effect: connector.Idempotent, Risk: connector.Write,
		Examples: []connector.Example{{Title: "Set the category", Input: []byte(`{"id":"t-1","fields":{"category":"billing"}}`)}},
	}
}

func update(ctx context.Context, call *connector.Call, in updateIn) (record, error) {
	return write(ctx, call, http.MethodPatch, "/tickets/"+url.PathEscape(in.ID), map[string]any{"fields": in.Fields})
}

func specEscalate() connector.Spec {
	return connector.Spec{
		Name: "crm.tickets.escalate", Title: "Escalate a ticket", Summary: "Raises a ticket to the next level of support.",
		Effect: connector.Idempotent, Risk: connector.Write,
		Examples: []connector.Example{{Title: "Escalate", Input: []byte(`{"id":"t-1"}`)}},
	}
}

func escalate(ctx context.Context, call *connector.Call, in idIn) (record, error) {
	return write(ctx, call, http.MethodPost, "/tickets/"+url.PathEscape(in.ID)+"/escalate", nil)
}

// write sends a change with the call's key, so that the CRM applies it once
// however often it is sent.
func write(ctx context.Context, call *connector.Call, method, path string, body any) (record, error) {
	out := record{}
	err := call.Connection.JSON(ctx, connector.Request{Method: method, Path: path, Body: body, IdempotencyKey: call.IdempotencyKey}, &out)
	return out, err
}

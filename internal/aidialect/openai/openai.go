// Package openai speaks the chat completions dialect of OpenAI and of the many
// servers compatible with it
// (https://platform.openai.com/docs/api-reference/chat/create).
package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
)

// BaseURL is the provider's own address.
const BaseURL = "https://api.openai.com/v1"

// Dialect implements ai.Dialect.
type Dialect struct{}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type format struct {
	Type   string  `json:"type"`
	Schema *schema `json:"json_schema,omitempty"`
}

type schema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
	Strict bool            `json:"strict"`
}

type request struct {
	Model       string    `json:"model"`
	Messages    []message `json:"messages"`
	Format      *format   `json:"response_format,omitempty"`
	Temperature *float64  `json:"temperature,omitempty"`
	MaxTokens   int       `json:"max_completion_tokens,omitempty"`
	OldMax      int       `json:"max_tokens,omitempty"` // what compatible servers know
}

type response struct {
	Model   string `json:"model"`
	Choices []struct {
		Message struct {
			Content string `json:"content"`
			Refusal string `json:"refusal"`
		} `json:"message"`
		Finish string `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		Input  int64 `json:"prompt_tokens"`
		Output int64 `json:"completion_tokens"`
	} `json:"usage"`
}

// Generate implements ai.Dialect.
func (Dialect) Generate(ctx context.Context, c *connector.Connection, key string, r *ai.Request) (*ai.Response, error) {
	var out response
	err := c.JSON(ctx, connector.Request{Method: http.MethodPost, Path: "/chat/completions", Body: encode(r, c.Settings), IdempotencyKey: key}, &out)
	if err != nil {
		return nil, err
	}
	if len(out.Choices) == 0 {
		return nil, &connector.Error{Type: "communication", Status: http.StatusBadGateway, Title: "The model gave no answer", Temporary: true}
	}
	choice := out.Choices[0]
	res := &ai.Response{Text: choice.Message.Content, Model: out.Model, InputTokens: out.Usage.Input, OutputTokens: out.Usage.Output}
	switch choice.Finish {
	case "stop", "":
		res.Stop = ai.Ended
	case "length":
		res.Stop = ai.Length
	case "content_filter":
		res.Stop = ai.Refused
	default:
		res.Stop = ai.Stop(choice.Finish)
	}
	if choice.Message.Refusal != "" {
		res.Text, res.Stop = choice.Message.Refusal, ai.Refused
	}
	return res, nil
}

func encode(r *ai.Request, settings map[string]string) request {
	q := request{Model: r.Model, Temperature: r.Temperature}
	if base := settings["base_url"]; base == "" || base == BaseURL {
		q.MaxTokens = r.MaxTokens
	} else {
		q.OldMax = r.MaxTokens
	}
	system := r.System
	if r.Schema != nil {
		switch settings["structured"] {
		case "object":
			q.Format = &format{Type: "json_object"}
			system += ai.SchemaInstruction(r.Schema)
		case "none":
			system += ai.SchemaInstruction(r.Schema)
		default:
			q.Format = &format{Type: "json_schema", Schema: &schema{"answer", r.Schema, r.Closed}}
		}
	}
	if system != "" {
		q.Messages = append(q.Messages, message{"system", strings.TrimSpace(system)})
	}
	for _, m := range r.Messages {
		q.Messages = append(q.Messages, message{string(m.Role), m.Text})
	}
	return q
}

var _ ai.Dialect = Dialect{}

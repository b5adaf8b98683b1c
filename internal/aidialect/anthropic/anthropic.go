// Package anthropic speaks the messages dialect of Anthropic
// (https://docs.anthropic.com/en/api/messages).
package anthropic

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
)

const (
	// BaseURL is the provider's own address.
	BaseURL = "https://api.anthropic.com/v1"

	version = "2023-06-01"
	// defaultMax is sent where the flow gives no limit: the dialect wants one.
	defaultMax = 4096
	// answer is the tool whose argument is the structured answer.
	answer = "answer"
)

// Dialect implements ai.Dialect.
type Dialect struct{}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"input_schema"`
}

type choice struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

type request struct {
	Model       string    `json:"model"`
	System      string    `json:"system,omitempty"`
	Messages    []message `json:"messages"`
	MaxTokens   int       `json:"max_tokens"`
	Temperature *float64  `json:"temperature,omitempty"`
	Tools       []tool    `json:"tools,omitempty"`
	Choice      *choice   `json:"tool_choice,omitempty"`
}

type response struct {
	Model   string `json:"model"`
	Content []struct {
		Type  string          `json:"type"`
		Text  string          `json:"text"`
		Input json.RawMessage `json:"input"`
	} `json:"content"`
	Stop  string `json:"stop_reason"`
	Usage struct {
		Input      int64 `json:"input_tokens"`
		CacheWrite int64 `json:"cache_creation_input_tokens"`
		CacheRead  int64 `json:"cache_read_input_tokens"`
		Output     int64 `json:"output_tokens"`
	} `json:"usage"`
}

// Generate implements ai.Dialect. A schema becomes a tool that the model must
// call, which every model of the family follows.
func (Dialect) Generate(ctx context.Context, c *connector.Connection, key string, r *ai.Request) (*ai.Response, error) {
	var out response
	err := c.JSON(ctx, connector.Request{
		Method: http.MethodPost, Path: "/messages", Body: encode(r), IdempotencyKey: key, Header: http.Header{"Anthropic-Version": {version}},
	}, &out)
	if err != nil {
		return nil, err
	}
	res := &ai.Response{
		Model: out.Model, Text: text(out, r.Schema != nil), OutputTokens: out.Usage.Output,
		InputTokens: out.Usage.Input + out.Usage.CacheWrite + out.Usage.CacheRead,
	}
	switch out.Stop {
	case "end_turn", "tool_use", "stop_sequence":
		res.Stop = ai.Ended
	case "max_tokens", "model_context_window_exceeded":
		res.Stop = ai.Length
	case "refusal":
		res.Stop = ai.Refused
	default:
		res.Stop = ai.Stop(out.Stop)
	}
	return res, nil
}

func encode(r *ai.Request) request {
	q := request{Model: r.Model, System: r.System, MaxTokens: r.MaxTokens, Temperature: r.Temperature}
	if q.MaxTokens == 0 {
		q.MaxTokens = defaultMax
	}
	if r.Schema != nil {
		q.Tools = []tool{{answer, "Gives the answer.", r.Schema}}
		q.Choice = &choice{"tool", answer}
	}
	for _, m := range r.Messages {
		q.Messages = append(q.Messages, message{string(m.Role), m.Text})
	}
	return q
}

// text joins the parts of an answer; a structured one is the tool's argument.
func text(out response, structured bool) string {
	var b strings.Builder
	for _, part := range out.Content {
		switch {
		case structured && part.Type == "tool_use":
			return string(part.Input)
		case part.Type == "text":
			b.WriteString(part.Text)
		}
	}
	return b.String()
}

var _ ai.Dialect = Dialect{}

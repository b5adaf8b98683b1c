package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// turn is one message of a conversation, in either dialect.
type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// badJSON in a prompt makes the first answer miss the schema.
const badJSON = "[[bad-json]]"

// think is the model: it looks for words in what follows "Ticket:".
func think(turns []turn) (structured []byte, plain string) {
	prompt, repaired := "", false
	for _, t := range turns {
		switch {
		case t.Role == "assistant":
			repaired = true
		case t.Role == "user" && prompt == "":
			prompt = t.Content
		}
	}
	text := prompt
	if _, after, ok := strings.Cut(prompt, "Ticket:"); ok {
		text = strings.TrimSpace(after)
	}
	out := map[string]any{"sentiment": sentiment(text), "category": category(text), "summary": summary(text)}
	if strings.Contains(prompt, badJSON) && !repaired {
		delete(out, "sentiment")
	}
	structured, _ = json.Marshal(out)
	return structured, "It says: " + summary(text)
}

func sentiment(text string) string {
	return pick(text, "neutral",
		label{"negative", []string{"angry", "terrible", "broken", "refund", "outage", "lost", "worst"}},
		label{"positive", []string{"thanks", "thank you", "great", "love", "perfect"}})
}

func category(text string) string {
	return pick(text, "other",
		label{"billing", []string{"invoice", "refund", "charge", "paid"}},
		label{"outage", []string{"down", "outage", "broken", "error"}},
		label{"feature", []string{"could you add", "feature", "wish"}})
}

type label struct {
	name  string
	words []string
}

// pick gives the first label any of whose words is in the text.
func pick(text, otherwise string, labels ...label) string {
	text = strings.ToLower(text)
	for _, l := range labels {
		if slices.ContainsFunc(l.words, func(word string) bool { return strings.Contains(text, word) }) {
			return l.name
		}
	}
	return otherwise
}

func summary(text string) string {
	const most = 80
	line := strings.Join(strings.Fields(text), " ")
	if r := []rune(line); len(r) > most {
		line = string(r[:most]) + "…"
	}
	return line
}

func tokens(turns []turn) int {
	n := 0
	for _, t := range turns {
		n += len(t.Content)
	}
	return n/4 + 1
}

func openAIError(status int, kind, code, message string) answer {
	return answer{status: status, body: map[string]any{"error": map[string]any{"message": message, "type": kind, "param": nil, "code": code}}}
}

func openAIChat(c call) answer {
	var in struct {
		Model    string          `json:"model"`
		Messages []turn          `json:"messages"`
		Format   json.RawMessage `json:"response_format"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || in.Model == "" || len(in.Messages) == 0 {
		return openAIError(http.StatusBadRequest, "invalid_request_error", "", "model and messages are required")
	}
	structured, text := think(in.Messages)
	if len(in.Format) > 0 {
		text = string(structured)
	}
	input, output := tokens(in.Messages), len(text)/4+1
	return answer{status: http.StatusOK, subject: in.Model, body: map[string]any{
		"id": fmt.Sprintf("chatcmpl-%d", number(text)), "object": "chat.completion", "created": 1_764_000_000, "model": in.Model,
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": text, "refusal": nil}}},
		"usage":   map[string]any{"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
	}}
}

func anthropicError(status int, kind, message string) answer {
	return answer{status: status, body: map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": message}}}
}

func anthropicMessages(c call) answer {
	var in struct {
		Model     string `json:"model"`
		MaxTokens int    `json:"max_tokens"`
		Messages  []turn `json:"messages"`
		Choice    struct {
			Name string `json:"name"`
		} `json:"tool_choice"`
	}
	switch err := json.Unmarshal(c.body, &in); {
	case err != nil || in.Model == "" || len(in.Messages) == 0:
		return anthropicError(http.StatusBadRequest, "invalid_request_error", "model and messages are required")
	case in.MaxTokens < 1:
		return anthropicError(http.StatusBadRequest, "invalid_request_error", "max_tokens: Field required")
	case c.Header.Get("Anthropic-Version") == "":
		return anthropicError(http.StatusBadRequest, "invalid_request_error", "anthropic-version: header is required")
	}
	structured, text := think(in.Messages)
	content, stop := map[string]any{"type": "text", "text": text}, "end_turn"
	if in.Choice.Name != "" {
		content, stop = map[string]any{"type": "tool_use", "id": "toolu_1", "name": in.Choice.Name, "input": json.RawMessage(structured)}, "tool_use"
	}
	return answer{status: http.StatusOK, subject: in.Model, body: map[string]any{
		"id": fmt.Sprintf("msg_%d", number(text)), "type": "message", "role": "assistant", "model": in.Model,
		"content": []any{content}, "stop_reason": stop, "stop_sequence": nil,
		"usage": map[string]any{"input_tokens": tokens(in.Messages), "output_tokens": len(text)/4 + 1},
	}}
}

package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

func slackPost(c call) answer {
	var in struct {
		Channel string `json:"channel"`
		Text    string `json:"text"`
	}
	refuse := func(code string) answer {
		return answer{status: http.StatusOK, body: map[string]any{"ok": false, "error": code}}
	}
	switch err := json.Unmarshal(c.body, &in); {
	case err != nil:
		return refuse("invalid_json")
	case in.Channel == "" || in.Channel == "#missing":
		return refuse("channel_not_found")
	case in.Text == "":
		return refuse("no_text")
	}
	subject, _, _ := strings.Cut(in.Text, ":")
	return answer{status: http.StatusOK, effect: true, subject: subject, body: map[string]any{
		"ok": true, "channel": in.Channel, "ts": fmt.Sprintf("17640000%02d.%06d", number(in.Text)%100, number(in.Channel+in.Text)%1_000_000),
		"message": map[string]any{"type": "message", "text": in.Text},
	}}
}

func slackTest(call) answer {
	return answer{status: http.StatusOK, body: map[string]any{"ok": true, "team": "Stand-in", "user": "patchbay"}}
}

// Package slack posts to Slack by its Web API (https://api.slack.com/methods).
package slack

import (
	"context"
	"net/http"

	"github.com/patchbay-dev/patchbay/connector"
)

// Connector gives the connector "slack".
func Connector() connector.Connector {
	return connector.Connector{
		Name: "slack", Title: "Slack", Doc: "Messages in Slack.",
		Kind: &connector.Kind{
			Name: "slack", Title: "Slack", Doc: "A bot token of a Slack app (xoxb-…).", BaseURL: "https://slack.com/api",
			Fields: []connector.Field{
				{Name: "token", Doc: "Bot token", Secret: true, Required: true},
				{Name: "base_url", Doc: "Address of the Web API", Default: "https://slack.com/api"},
			},
			Auth: connector.Auth{Bearer: "token"},
			Test: func(ctx context.Context, c *connector.Connection) error {
				var a answer
				return check(c.JSON(ctx, connector.Request{Method: http.MethodPost, Path: "/auth.test"}, &a), a)
			},
		},
		Operations: []connector.Operation{connector.NewOperation(specPost(), post)},
	}
}

// answer is what every method gives: failures come with status 200.
type answer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
}

type postIn struct {
	Channel string `json:"channel" min:"1" doc:"Id of the channel, or its name with #"`
	Text    string `json:"text" min:"1" doc:"The message, in Slack's mrkdwn"`
	Thread  string `json:"thread,omitempty" doc:"ts of the message to answer to"`
}

// Posted is a message that was posted.
type Posted struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

func specPost() connector.Spec {
	return connector.Spec{
		Name: "slack.messages.post", Title: "Post a message", Summary: "Posts a message to a channel.",
		Doc:    "Slack has no idempotency key, so a message whose answer was lost is not sent again by itself.",
		Effect: connector.AtMostOnce, Risk: connector.Write,
		Examples: []connector.Example{{Title: "A message", Input: []byte(`{"channel":"#support","text":"Hello"}`)}},
	}
}

func post(ctx context.Context, call *connector.Call, in postIn) (Posted, error) {
	var a struct {
		answer
		Posted
	}
	body := map[string]any{"channel": in.Channel, "text": in.Text}
	if in.Thread != "" {
		body["thread_ts"] = in.Thread
	}
	err := call.Connection.JSON(ctx, connector.Request{Method: http.MethodPost, Path: "/chat.postMessage", Body: body}, &a)
	return a.Posted, check(err, a.answer)
}

// check turns Slack's ok:false into an error that says what to do about it.
func check(err error, a answer) error {
	if err != nil || a.OK {
		return err
	}
	e := &connector.Error{Type: "communication", Status: http.StatusBadRequest, Title: "Slack refused: " + a.Error}
	switch a.Error {
	case "invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive":
		return connector.NeedAuth(e)
	case "channel_not_found", "not_in_channel":
		e.Status, e.Detail = http.StatusNotFound, "check the channel, and invite the bot to it"
	case "missing_scope":
		e.Type, e.Status, e.Detail = "authorization", http.StatusForbidden, "the bot needs the scope chat:write"
	case "ratelimited":
		e.Status, e.Temporary = http.StatusTooManyRequests, true
	case "internal_error", "fatal_error":
		e.Status, e.Temporary, e.Unknown = http.StatusInternalServerError, true, true
	}
	return e
}

package signature

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

const (
	slackCommand = `token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c`
	slackEvent   = `{"token":"aF5ynEYQH0dFN9imlgcADxDB","team_id":"XXXXXXXXX","api_app_id":"YYYYYYYYY","event":{"type":"app_mention","user":"AAAAAAAAA","text":"<@EEEEEEEEE> hello world","client_msg_id":"477cc591-ch73-a14z-4db8-g0cd76321bec","ts":"1531431954.000073","channel":"TTTTTTTTT","event_ts":"1531431954.000073"},"type":"event_callback","event_id":"TvBP7LRED7","event_time":1531431954,"authed_users":["EEEEEEEEE"]}`
	openAIEvent  = `{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}`
)

// vector is a signature that a vendor published.
type vector struct {
	name, scheme     string
	config           map[string]any
	key, id, body    string
	at               int64 // unix seconds, 0 without
	header           map[string]string
	wantID, wantType string
}

func vectors() []vector {
	return []vector{
		{
			name: "github", scheme: "github", key: "It's a Secret to Everybody", id: "72d3162e-cc78-11e3-81ab-4c9367dc0958", body: "Hello, World!",
			header: map[string]string{"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
			wantID: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
		},
		{
			name: "atlassian", scheme: "hmac", config: map[string]any{"header": "X-Hub-Signature", "prefix": "sha256="},
			key: "It's a Secret to Everybody", body: "Hello World!",
			header: map[string]string{"X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"},
		},
		{
			name: "standard webhooks", scheme: "standard-webhooks", key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1614265330, body: `{"test": 2432232314}`,
			header: map[string]string{"Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "Webhook-Timestamp": "1614265330"},
			wantID: "msg_p5jXN8AQM9LWM0D4loKWxJek",
		},
		{
			name: "openai", scheme: "standard-webhooks", key: "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=",
			id: "wh_685c059ae39c8190af8c71ed1022a24d", at: 1750861210, body: openAIEvent,
			header: map[string]string{"Webhook-Signature": "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=", "Webhook-Timestamp": "1750861210"},
			wantID: "wh_685c059ae39c8190af8c71ed1022a24d", wantType: "response.completed",
		},
		{
			name: "slack command", scheme: "slack", key: "8f742231b10e8888abcd99yyyzzz85a5", at: 1531420618, body: slackCommand,
			header: map[string]string{"X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", "X-Slack-Request-Timestamp": "1531420618"},
		},
		{
			name: "slack event", scheme: "slack", key: "e6b19c573432dcc6b075501d51b51bb8", at: 1531431954, body: slackEvent,
			header: map[string]string{"X-Slack-Signature": "v0=adada4ed31709aef585c2580ca3267678c6a8eaeb7e0c1aca3ee57b656886b2c", "X-Slack-Request-Timestamp": "1531431954"},
			wantID: "TvBP7LRED7", wantType: "app_mention",
		},
	}
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			s, err := set.Scheme(v.scheme, v.config)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Unix(v.at, 0)
			r := Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(v.body)}
			made, err := s.Sign(r, secret.New(v.key), v.id, at)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range v.header {
				if got := made.Get(name); got != want {
					t.Errorf("%s: signed %q, want %q", name, got, want)
				}
				r.Header.Set(name, want)
			}
			if len(s.ids) > 0 && s.ids[0].kind == inHeader {
				r.Header.Set(s.ids[0].name, v.id)
			}
			got, err := s.Verify(r, []secret.String{secret.New(v.key)}, at.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != v.wantID || got.EventType != v.wantType || v.at != 0 && strconv.FormatInt(got.Timestamp.Unix(), 10) != strconv.FormatInt(v.at, 10) {
				t.Errorf("got %+v", got)
			}
			r.Body = append(r.Body, ' ')
			if _, err := s.Verify(r, []secret.String{secret.New(v.key)}, at); reason(err) != SignatureMismatch {
				t.Errorf("a changed body: %v", err)
			}
		})
	}
}

// No vendor publishes one for these; the expectation was computed with openssl.
func TestStripeAgainstAnotherImplementation(t *testing.T) {
	t.Parallel()
	s := setup(t)["stripe"]
	r := Request{Body: []byte(`{"id":"evt_1","type":"charge.succeeded"}`)}
	h, err := s.Sign(r, secret.New("whsec_test_secret"), "", time.Unix(1700000000, 0))
	if err != nil {
		t.Fatal(err)
	}
	const want = "t=1700000000,v1=c0475716eb2200f1fe97fcf35a3c05d1fd4f8ba9a07a596730c8d18bb87c0672"
	if got := h.Get("Stripe-Signature"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/examples"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/config"
	"github.com/patchbay-dev/patchbay/internal/standin"
)

// FlowFile is the flow that the demo deploys.
const FlowFile = "ticket-triage.yaml"

// Demo is a server with its stand-ins.
type Demo struct {
	App      *app.App
	services *standin.Services
	outside  *http.Server
	client   *client.Client
	http     *http.Client
	keys     keys
	out      io.Writer
	data     string // folder of the server
	stamp    string // makes the ids of this demonstration its own
}

// keys are the credentials of the stand-ins, made anew each time.
type keys struct{ crm, openai, anthropic, slack, webhook string }

func key(prefix string) string {
	var b [18]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// Start starts the stand-ins and a server that may reach them, and sets up
// connections and flow. Stop ends both.
func Start(ctx context.Context, c config.Config, o app.Options, out io.Writer) (*Demo, error) {
	d := &Demo{
		out: out, data: c.Data, http: &http.Client{Timeout: time.Minute}, stamp: o.Now().UTC().Format("20060102-150405.000"),
		keys: keys{key("crm_"), key("sk-"), key("sk-ant-"), key("xoxb-"), key("whsec_")},
	}
	d.services = standin.New(standin.Options{CRMKey: d.keys.crm, OpenAIKey: d.keys.openai, AnthropicKey: d.keys.anthropic, SlackToken: d.keys.slack, Dedupe: true})
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the stand-ins: %w", err)
	}
	d.outside = &http.Server{Handler: d.services, ReadHeaderTimeout: time.Minute}
	go func() { _ = d.outside.Serve(l) }()
	c.EgressAllow = append(c.EgressAllow, l.Addr().String())
	if d.App, err = app.New(ctx, c, o); err == nil {
		err = d.App.Start(ctx)
	}
	if err == nil {
		d.client = client.New(d.App.URL(), d.App.Auth.Local().Reveal(), d.http)
		err = d.setUp(ctx, "http://"+l.Addr().String())
	}
	if err != nil {
		d.Stop()
		return nil, err
	}
	return d, nil
}

// Stop ends the server and the stand-ins.
func (d *Demo) Stop() {
	if d.App != nil {
		d.App.Stop()
	}
	d.http.CloseIdleConnections()
	_ = d.outside.Close()
}

func (d *Demo) setUp(ctx context.Context, outside string) error {
	for name, in := range map[string]client.ConnectionInput{
		"helpdesk":  {Kind: "secret", Secrets: map[string]string{"secret": d.keys.webhook}},
		"acme":      {Kind: "crm", Settings: map[string]string{"base_url": outside + "/crm"}, Secrets: map[string]string{"key": d.keys.crm}},
		"openai":    {Kind: "ai", Settings: map[string]string{"dialect": "openai", "base_url": outside + "/openai/v1"}, Secrets: map[string]string{"key": d.keys.openai}},
		"anthropic": {Kind: "ai", Settings: map[string]string{"dialect": "anthropic", "base_url": outside + "/anthropic/v1"}, Secrets: map[string]string{"key": d.keys.anthropic}},
		"team":      {Kind: "slack", Settings: map[string]string{"base_url": outside + "/slack/api"}, Secrets: map[string]string{"token": d.keys.slack}},
	} {
		if _, err := d.client.SetConnection(ctx, name, in); err != nil {
			return fmt.Errorf("connection %s: %w", name, err)
		}
	}
	text, err := examples.Flows.ReadFile(FlowFile)
	if err != nil {
		return fmt.Errorf("the example is missing: %w", err)
	}
	_, err = d.client.Deploy(ctx, FlowFile, string(text), "demo")
	return err
}

// sign makes the header of a body.
func sign(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// deliver sends a ticket as the helpdesk would.
func (d *Demo) deliver(ctx context.Context, t ticket) (*http.Response, error) {
	body := t.body()
	secret := d.keys.webhook
	if t.forged {
		secret = "not the secret"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.App.URL()+"/hooks/tickets", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Patchbay-Signature", sign(secret, body))
	req.Header.Set("X-Patchbay-Event-Id", d.stamp+"/"+t.id)
	return d.http.Do(req)
}

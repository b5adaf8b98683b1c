package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/examples"
	"github.com/patchbay-dev/patchbay/internal/app"
)

const secret = "whsec-crash-test-secret"

// victim is the process that is killed; its address stays the same.
type victim struct {
	bin, data, outside string
	addr               string

	mu  sync.Mutex
	cmd *exec.Cmd
	log bytes.Buffer
}

func (v *victim) url() string { return "http://" + v.addr }

// readyIn is how long a start may take, recovery of all runs included.
const readyIn = 20 * time.Second

func (v *victim) start(ctx context.Context) error {
	if v.addr == "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("find a port: %w", err)
		}
		v.addr = l.Addr().String()
		_ = l.Close()
	}
	cmd := exec.CommandContext(ctx, v.bin, "serve", "--listen", v.addr, "--data", v.data, "--egress-allow", v.outside)
	v.log.Reset()
	cmd.Stderr = &v.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", v.bin, err)
	}
	v.mu.Lock()
	v.cmd = cmd
	v.mu.Unlock()
	for deadline := time.Now().Add(readyIn); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		resp, err := http.Get(v.url() + "/healthz")
		if err == nil {
			_ = resp.Body.Close()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	v.kill()
	return fmt.Errorf("it does not come up again:\n%s", v.log.String())
}

// kill sends SIGKILL and reaps the process.
func (v *victim) kill() {
	v.mu.Lock()
	cmd := v.cmd
	v.cmd = nil
	v.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func (v *victim) client() (*client.Client, error) {
	b, err := os.ReadFile(app.LocalFile(v.data))
	if err != nil {
		return nil, fmt.Errorf("read the local token: %w", err)
	}
	var l app.Local
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("read the local token: %w", err)
	}
	return client.New(l.URL, l.Token, nil), nil
}

func (v *victim) setUp(ctx context.Context) error {
	c, err := v.client()
	if err != nil {
		return err
	}
	outside := "http://" + v.outside
	for name, in := range map[string]client.ConnectionInput{
		"helpdesk":  {Kind: "secret", Secrets: map[string]string{"secret": secret}},
		"acme":      {Kind: "crm", Settings: map[string]string{"base_url": outside + "/crm"}, Secrets: map[string]string{"key": "some-key"}},
		"openai":    {Kind: "ai", Settings: map[string]string{"dialect": "openai", "base_url": outside + "/openai/v1"}, Secrets: map[string]string{"key": "some-key"}},
		"anthropic": {Kind: "ai", Settings: map[string]string{"dialect": "anthropic", "base_url": outside + "/anthropic/v1"}, Secrets: map[string]string{"key": "some-key"}},
		"team":      {Kind: "slack", Settings: map[string]string{"base_url": outside + "/slack/api"}, Secrets: map[string]string{"token": "some-token"}},
	} {
		if _, err := c.SetConnection(ctx, name, in); err != nil {
			return fmt.Errorf("connection %s: %w", name, err)
		}
	}
	text, err := examples.Flows.ReadFile("ticket-triage.yaml")
	if err != nil {
		return fmt.Errorf("read the example: %w", err)
	}
	_, err = c.Deploy(ctx, "ticket-triage.yaml", string(text), "")
	return err
}

// settle waits until no run is live.
func (v *victim) settle(ctx context.Context) error {
	c, err := v.client()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		counts, err := c.Counts(ctx)
		if err != nil {
			return err
		}
		if counts["running"]+counts["waiting"] == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d runs do not end", counts["running"]+counts["waiting"])
		}
	}
}

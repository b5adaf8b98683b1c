package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	patchbay "github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/examples"
	"github.com/patchbay-dev/patchbay/internal/app"
)

const secret = "whsec-bench-secret"

// process is a child that serves on addr.
type process struct {
	cmd  *exec.Cmd
	addr string
}

// spawnSelf starts this program in another role; it prints its address first.
func spawnSelf(ctx context.Context, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %v: %w", args, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%v printed no address: %w", args, err)
	}
	return &process{cmd, strings.TrimSpace(line)}, nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// megabytes is the resident memory of the child; 0 where the system does not tell.
func (p *process) megabytes() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}

// cpu is the processor time the child has used; 0 where the system does not tell.
func (p *process) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// Fields after the name in brackets; utime and stime are the 14th and 15th, in
	// hundredths of a second (proc_pid_stat(5)).
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// serve prints its address and serves until the parent kills it.
func serve(ctx context.Context, h http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Println(l.Addr())
	return (&http.Server{Handler: h, ReadHeaderTimeout: time.Minute}).Serve(l)
}

func startPatchbay(ctx context.Context, o options, data, outside string) (*process, time.Duration, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, fmt.Errorf("find a port: %w", err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	args := []string{"serve", "--listen", addr, "--data", data, "--egress-allow", outside, "--log-level", "error"}
	if o.keep {
		args = append(args, "--pprof", "127.0.0.1:6060")
	}
	p := &process{exec.CommandContext(ctx, o.bin, args...), addr}
	p.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("start %s: %w", o.bin, err)
	}
	for {
		resp, err := http.Get("http://" + addr + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			return nil, 0, fmt.Errorf("it does not come up: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
	ready := time.Since(began)
	time.Sleep(time.Second) // idle memory is read after the start's garbage
	return p, ready, nil
}

// setUp makes the connections, deploys the flow of the main job and gives a client.
func setUp(ctx context.Context, data, outside string) (*patchbay.Client, error) {
	b, err := os.ReadFile(app.LocalFile(data))
	if err != nil {
		return nil, fmt.Errorf("read the local token: %w", err)
	}
	var l app.Local
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("read the local token: %w", err)
	}
	c := patchbay.New(l.URL, l.Token, nil)
	for name, in := range map[string]patchbay.ConnectionInput{
		"helpdesk":  {Kind: "secret", Secrets: map[string]string{"secret": secret}},
		"acme":      {Kind: "crm", Settings: map[string]string{"base_url": outside + "/crm"}, Secrets: map[string]string{"key": "some-key-of-the-crm"}},
		"openai":    {Kind: "ai", Settings: map[string]string{"dialect": "openai", "base_url": outside + "/openai/v1"}, Secrets: map[string]string{"key": "sk-some-key"}},
		"anthropic": {Kind: "ai", Settings: map[string]string{"dialect": "anthropic", "base_url": outside + "/anthropic/v1"}, Secrets: map[string]string{"key": "sk-ant-some-key"}},
		"team":      {Kind: "slack", Settings: map[string]string{"base_url": outside + "/slack/api"}, Secrets: map[string]string{"token": "xoxb-some-token"}},
	} {
		if _, err := c.SetConnection(ctx, name, in); err != nil {
			return nil, fmt.Errorf("connection %s: %w", name, err)
		}
	}
	text, err := examples.Flows.ReadFile("ticket-triage.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the example: %w", err)
	}
	_, err = c.Deploy(ctx, "ticket-triage.yaml", string(text), "")
	return c, err
}

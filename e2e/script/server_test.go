package script

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// server is a process; its output grows in the files NAME.out and NAME.log.
type server struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	name string
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "start NAME [FLAG]...")
	s := &server{name: args[0], done: make(chan struct{})}
	s.cmd = exec.Command("patchbay", append([]string{"serve"}, args[1:]...)...)
	s.cmd.Dir, s.cmd.Env = ts.MkAbs("."), environment(ts)
	out, err := os.Create(ts.MkAbs(s.name + ".out"))
	ts.Check(err)
	log, err := os.Create(ts.MkAbs(s.name + ".log"))
	ts.Check(err)
	s.cmd.Stdout, s.cmd.Stderr = out, log
	err = s.cmd.Start()
	_, _ = out.Close(), log.Close()
	ts.Check(err)
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait()
	}()
	of(ts).servers[s.name] = s
	ts.Defer(func() { // nothing is left behind, whatever went wrong
		_ = s.cmd.Process.Kill()
		<-s.done
	})
	await(ts, "the server to be ready", func() bool {
		select {
		case <-s.done:
			ts.Fatalf("the server has ended:\n%s", ts.ReadFile(s.name+".log"))
		default:
		}
		return s.ready(ts)
	})
}

// environment gives those variables of the script that a server may need.
func environment(ts *testscript.TestScript) []string {
	env := []string{serverEnv + "=yes"}
	for _, name := range append([]string{"PATH", "HOME", "TMPDIR", "TZ", "GORACE", "GOCOVERDIR", "PATCHBAY_DATA", "PATCHBAY_LISTEN", "PATCHBAY_KEY", "PATCHBAY_EGRESS_ALLOW"}, of(ts).names...) {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// ready learns the address from what the server says, and asks it.
func (s *server) ready(ts *testscript.TestScript) bool {
	m := regexp.MustCompile(`(?m)^Patchbay test serves on (http://\S+)$`).FindStringSubmatch(ts.ReadFile(s.name + ".log"))
	if m == nil {
		return false
	}
	resp, err := http.Get(m[1] + "/readyz")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	set(ts, "URL", m[1])
	set(ts, "HOST", strings.TrimPrefix(m[1], "http://"))
	return resp.StatusCode == http.StatusOK
}

func halt(ts *testscript.TestScript, neg bool, args []string) {
	kill := len(args) == 2 && args[1] == "KILL"
	usage(ts, !neg && (len(args) == 1 || kill), "halt NAME [KILL]")
	s := of(ts).servers[args[0]]
	if s == nil {
		ts.Fatalf("there is no server %s", args[0])
	}
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	ts.Check(s.cmd.Process.Signal(signal))
	select {
	case <-s.done:
	case <-time.After(patience):
		ts.Fatalf("the server does not end")
	}
	if code := s.cmd.ProcessState.ExitCode(); !kill && code != 0 {
		ts.Fatalf("the server ended with exit code %d:\n%s", code, ts.ReadFile(s.name+".log"))
	}
}

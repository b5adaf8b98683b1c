package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/patchbay-dev/patchbay/internal/cli"
)

// patience bounds everything that is waited for; look is how often it is asked.
const (
	patience = 30 * time.Second
	look     = 10 * time.Millisecond
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"patchbay": patchbay})
}

// A command may take as long as patience, a server much longer; then it ends by
// itself, so that one that should have refused to start does not stay.
const (
	serverEnv = "PATCHBAY_SCRIPT_SERVER"
	longest   = 5 * time.Minute
)

// patchbay is what package main does.
func patchbay() {
	limit := patience
	if os.Getenv(serverEnv) != "" {
		limit = longest
	}
	time.AfterFunc(limit, func() {
		fmt.Fprintln(os.Stderr, "still there after", limit)
		os.Exit(99)
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, "test", os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv})
	stop()
	os.Exit(code)
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: ".", RequireUniqueNames: true, Setup: setUp, Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "start": start, "halt": halt, "http": ask, "webhook": webhook,
			"json": holds, "let": let, "until": until,
			"outside": outside, "fill": fill, "fault": fault, "ledger": ledger,
			"fingerprint": fingerprint, "absent": absent, "hide": hide, "clean": clean, "within": within,
		},
	})
}

// TestNoScriptEndsEarly: stop and skip are commands of testscript that would let
// the rest of a script pass unseen.
func TestNoScriptEndsEarly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?m)^(\[.*\] *)?(stop|skip)\b.*`).Find(text); m != nil {
			t.Errorf("%s: %s", file, m)
		}
	}
}

// session is what the commands of one script share.
type session struct {
	servers map[string]*server
	names   []string // set by let
	hidden  []string // names of secrets
	outside *services
}

type sessionKey struct{}

func of(ts *testscript.TestScript) *session { return ts.Value(sessionKey{}).(*session) }

func setUp(e *testscript.Env) error {
	e.Values[sessionKey{}] = &session{servers: map[string]*server{}}
	e.Setenv("TZ", "UTC")
	if os.Getenv("GORACE") == "" {
		e.Setenv("GORACE", "atexit_sleep_ms=0") // else each process takes a second to end
	}
	text, err := os.ReadFile("../../examples/ticket-triage.yaml")
	if err != nil {
		return fmt.Errorf("the example: %w", err)
	}
	return os.WriteFile(e.WorkDir+"/ticket-triage.yaml", text, 0o600)
}

// condition knows [root], whom no file mode stops.
func condition(name string) (bool, error) {
	if name != "root" {
		return false, errors.New("unknown condition")
	}
	return os.Geteuid() == 0, nil
}

// usage refuses a misuse of a command of ours.
func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "exits CODE PROGRAM [ARG]...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// await asks until ok, and gives up after patience.
func await(ts *testscript.TestScript, what string, ok func() bool) {
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(look) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

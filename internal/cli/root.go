package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/config"
	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) (string, bool)
}

// Exit codes beside 0.
const (
	exitFailed  = 1
	exitInvalid = 2 // wrong usage or input
)

// exitError ends the program with a code; its cause, if any, is printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// quiet ends the program with a code and prints nothing more.
func quiet(code int) error { return &exitError{code, nil} }

// cli carries what every command needs.
type cli struct {
	Streams
	version string
	json    bool
	server  string
	token   string
	data    string
	config  config.Config
}

// Main runs the program and gives its exit code.
func Main(ctx context.Context, version string, args []string, s Streams) int {
	c := &cli{Streams: s, version: version}
	root, err := c.root()
	if err != nil {
		return c.fail(err)
	}
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.fail(err)
	}
	return 0
}

// fail prints an error for people and gives the exit code.
func (c *cli) fail(err error) int {
	var exit *exitError
	code := exitFailed
	if errors.As(err, &exit) {
		code = exit.code
		if exit.err == nil {
			return code
		}
	}
	var p *client.Problem
	var known *errs.Error
	switch {
	case errors.As(err, &p):
		if p.Status == http.StatusUnauthorized { // the hint of the API is for programs
			p.Hint = "give one with --token or PATCHBAY_TOKEN; make it on the server's machine with: patchbay token create NAME"
		}
		for _, l := range p.Lint {
			_, _ = fmt.Fprintln(c.Err, lintLine(l))
		}
		if len(p.Lint) == 0 {
			_, _ = fmt.Fprintln(c.Err, "patchbay:", p.Error())
		}
		code = answered(p)
	case errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(c.Err, "patchbay: stopped before it was done")
	case errors.Is(err, client.ErrUnreachable):
		_, _ = fmt.Fprintf(c.Err, "patchbay: %v (start it with: patchbay serve)\n", err)
	case errors.As(err, &known):
		msg, hint := errs.Message(err)
		if hint != "" {
			msg += " (" + hint + ")"
		}
		_, _ = fmt.Fprintln(c.Err, "patchbay:", msg)
		for _, f := range known.Fields {
			_, _ = fmt.Fprintf(c.Err, "  %s %s\n", strings.TrimPrefix(f.Path, "/"), f.Msg)
		}
		if exit == nil {
			code = errs.ExitCode(known.Code)
		}
	default:
		_, _ = fmt.Fprintln(c.Err, "patchbay:", err)
	}
	return code
}

// answered gives the exit code of a refusal of the server.
func answered(p *client.Problem) int {
	switch {
	case p.Code != "":
		return errs.ExitCode(errs.Code(p.Code))
	case p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity:
		return exitInvalid
	}
	return exitFailed
}

func (c *cli) root() (*cobra.Command, error) {
	var err error
	if c.config, err = config.Default(c.Env); err != nil {
		return nil, err
	}
	root := group("patchbay", "Connect AI models to your tools; nothing is lost",
		c.serve(), c.demo(), c.flow(), c.run(), c.event(), c.connection(), c.vars(), c.tokens(), c.versionCommand())
	root.SilenceUsage, root.SilenceErrors, root.CompletionOptions.HiddenDefaultCmd = true, true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &exitError{exitInvalid, fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())}
	})
	f := root.PersistentFlags()
	f.BoolVar(&c.json, "json", false, "print JSON")
	f.StringVar(&c.server, "server", c.env("PATCHBAY_SERVER"), "address of the server (PATCHBAY_SERVER); the one on this machine by default")
	f.StringVar(&c.token, "token", "", "API token (PATCHBAY_TOKEN); not needed on the server's own machine")
	return root, nil
}

func (c *cli) env(name string) string {
	v, _ := c.Env(name)
	return v
}

// configFlags adds the flags of a server.
func (c *cli) configFlags(cmd *cobra.Command) {
	for _, s := range config.Settings(&c.config) {
		current, ok := c.Env(s.Env)
		if !ok {
			current = s.Default
		}
		cmd.Flags().Var(&settingFlag{s, current}, s.Flag, s.Doc+" ("+s.Env+")")
	}
}

// settingFlag lets cobra write a Setting.
type settingFlag struct {
	config.Setting
	text string
}

func (f *settingFlag) String() string { return f.text }
func (f *settingFlag) Type() string   { return "value" }

func (f *settingFlag) Set(text string) error {
	f.text = text
	return f.Setting.Set(text)
}

func (c *cli) options() (app.Options, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.config.LogLevel)); err != nil {
		return app.Options{}, errs.Newf(errs.Invalid, "--log-level: %q is no level", c.config.LogLevel).WithHint("debug, info, warn or error")
	}
	log := slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
	return app.Options{Log: log, Now: time.Now, Env: c.Env, Version: c.version}, nil
}

// readFile reads a file, or standard input for "-".
func (c *cli) readFile(name string) ([]byte, error) {
	if name == "-" {
		b, err := io.ReadAll(c.In)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return b, nil
	}
	b, err := os.ReadFile(name) //nolint:gosec // named by the user
	if err != nil {
		if why, ok := errors.AsType[*fs.PathError](err); ok {
			err = why.Err
		}
		return nil, &exitError{exitInvalid, fmt.Errorf("cannot read %s: %w", name, err)}
	}
	return b, nil
}

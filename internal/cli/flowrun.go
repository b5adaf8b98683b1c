package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/offline"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

const flowRunLong = `Runs a flow inside this process, without a server. The input is the workflow
input, and stands where a webhook has its body. Prints the output as JSON.

Exit code: 0 completed, 1 faulted (the error as JSON on standard error), 2 the
file, the input or the usage is wrong, or a connection is missing.

Connections file (secrets come from the environment only):
  acme: { kind: crm, base_url: https://crm.example.com, key: { env: CRM_KEY } }

Stub file (answers instead of calls, by task or operation):
  customer: { output: { plan: pro } }
  slack.messages.post: [ { error: { status: 429, temporary: true } }, { output: { ts: "1" } } ]`

// flowRunFlags are the flags of flow run.
type flowRunFlags struct {
	input, connections, stub, data string
	allow                          []string
}

func (c *cli) flowRun() *cobra.Command {
	var f flowRunFlags
	cmd := &cobra.Command{Use: "run FILE", Short: "Run a flow inside this process; needs no server", Long: flowRunLong, Args: args("FILE")}
	cmd.Flags().StringVar(&f.input, "input", "", "file with the input as JSON, or - for standard input")
	cmd.Flags().StringVar(&f.connections, "connections", "", "file with connections")
	cmd.Flags().StringVar(&f.data, "data", "", "read connections from this data folder, changing nothing")
	cmd.Flags().StringVar(&f.stub, "stub", "", "file with answers to calls")
	cmd.Flags().StringSliceVar(&f.allow, "egress-allow", c.config.EgressAllow, "private addresses that the flow may call")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		row, err := c.runOffline(cmd.Context(), args[0], f)
		if err != nil {
			return err
		}
		return c.finish(row)
	}
	return cmd
}

// finish prints the end of a run and gives its exit code.
func (c *cli) finish(row store.Run) error {
	var out bytes.Buffer
	if err := json.Indent(&out, row.Result, "", "  "); err != nil {
		out.Reset()
		out.WriteString("null")
	}
	out.WriteByte('\n')
	if row.Status == store.Completed {
		_, err := c.Out.Write(out.Bytes())
		return err
	}
	_, _ = c.Err.Write(out.Bytes())
	return quiet(exitFailed)
}

func (c *cli) runOffline(ctx context.Context, file string, f flowRunFlags) (store.Run, error) {
	var none store.Run
	catalog, err := app.NewCatalog()
	if err != nil {
		return none, err
	}
	text, err := c.readFile(file)
	if err != nil {
		return none, err
	}
	parsed, problems := flow.Parse(text, file, catalog.Registry)
	for _, l := range api.Lint(problems) {
		_, _ = fmt.Fprintln(c.Err, lintLine(l))
	}
	if parsed == nil {
		return none, quiet(exitInvalid)
	}
	var input []byte
	if f.input != "" {
		if input, err = c.readInput(f.input); err != nil {
			return none, err
		}
	}
	o := offline.Options{Catalog: catalog, Log: slog.New(slog.DiscardHandler), Progress: c.progress()}
	if f.stub != "" {
		text, err := c.readFile(f.stub)
		if err != nil {
			return none, err
		}
		if o.Stubs, err = offline.ParseStubs(text); err != nil {
			return none, err
		}
	}
	if o.Egress, err = app.NewEgress(f.allow, "Patchbay/"+c.version); err != nil {
		return none, err
	}
	defer o.Egress.Close()
	if err := c.source(ctx, f, &o); err != nil {
		return none, err
	}
	row, err := offline.Run(ctx, parsed, input, o)
	if errs.CodeOf(err) == errs.NotFound {
		err = &exitError{exitInvalid, err}
	}
	return row, err
}

// progress prints what happens to a person at a terminal.
func (c *cli) progress() func(run.Event) {
	if !c.terminal() {
		return nil
	}
	return func(e run.Event) {
		switch e.Kind {
		case run.Done:
			_, _ = fmt.Fprintf(c.Err, "  done    %s  %.1f ms\n", e.Path, float64(e.Took)/1000)
		case run.Failed:
			_, _ = fmt.Fprintf(c.Err, "  failed  %s  %s\n", e.Path, e.Failure.Title)
		case run.Accepted, run.Started, run.Fired, run.Cancel, run.Resumed:
		}
	}
}

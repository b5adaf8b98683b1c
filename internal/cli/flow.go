package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

func (c *cli) flow() *cobra.Command {
	return group("flow", "Check, run and publish flows", c.flowValidate(), c.flowRun(), c.flowDeploy(), c.flowList(), c.flowShow())
}

func (c *cli) flowValidate() *cobra.Command {
	return &cobra.Command{Use: "validate FILE...", Short: "Check flow files; needs no server", Args: least("FILE"), RunE: func(_ *cobra.Command, files []string) error {
		catalog, err := app.NewCatalog()
		if err != nil {
			return err
		}
		all := []client.Lint{}
		fatal := false
		for _, file := range files {
			text, err := c.readFile(file)
			if err != nil {
				return err
			}
			_, problems := flow.Parse(text, file, catalog.Registry)
			fatal = fatal || problems.Fatal()
			all = append(all, api.Lint(problems)...)
		}
		if c.json {
			if err := c.print(all, nil); err != nil {
				return err
			}
		} else {
			for _, l := range all {
				_, _ = fmt.Fprintln(c.Err, lintLine(l))
			}
		}
		if fatal {
			return quiet(exitInvalid)
		}
		if !c.json {
			c.line("%s: valid", strings.Join(files, ", "))
		}
		return nil
	}}
}

func (c *cli) flowDeploy() *cobra.Command {
	var note string
	cmd := &cobra.Command{Use: "deploy FILE", Short: "Check a flow file and publish it as a new revision", Args: args("FILE")}
	cmd.Flags().StringVar(&note, "note", "", "what changed")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		text, err := c.readFile(args[0])
		if err != nil {
			return err
		}
		out, err := s.Deploy(cmd.Context(), args[0], string(text), note)
		if err != nil {
			return err
		}
		return c.print(out, func() {
			if out.Unchanged {
				c.line("%s is published already as revision %d", out.Revision.Flow, out.Revision.Number)
			} else {
				c.line("%s is published as revision %d", out.Revision.Flow, out.Revision.Number)
			}
			for _, h := range out.Hooks {
				c.line("  %s %s%s (verified by %s)", h.Method, s.Base(), h.Path, h.Scheme)
			}
		})
	})
}

func (c *cli) flowList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List flows", Args: args()}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, _ []string) error {
		flows, err := s.Flows(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(flows, func() {
			var rows [][]string
			for _, f := range flows {
				var hooks []string
				for _, h := range f.Hooks {
					hooks = append(hooks, h.Method+" "+h.Path)
				}
				rows = append(rows, []string{f.Name, fmt.Sprint(f.Published), ago(f.Updated), strings.Join(hooks, ", ")})
			}
			c.table("FLOW\tREVISION\tUPDATED\tHOOKS", "no flows yet; publish one with: patchbay flow deploy FILE", rows)
		})
	})
}

func (c *cli) flowShow() *cobra.Command {
	var number int
	cmd := &cobra.Command{Use: "show FLOW", Short: "Show a flow: its draft, or a revision", Args: args("FLOW")}
	cmd.Flags().IntVar(&number, "revision", 0, "number of the revision; the draft by default")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		if number > 0 {
			r, err := s.Revision(cmd.Context(), args[0], number)
			if err != nil {
				return err
			}
			return c.print(r, func() { _, _ = fmt.Fprint(c.Out, r.Text) })
		}
		f, err := s.Flow(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		revisions, err := s.Revisions(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.print(map[string]any{"flow": f, "revisions": revisions}, func() {
			c.line("# %s, published revision %d of %d", f.Name, f.Published, len(revisions))
			for _, r := range revisions {
				c.line("#   %d  %s  %s", r.Number, ago(r.Created), r.Note)
			}
			for _, h := range f.Hooks {
				c.line("# %s %s%s", h.Method, s.Base(), h.Path)
			}
			_, _ = fmt.Fprint(c.Out, f.Draft)
		})
	})
}

// terminal reports whether a person watches standard error.
func (c *cli) terminal() bool {
	f, ok := c.Err.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

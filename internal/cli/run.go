package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
)

func (c *cli) run() *cobra.Command {
	return group("run", "Look at runs and control them", c.runList(), c.runShow(), c.runCancel(), c.runRetry())
}

func (c *cli) runList() *cobra.Command {
	var f client.RunFilter
	cmd := &cobra.Command{Use: "list", Short: "List runs, newest first", Args: args()}
	cmd.Flags().StringVar(&f.Flow, "flow", "", "only of this flow")
	cmd.Flags().StringVar(&f.Status, "status", "", "only running, waiting, completed, faulted or cancelled")
	cmd.Flags().StringVar(&f.Before, "before", "", "go on after the run with this id")
	cmd.Flags().IntVar(&f.Limit, "limit", 20, "how many")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, _ []string) error {
		runs, err := s.Runs(cmd.Context(), f)
		if err != nil {
			return err
		}
		return c.print(runs, func() {
			var rows [][]string
			for _, r := range runs {
				rows = append(rows, []string{r.ID, r.Flow, r.Status, ago(r.Started), took(r), brief(r.Result)})
			}
			c.table("RUN\tFLOW\tSTATUS\tSTARTED\tTOOK\tRESULT", "no runs yet", rows)
		})
	})
}

func took(r client.Run) string {
	switch {
	case r.Finished != nil:
		return r.Finished.Sub(r.Started).String()
	case r.Wake != nil:
		return "until " + ago(*r.Wake)
	}
	return "-"
}

func (c *cli) runShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show RUN", Short: "Show a run with its journal", Args: args("RUN")}
	var full bool
	cmd.Flags().BoolVar(&full, "calls", false, "show what was sent and received")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		r, err := s.Run(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		journal, err := s.Journal(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.print(map[string]any{"run": r, "journal": journal}, func() {
			c.line("%s  %s@%d  %s  started %s, took %s", r.ID, r.Flow, r.Revision, r.Status, ago(r.Started), took(r))
			if r.Event != "" {
				c.line("event %s by %s", r.Event, r.Trigger)
			}
			c.line("")
			c.journal(journal, full)
			c.line("\nresult: %s", r.Result)
			if r.Status == "faulted" {
				c.line("mend the cause, then: patchbay run retry %s", r.ID)
			}
		})
	})
}

func (c *cli) journal(records []client.Record, full bool) {
	var rows [][]string
	for _, r := range records {
		what := brief(r.Output)
		if r.Error != nil {
			what = brief(r.Error)
		}
		ms := ""
		if r.TookMS > 0 {
			ms = fmt.Sprintf("%.1f ms", r.TookMS)
		}
		rows = append(rows, []string{fmt.Sprint(r.Seq), r.Time.Local().Format("15:04:05.000"), r.Kind, r.Task, ms, spent(r.Usage), what})
	}
	for i, line := range aligned("#\tTIME\tWHAT\tTASK\tTOOK\tCOST\tRESULT", rows) {
		c.line("%s", line)
		if i == 0 {
			continue
		}
		for _, said := range exchanges(records[i-1].Exchanges, full) {
			c.line("      %s", said)
		}
	}
}

func spent(raw json.RawMessage) string {
	var u struct {
		Input   int64  `json:"input_tokens"`
		Output  int64  `json:"output_tokens"`
		NanoUSD *int64 `json:"nano_usd"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return ""
	}
	s := fmt.Sprintf("%d+%d tokens", u.Input, u.Output)
	if u.NanoUSD != nil {
		s += fmt.Sprintf(", $%.6f", float64(*u.NanoUSD)/1e9)
	}
	return s
}

func exchanges(raw json.RawMessage, full bool) []string {
	var list []struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		Status   int    `json:"status"`
		Error    string `json:"error"`
		Request  string `json:"request_body"`
		Response string `json:"response_body"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var out []string
	for _, x := range list {
		line := fmt.Sprintf("%s %s → %d", x.Method, x.URL, x.Status)
		if x.Error != "" {
			line = fmt.Sprintf("%s %s → %s", x.Method, x.URL, x.Error)
		}
		out = append(out, line)
		if full {
			for _, b := range []struct{ way, text string }{{">", x.Request}, {"<", x.Response}} {
				if text := strings.TrimSpace(b.text); text != "" {
					out = append(out, "  "+b.way+" "+strings.ReplaceAll(text, "\n", " "))
				}
			}
		}
	}
	return out
}

func (c *cli) runCancel() *cobra.Command {
	cmd := &cobra.Command{Use: "cancel RUN", Short: "Stop a run", Args: args("RUN")}
	var reason string
	cmd.Flags().StringVar(&reason, "reason", "", "why; kept in the journal")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		if err := s.Cancel(cmd.Context(), args[0], reason); err != nil {
			return err
		}
		return c.print(map[string]string{"run": args[0], "status": "cancelled"}, func() { c.line("%s is cancelled", args[0]) })
	})
}

func (c *cli) runRetry() *cobra.Command {
	cmd := &cobra.Command{Use: "retry RUN", Short: "Go on from the failed task of a faulted run; finished tasks are not repeated", Args: args("RUN")}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		if err := s.Retry(cmd.Context(), args[0]); err != nil {
			return err
		}
		r, err := s.Run(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.print(r, func() { c.line("%s goes on; follow it with: patchbay run show %s", args[0], args[0]) })
	})
}

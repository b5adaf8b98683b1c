package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// print gives v as JSON with --json, else what text writes.
func (c *cli) print(v any, text func()) error {
	if !c.json {
		text()
		return nil
	}
	e := json.NewEncoder(c.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (c *cli) line(format string, args ...any) { _, _ = fmt.Fprintf(c.Out, format+"\n", args...) }

// table prints rows under a head; with no rows it says so.
func (c *cli) table(head string, empty string, rows [][]string) {
	if len(rows) == 0 {
		c.line("%s", empty)
		return
	}
	for _, line := range aligned(head, rows) {
		c.line("%s", line)
	}
}

// aligned gives the head and the rows as lines.
func aligned(head string, rows [][]string) []string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, head)
	for _, r := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	_ = w.Flush()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func ago(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func lintLine(l client.Lint) string {
	return flow.Problem{File: l.File, Line: l.Line, Column: l.Column, Code: l.Code, Message: l.Message, Hint: l.Hint, Warning: l.Warning}.String()
}

// brief shortens JSON for a table.
func brief(b json.RawMessage) string {
	const most = 80
	s := []rune(string(b))
	if len(s) > most {
		return string(s[:most]) + "…"
	}
	return string(s)
}

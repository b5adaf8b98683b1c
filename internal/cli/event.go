package cli

import (
	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
)

func (c *cli) event() *cobra.Command {
	return group("event", "Look at accepted webhooks and replay them", c.eventList(), c.eventShow(), c.eventReplay())
}

func (c *cli) eventList() *cobra.Command {
	var f client.EventFilter
	cmd := &cobra.Command{Use: "list", Short: "List accepted webhooks, newest first", Args: args()}
	cmd.Flags().StringVar(&f.Flow, "flow", "", "only for this flow")
	cmd.Flags().StringVar(&f.Path, "path", "", "only of this hook path, without /hooks")
	cmd.Flags().StringVar(&f.Before, "before", "", "go on after the event with this id")
	cmd.Flags().IntVar(&f.Limit, "limit", 20, "how many")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, _ []string) error {
		events, err := s.Events(cmd.Context(), f)
		if err != nil {
			return err
		}
		return c.print(events, func() {
			var rows [][]string
			for _, e := range events {
				rows = append(rows, []string{e.ID, ago(e.Received), e.Path, e.Flow, e.Run, e.ReplayedFrom})
			}
			c.table("EVENT\tRECEIVED\tPATH\tFLOW\tRUN\tREPLAYED FROM", "no events yet", rows)
		})
	})
}

func (c *cli) eventShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show EVENT", Short: "Show an event as it was received", Args: args("EVENT")}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		e, err := s.Event(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.print(e, func() {
			c.line("%s  received %s, started %s of %s", e.ID, ago(e.Received), e.Run, e.Flow)
			c.line("\n%s %s", e.Method, e.URL)
			for _, h := range e.Headers {
				c.line("%s: %s", h.Name, h.Value)
			}
			c.line("\n%s", e.Body)
		})
	})
}

func (c *cli) eventReplay() *cobra.Command {
	cmd := &cobra.Command{Use: "replay EVENT", Short: "Start a new run of the published flow from an event", Args: args("EVENT")}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		e, err := s.Replay(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.print(e, func() { c.line("%s started %s; follow it with: patchbay run show %s", e.ID, e.Run, e.Run) })
	})
}

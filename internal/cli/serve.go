package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/demo"
)

func (c *cli) serve() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Start the server", Args: args(), RunE: func(cmd *cobra.Command, _ []string) error {
		o, err := c.options()
		if err != nil {
			return err
		}
		if err := profile(cmd.Context(), c.config.Pprof); err != nil {
			return err
		}
		a, err := app.New(cmd.Context(), c.config, o)
		if err != nil {
			return err
		}
		defer a.Stop()
		if err := a.Start(cmd.Context()); err != nil {
			return err
		}
		if err := c.greet(cmd.Context(), a); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.Err, "Patchbay %s serves on %s\n", c.version, a.URL())
		return wait(cmd.Context(), a)
	}}
	c.configFlags(cmd)
	return cmd
}

// greet tells a newcomer how to get in, once.
func (c *cli) greet(ctx context.Context, a *app.App) error {
	if !a.First {
		return nil
	}
	if a.KeyFile != "" {
		_, _ = fmt.Fprintf(c.Err, "The key file %s opens the stored credentials. Keep a copy apart from your backups.\n", a.KeyFile)
	}
	link, err := a.Auth.Link(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.Err, "Sign in (works once, within an hour): %s/sign-in?token=%s\nMake a token for programs: patchbay token create NAME\n", a.URL(), link.Reveal())
	return a.Greeted(ctx)
}

// wait returns when the program is told to stop, or the server has failed.
func wait(ctx context.Context, a *app.App) error {
	select {
	case <-ctx.Done():
		return nil
	case <-a.Failed():
		return fmt.Errorf("the server stops, because its storage failed: %w; nothing acknowledged is lost, start it again", a.Err())
	}
}

func (c *cli) demo() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Start a server with stand-in services and send it tickets",
		Long: "Starts a server, a stand-in CRM, two AI providers and a chat, deploys the ticket-triage flow,\nsends 12 signed tickets with the accidents of real life among them, and shows what became of each.",
		Args: args(), RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("log-level") {
				c.config.LogLevel = "error" // the table tells the story
			}
			o, err := c.options()
			if err != nil {
				return err
			}
			d, err := demo.Start(cmd.Context(), c.config, o, c.Out)
			if err != nil {
				return err
			}
			defer d.Stop()
			if err := c.greet(cmd.Context(), d.App); err != nil {
				return err
			}
			good, err := d.Show(cmd.Context())
			if err != nil {
				return err
			}
			if once {
				if !good {
					return quiet(exitFailed)
				}
				return nil
			}
			d.Guide()
			return wait(cmd.Context(), d.App)
		},
	}
	c.configFlags(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "stop after the tickets; exit 0 if all went as expected, else 1")
	return cmd
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: args(), RunE: func(*cobra.Command, []string) error {
		return c.print(map[string]string{"version": c.version}, func() { c.line("patchbay %s", c.version) })
	}}
}

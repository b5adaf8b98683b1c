package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/app"
)

// remote finds the server: the one that was named, else the one that serves the
// data folder on this machine.
func (c *cli) remote() (*client.Client, error) {
	token := c.token
	if token == "" {
		token = c.env("PATCHBAY_TOKEN")
	}
	if c.server != "" {
		return client.New(c.server, token, nil), nil
	}
	path := app.LocalFile(c.data)
	b, err := os.ReadFile(path) //nolint:gosec // the operator's folder
	if err != nil {
		return nil, fmt.Errorf("%w for the data folder %s", client.ErrUnreachable, c.data)
	}
	var l app.Local
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	if token == "" {
		token = l.Token
	}
	return client.New(l.URL, token, nil), nil
}

// online makes a command that talks to a server.
func (c *cli) online(cmd *cobra.Command, do func(cmd *cobra.Command, s *client.Client, args []string) error) *cobra.Command {
	data := c.config.Data
	cmd.Flags().StringVar(&c.data, "data", data, "data folder of the server on this machine (PATCHBAY_DATA)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := c.remote()
		if err != nil {
			return err
		}
		return do(cmd, s, args)
	}
	return cmd
}

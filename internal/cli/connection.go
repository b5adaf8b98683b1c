package cli

import (
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
)

func (c *cli) connection() *cobra.Command {
	return group("connection", "Manage credentials and addresses of outside systems", c.connectionSet(), c.connectionList(), c.connectionTest(), c.connectionDelete(), c.connectionKinds())
}

const setLong = `Makes or changes a connection. Plain settings are given as field=value; secret
fields never are, since a command line can be read by others:

  patchbay connection set acme --kind crm base_url=https://crm.example.com
    asks for the secret fields, or reads one line a field from standard input
    in the order that "connection kinds" shows

  patchbay connection set acme
    the same, to change the secret fields of a connection that exists

  patchbay connection set acme --kind crm base_url=… --secret key=env:CRM_KEY
    reads a secret field from the environment of this command

A change of settings or of single secret fields leaves the other secret fields as
they are, unless the address changes.`

func (c *cli) connectionSet() *cobra.Command {
	var kind string
	var refs []string
	cmd := &cobra.Command{Use: "set NAME [FIELD=VALUE]...", Short: "Make or change a connection", Long: setLong, Args: least("NAME")}
	cmd.Flags().StringVar(&kind, "kind", "", "kind of connection, see: patchbay connection kinds")
	cmd.Flags().StringArrayVar(&refs, "secret", nil, "FIELD=env:NAME, a secret field from the environment; FIELD=- from standard input")
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		in := client.ConnectionInput{Kind: kind, Settings: map[string]string{}, Secrets: map[string]string{}}
		for _, a := range args[1:] {
			field, value, ok := strings.Cut(a, "=")
			if !ok {
				return &exitError{exitInvalid, fmt.Errorf("%q is not FIELD=VALUE", a)}
			}
			in.Settings[field] = value
		}
		fields, known, err := c.secretFields(cmd, s, args[0], &in)
		if err != nil {
			return err
		}
		if err := c.readSecrets(refs, c.asked(fields, known, len(args) > 1, len(refs) > 0), known, &in); err != nil {
			return err
		}
		out, err := s.SetConnection(cmd.Context(), args[0], in)
		if err != nil {
			return err
		}
		return c.print(out, func() { c.line("connection %s is set (version %d)", out.Name, out.Version) })
	})
}

// secretFields gives the secret fields of the kind, and those that are set.
func (c *cli) secretFields(cmd *cobra.Command, s *client.Client, name string, in *client.ConnectionInput) (fields []client.Field, known map[string]bool, err error) {
	have, err := s.Connections(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	known = map[string]bool{}
	for _, h := range have {
		if h.Name != name || in.Kind != "" && in.Kind != h.Kind {
			continue
		}
		in.Kind = h.Kind
		for _, f := range h.Secrets {
			known[f] = true
		}
		for f, v := range h.Settings {
			if _, given := in.Settings[f]; !given {
				in.Settings[f] = v
			}
		}
	}
	kinds, err := s.Kinds(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
		if k.Name != in.Kind {
			continue
		}
		for _, f := range k.Fields {
			if f.Secret {
				fields = append(fields, f)
			}
		}
		return fields, known, nil
	}
	if in.Kind == "" {
		return nil, nil, &exitError{exitInvalid, fmt.Errorf("--kind is missing; one of %s", strings.Join(names, ", "))}
	}
	return nil, nil, &exitError{exitInvalid, fmt.Errorf("there is no kind %q; one of %s", in.Kind, strings.Join(names, ", "))}
}

func (c *cli) connectionList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List connections; secrets are never shown", Args: args()}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, _ []string) error {
		all, err := s.Connections(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(all, func() {
			var rows [][]string
			for _, x := range all {
				var settings []string
				for k, v := range x.Settings {
					settings = append(settings, k+"="+v)
				}
				sort.Strings(settings)
				rows = append(rows, []string{x.Name, x.Kind, strings.Join(settings, " "), strings.Join(x.Secrets, " "), ago(x.Updated)})
			}
			c.table("NAME\tKIND\tSETTINGS\tSECRETS SET\tUPDATED", "no connections yet; make one with: patchbay connection set NAME --kind KIND", rows)
		})
	})
}

func (c *cli) connectionTest() *cobra.Command {
	cmd := &cobra.Command{Use: "test NAME", Short: "Try a connection without changing anything outside", Args: args("NAME")}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		if err := s.TestConnection(cmd.Context(), args[0]); err != nil {
			return err
		}
		return c.print(map[string]any{"name": args[0], "ok": true}, func() { c.line("%s works", args[0]) })
	})
}

func (c *cli) connectionDelete() *cobra.Command {
	cmd := &cobra.Command{Use: "delete NAME", Short: "Delete a connection", Args: args("NAME")}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, args []string) error {
		if err := s.DeleteConnection(cmd.Context(), args[0]); err != nil {
			return err
		}
		return c.print(map[string]any{"name": args[0], "deleted": true}, func() { c.line("%s is deleted", args[0]) })
	})
}

func (c *cli) connectionKinds() *cobra.Command {
	cmd := &cobra.Command{Use: "kinds", Short: "List kinds of connections with their fields", Args: args()}
	return c.online(cmd, func(cmd *cobra.Command, s *client.Client, _ []string) error {
		kinds, err := s.Kinds(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(kinds, func() {
			for _, k := range kinds {
				c.line("%s: %s", k.Name, k.Title)
				for _, f := range k.Fields {
					marks := ""
					if f.Secret {
						marks += " (secret)"
					}
					if f.Required {
						marks += " (required)"
					}
					c.line("  %-12s %s%s", f.Name, f.Doc, marks)
				}
			}
		})
	})
}

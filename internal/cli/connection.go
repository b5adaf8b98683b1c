package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

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

  patchbay connection set acme --kind crm base_url=… --secret key=env:CRM_KEY
    reads a secret field from the environment of this command

Secret fields that are not mentioned keep their value, unless the address changes.`

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
		if err := c.readSecrets(refs, fields, known, &in); err != nil {
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

// readSecrets takes secrets from references, then from standard input or the
// terminal for required fields that have no value yet.
func (c *cli) readSecrets(refs []string, fields []client.Field, known map[string]bool, in *client.ConnectionInput) error {
	lines := bufio.NewReader(c.In)
	for _, ref := range refs {
		field, source, _ := strings.Cut(ref, "=")
		name, fromEnv := strings.CutPrefix(source, "env:")
		switch {
		case fromEnv:
			value, ok := c.Env(name)
			if !ok {
				return &exitError{exitInvalid, fmt.Errorf("the environment has no %s", name)}
			}
			in.Secrets[field] = value
		case source == "-":
			value, err := readLine(lines)
			if err != nil {
				return err
			}
			in.Secrets[field] = value
		default:
			return &exitError{exitInvalid, fmt.Errorf("--secret %s: write %s=env:NAME or %s=-, never the value itself", field, field, field)}
		}
	}
	for _, f := range fields {
		if _, given := in.Secrets[f.Name]; given || !f.Required || known[f.Name] && len(refs) > 0 {
			continue
		}
		value, err := c.ask(lines, f, known[f.Name])
		if err != nil {
			return err
		}
		if value != "" {
			in.Secrets[f.Name] = value
		}
	}
	return nil
}

// ask reads a secret without showing it; an empty line keeps the present value.
func (c *cli) ask(lines *bufio.Reader, f client.Field, known bool) (string, error) {
	file, ok := c.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		if known {
			return "", nil // a pipe that says nothing keeps it
		}
		return readLine(lines)
	}
	keep := ""
	if known {
		keep = ", empty to keep it"
	}
	_, _ = fmt.Fprintf(c.Err, "%s (%s%s): ", f.Name, f.Doc, keep)
	b, err := term.ReadPassword(int(file.Fd()))
	_, _ = fmt.Fprintln(c.Err)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return string(b), nil
}

func readLine(r *bufio.Reader) (string, error) {
	s, err := r.ReadString('\n')
	if err != nil && err != io.EOF { //nolint:errorlint // the reader gives it bare
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimRight(s, "\r\n"), nil
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

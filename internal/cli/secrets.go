package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/patchbay-dev/patchbay/client"
)

// asked gives the fields to read from standard input or the terminal: required
// ones, or all of a kind that requires none. Those that have a value are left
// alone by a change of something else, but a person is asked.
func (c *cli) asked(fields []client.Field, known map[string]bool, settings, refs bool) []client.Field {
	optional := !slices.ContainsFunc(fields, func(f client.Field) bool { return f.Required })
	return slices.DeleteFunc(fields, func(f client.Field) bool {
		return !f.Required && !optional || known[f.Name] && (settings && !c.typed() || refs) || optional && refs
	})
}

// readSecrets takes secrets from references, then from standard input or the
// terminal.
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
		if _, given := in.Secrets[f.Name]; given {
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
	if !c.typed() {
		return readLine(lines)
	}
	keep := ""
	if known {
		keep = ", empty to keep it"
	} else if !f.Required {
		keep = ", empty for none"
	}
	_, _ = fmt.Fprintf(c.Err, "%s (%s%s): ", f.Name, f.Doc, keep)
	b, err := term.ReadPassword(int(c.In.(*os.File).Fd())) //nolint:errcheck // a terminal is a file
	_, _ = fmt.Fprintln(c.Err)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return string(b), nil
}

// typed reports whether a person types standard input.
func (c *cli) typed() bool {
	f, ok := c.In.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func readLine(r *bufio.Reader) (string, error) {
	s, err := r.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimRight(s, "\r\n"), nil
}

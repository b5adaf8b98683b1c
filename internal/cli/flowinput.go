package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/offline"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

// readInput reads a JSON document. An empty one is most often the output of a
// program that failed, so it is refused.
func (c *cli) readInput(name string) ([]byte, error) {
	b, err := c.readFile(name)
	if err != nil {
		return nil, err
	}
	if name == "-" {
		name = "standard input"
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, &exitError{exitInvalid, fmt.Errorf("the input is empty: %s (leave --input out, or write null, for no input)", name)}
	}
	var wrong *json.SyntaxError
	if err := json.Unmarshal(b, new(any)); errors.As(err, &wrong) {
		line := 1 + bytes.Count(b[:wrong.Offset], []byte("\n"))
		return nil, &exitError{exitInvalid, fmt.Errorf("the input is not JSON: %s, line %d: %w", name, line, wrong)}
	}
	return b, nil
}

// source finds connections in a file, or in a data folder.
func (c *cli) source(ctx context.Context, f flowRunFlags, o *offline.Options) (err error) {
	switch {
	case f.connections != "" && f.data != "":
		return &exitError{exitInvalid, fmt.Errorf("--connections and --data exclude each other")}
	case f.connections != "":
		o.Source, err = connection.ReadFile(f.connections, o.Catalog.Registry)
		return err
	case f.data == "":
		o.Source = connection.File{}
		return nil
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Dir: f.data, ReadOnly: true})
	if err != nil {
		return &exitError{exitInvalid, err}
	}
	defer func() { _ = s.Close() }()
	return c.readFolder(ctx, s, f.data, o)
}

// readFolder reads all connections and variables at once, since the folder must
// not be kept open while a flow runs.
func (c *cli) readFolder(ctx context.Context, s *sqlite.Store, data string, o *offline.Options) error {
	install, err := s.Meta(ctx, "install")
	if err != nil {
		return err
	}
	v, err := app.OpenVault(ctx, s, string(install), data, c.Env)
	if err != nil {
		return err
	}
	all, err := s.Connections(ctx, api.Namespace)
	if err != nil {
		return err
	}
	stored := &connection.Stored{Store: s, Vault: v, Kinds: o.Catalog.Registry, Now: time.Now}
	values := connection.File{}
	for _, one := range all {
		if values[one.Name], err = stored.Connection(ctx, api.Namespace, one.Name); err != nil {
			return err
		}
	}
	o.Source = values
	vars, err := s.Vars(ctx, api.Namespace)
	o.Vars = map[string]json.RawMessage{}
	for _, v := range vars {
		o.Vars[v.Name] = v.Value
	}
	return err
}

package connection

import (
	"context"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// File holds connections that were read from a file, for runs without a server.
type File map[string]Value

// ParseFile reads a YAML map of connections: kind, settings as text, and secret
// fields as references to the environment.
//
//	acme: { kind: crm, base_url: https://crm.example.com, key: { env: CRM_KEY } }
//
// Error: errs.Invalid, also for a variable that is not set.
func ParseFile(text []byte, env func(string) (string, bool), kinds Kinds) (File, error) {
	var raw map[string]map[string]yaml.Node
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "the connections file is not a map of connections: "+err.Error())
	}
	out := File{}
	for name, fields := range raw {
		v := Value{Name: name, Settings: map[string]string{}, Secrets: map[string]secret.String{}}
		for field, n := range fields {
			if err := v.read(field, n, env); err != nil {
				return nil, err
			}
		}
		k, ok := kinds.Kind(v.Kind)
		if !ok {
			return nil, errs.Newf(errs.Invalid, "connection %s: there is no kind %q", name, v.Kind)
		}
		if err := check(k, &v); err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

func (v *Value) read(field string, n yaml.Node, env func(string) (string, bool)) error {
	if n.Kind == yaml.ScalarNode {
		if field == "kind" {
			v.Kind = n.Value
		} else {
			v.Settings[field] = n.Value
		}
		return nil
	}
	var ref struct {
		Env string `yaml:"env"`
	}
	if err := n.Decode(&ref); err != nil || ref.Env == "" {
		return errs.Newf(errs.Invalid, "connection %s, line %d: %s must be a text or { env: NAME }", v.Name, n.Line, field)
	}
	value, ok := env(ref.Env)
	if !ok {
		return errs.Newf(errs.Invalid, "connection %s: the environment has no %s", v.Name, ref.Env).WithHint("%s", fmt.Sprintf("export %s=…", ref.Env))
	}
	v.Secrets[field] = secret.New(value)
	return nil
}

// ReadFile is ParseFile of a file with the process's environment.
func ReadFile(path string, kinds Kinds) (File, error) {
	b, err := os.ReadFile(path) //nolint:gosec // named by the user
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "cannot read the connections file: "+err.Error())
	}
	return ParseFile(b, os.LookupEnv, kinds)
}

// Connection implements Source; a file has no namespaces.
func (f File) Connection(_ context.Context, _, name string) (Value, error) {
	v, ok := f[name]
	if !ok {
		return Value{}, errs.Newf(errs.NotFound, "there is no connection %q", name)
	}
	return v, nil
}

var _ Source = File(nil)

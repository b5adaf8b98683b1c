package connection

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/vault"
)

// Stored keeps connections in a store, sealed by a vault.
type Stored struct {
	Store store.Connections
	Vault *vault.Vault
	Kinds Kinds
	Now   func() time.Time
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Set makes or replaces a connection. Secret fields that v leaves out keep their
// value while kind and address stay the same; a new address clears them, so that
// a stored credential cannot be sent to another host. Errors: errs.Invalid with
// fields, errs.Conflict.
func (s *Stored) Set(ctx context.Context, ns string, v Value) error {
	if !validName.MatchString(v.Name) {
		return errs.Newf(errs.Invalid, "%q is no name of a connection", v.Name).WithHint("use letters, digits, dots, dashes and underscores")
	}
	k, ok := s.Kinds.Kind(v.Kind)
	if !ok {
		return errs.Newf(errs.Invalid, "there is no kind %q of connection", v.Kind)
	}
	version := 1
	v.Settings, v.Secrets = maps.Clone(v.Settings), maps.Clone(v.Secrets)
	if v.Settings == nil {
		v.Settings = map[string]string{}
	}
	if v.Secrets == nil {
		v.Secrets = map[string]secret.String{}
	}
	old, err := s.Store.Connection(ctx, ns, v.Name)
	switch {
	case errs.CodeOf(err) == errs.NotFound:
	case err != nil:
		return err
	default:
		version = old.Version + 1
		before, berr := baseOf(k, old.Settings)
		after, aerr := baseOf(k, v.Settings)
		same := berr == nil && aerr == nil && (before == nil) == (after == nil) && (before == nil || before.Host == after.Host && before.Scheme == after.Scheme)
		if old.Kind == v.Kind && same {
			if err := s.keep(old, &v); err != nil {
				return err
			}
		}
	}
	if err := check(k, &v); err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(vault.Place{Namespace: ns, Name: v.Name, Version: version}, v.Secrets)
	if err != nil {
		return err
	}
	return s.Store.PutConnection(ctx, store.Connection{
		Namespace: ns, Name: v.Name, Kind: v.Kind, Settings: v.Settings, Sealed: sealed, Version: version, Updated: s.Now(),
	})
}

// keep takes over the secrets that a change does not mention. With a lost key
// they are gone, and the connection can still be set anew.
func (s *Stored) keep(old store.Connection, v *Value) error {
	have, err := s.unseal(old)
	if err != nil {
		return nil //nolint:nilerr // a missing field is reported by check
	}
	for field, value := range have {
		if _, given := v.Secrets[field]; !given {
			v.Secrets[field] = value
		}
	}
	return nil
}

func (s *Stored) unseal(c store.Connection) (map[string]secret.String, error) {
	return s.Vault.Unseal(vault.Place{Namespace: c.Namespace, Name: c.Name, Version: c.Version}, c.Sealed)
}

// Connection implements Source.
func (s *Stored) Connection(ctx context.Context, ns, name string) (Value, error) {
	c, err := s.Store.Connection(ctx, ns, name)
	if err != nil {
		return Value{}, missing(err, name)
	}
	secrets, err := s.unseal(c)
	if err != nil {
		return Value{}, err
	}
	return Value{Name: name, Kind: c.Kind, Settings: c.Settings, Secrets: secrets}, nil
}

func missing(err error, name string) error {
	var e *errs.Error
	if errors.As(err, &e) && e.Code == errs.NotFound {
		return errs.Newf(errs.NotFound, "there is no connection %q", name).WithHint("make it with: patchbay connection set %s --kind KIND", name)
	}
	return err
}

var _ Source = (*Stored)(nil)

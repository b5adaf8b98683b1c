package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"path/filepath"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/vault"
)

// KeyEnv holds the master key in base64 where there is no key file.
const KeyEnv = "PATCHBAY_KEY"

func (a *App) vault(ctx context.Context) (*vault.Vault, error) {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	mine := []byte(hex.EncodeToString(b[:]))
	install, err := a.store.PutMetaOnce(ctx, "install", mine)
	if err != nil {
		return nil, err
	}
	met, err := a.store.Meta(ctx, greeted)
	if err != nil {
		return nil, err
	}
	a.First = met == nil
	if _, given := a.o.Env(KeyEnv); !given {
		if err := a.keyFile(ctx); err != nil {
			return nil, err
		}
	}
	return OpenVault(ctx, a.store, string(install), a.Config.Data, a.o.Env)
}

// keyFile makes the key of new data. That of older data is never made anew: it
// would open nothing, and take the place of the file that is to be put back.
func (a *App) keyFile(ctx context.Context) error {
	path := KeyPath(a.Config.Data)
	used, err := vault.Used(ctx, a.store)
	if err == nil && !used {
		_, _, err = vault.KeyFile(path)
	}
	if a.First {
		a.KeyFile = path
	}
	return err
}

const greeted = "greeted"

// Greeted keeps that the operator was told how to get in. A start that failed
// before has told nobody.
func (a *App) Greeted(ctx context.Context) error {
	_, err := a.store.PutMetaOnce(ctx, greeted, []byte("yes"))
	return err
}

// KeyPath is the key file of a data folder; it lies beside the folder, so that a
// copy of the folder alone opens no credential.
func KeyPath(data string) string { return filepath.Clean(data) + ".key" }

// OpenVault finds the master key and checks that it fits the data. Error:
// errs.Invalid.
func OpenVault(ctx context.Context, facts store.Meta, install, data string, env func(string) (string, bool)) (*vault.Vault, error) {
	var key vault.Key
	var err error
	if text, ok := env(KeyEnv); ok {
		if key, err = vault.ParseKey(secret.New(text)); err != nil {
			msg, hint := errs.Message(err)
			err = errs.New(errs.Invalid, KeyEnv+": "+msg).WithHint("%s", hint)
		}
	} else {
		key, err = vault.ReadKeyFile(KeyPath(data))
	}
	if err != nil {
		return nil, err
	}
	v, err := vault.New(key, install)
	if err != nil {
		return nil, err
	}
	return v, v.Check(ctx, facts)
}

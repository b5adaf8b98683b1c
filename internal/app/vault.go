package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"path/filepath"

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
	a.First = string(install) == string(mine)
	v, made, err := OpenVault(ctx, a.store, string(install), a.Config.Data, a.o.Env)
	if made {
		a.KeyFile = KeyPath(a.Config.Data)
	}
	return v, err
}

// KeyPath is the key file of a data folder; it lies beside the folder, so that a
// copy of the folder alone opens no credential.
func KeyPath(data string) string { return filepath.Clean(data) + ".key" }

// OpenVault finds the master key and checks that it fits the data.
func OpenVault(ctx context.Context, facts store.Meta, install, data string, env func(string) (string, bool)) (v *vault.Vault, made bool, err error) {
	var key vault.Key
	if text, ok := env(KeyEnv); ok {
		key, err = vault.ParseKey(secret.New(text))
	} else {
		key, made, err = vault.KeyFile(KeyPath(data))
	}
	if err != nil {
		return nil, made, err
	}
	if v, err = vault.New(key, install); err != nil {
		return nil, made, err
	}
	return v, made, v.Check(ctx, facts)
}

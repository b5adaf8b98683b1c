package vault

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Key is a master key.
type Key struct{ bytes [keyLen]byte }

// ParseKey reads a key of 32 bytes in base64. Error: errs.Invalid.
func ParseKey(s secret.String) (Key, error) {
	var k Key
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s.Reveal()))
	if err != nil || len(b) != keyLen {
		return k, errs.New(errs.Invalid, "the key is not 32 bytes in base64").WithHint("make one with: head -c 32 /dev/urandom | base64")
	}
	copy(k.bytes[:], b)
	return k, nil
}

// KeyFile reads the key file, or makes it, readable by its owner only; made tells
// which. Errors: those of ReadKeyFile.
func KeyFile(path string) (k Key, made bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		k, err = makeKeyFile(path)
		return k, true, err
	}
	k, err = ReadKeyFile(path)
	return k, false, err
}

// ReadKeyFile reads the key of data that was written before. Error:
// errs.Invalid, also for a file that others may read.
func ReadKeyFile(path string) (k Key, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, errs.Newf(errs.Invalid, "the key file %s is missing, and this data was written with it", path).
			WithHint("put it back from your copy, or give the key in PATCHBAY_KEY; without it the stored credentials cannot be read")
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return k, errs.Newf(errs.Invalid, "the key file %s may be read by others (mode %04o)", path, info.Mode().Perm()).WithHint("chmod 600 %s", path)
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator's file
	if err != nil {
		return k, errs.Wrap(errs.Invalid, err, "cannot read the key file "+path).WithHint("give it to the user that runs Patchbay")
	}
	if k, err = ParseKey(secret.New(string(b))); err != nil {
		return k, errs.Newf(errs.Invalid, "the key file %s does not hold 32 bytes in base64", path).WithHint("put it back from your copy")
	}
	return k, nil
}

func makeKeyFile(path string) (Key, error) {
	var k Key
	_, _ = rand.Read(k.bytes[:])                                          // never fails
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's file
	if err != nil {
		return k, errs.Wrap(errs.Invalid, err, "cannot make the key file "+path).WithHint("let the user that runs Patchbay write to its folder, or give a key in PATCHBAY_KEY")
	}
	_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(k.bytes[:]))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return k, errs.Wrap(errs.Unavailable, err, "cannot write the key file "+path)
	}
	return k, nil
}

// Facts is where the canary is kept.
type Facts interface {
	Meta(ctx context.Context, key string) ([]byte, error)
	PutMetaOnce(ctx context.Context, key string, value []byte) ([]byte, error)
}

const (
	canary      = "vault.canary"
	canaryValue = "the key fits"
)

// Used reports whether data was written with a key before.
func Used(ctx context.Context, facts Facts) (bool, error) {
	have, err := facts.Meta(ctx, canary)
	return have != nil, err
}

// Check finds out early whether the key is the one the data was written with.
// Error: errs.Invalid, naming what to do.
func (v *Vault) Check(ctx context.Context, facts Facts) error {
	place := Place{Name: canary}
	have, err := facts.Meta(ctx, canary)
	if err != nil {
		return err
	}
	if have == nil {
		sealed, err := v.Seal(place, map[string]secret.String{"": secret.New(canaryValue)})
		if err != nil {
			return err
		}
		if have, err = facts.PutMetaOnce(ctx, canary, sealed[""]); err != nil {
			return err
		}
	}
	if _, err := v.Unseal(place, map[string][]byte{"": have}); err != nil {
		return errs.Wrap(errs.Invalid, err, "the key is not the one this data was written with").
			WithHint("give the right key in PATCHBAY_KEY or in the key file beside the data folder; without it the stored credentials cannot be read")
	}
	return nil
}

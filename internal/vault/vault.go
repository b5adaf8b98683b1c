// Package vault seals credentials. Every version of a credential has a data key
// of its own, which the installation's master key wraps; both layers are
// AES-256-GCM and bound to the place the value belongs to, so that a sealed
// value cannot be moved to another connection, field, version or installation.
//
// It must not know where sealed values are kept.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

const (
	format  = 1
	keyLen  = 32
	wrapped = 12 + keyLen + 16 // nonce, data key, tag
)

// Vault seals and unseals with one master key.
type Vault struct {
	master  cipher.AEAD
	install string
}

// Place says what a sealed value belongs to.
type Place struct {
	Namespace string
	Name      string // of the connection
	Version   int
}

// New makes a vault. install is the id of the installation.
func New(k Key, install string) (*Vault, error) {
	a, err := aead(k.bytes[:])
	if err != nil {
		return nil, err
	}
	return &Vault{a, install}, nil
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return cipher.NewGCM(block)
}

func (v *Vault) context(p Place, field string) []byte {
	return fmt.Appendf(nil, "patchbay/cred/v1|%q|%q|%q|%d|%q", v.install, p.Namespace, p.Name, p.Version, field)
}

// Seal encrypts the secret fields of one version.
func (v *Vault) Seal(p Place, fields map[string]secret.String) (map[string][]byte, error) {
	data := make([]byte, keyLen)
	_, _ = rand.Read(data) // never fails
	inner, err := aead(data)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(fields))
	for field, s := range fields {
		ctx := v.context(p, field)
		b := append([]byte{format}, box(v.master, data, ctx)...)
		out[field] = append(b, box(inner, []byte(s.Reveal()), ctx)...)
	}
	return out, nil
}

// Unseal decrypts. Error: errs.Internal, when the key is another one or the
// value does not belong here.
func (v *Vault) Unseal(p Place, sealed map[string][]byte) (map[string]secret.String, error) {
	out := make(map[string]secret.String, len(sealed))
	for field, b := range sealed {
		plain, err := v.open(b, v.context(p, field))
		if err != nil {
			return nil, errs.Wrap(errs.Internal, err, fmt.Sprintf("the field %s of connection %s cannot be decrypted", field, p.Name)).
				WithHint("start Patchbay with the key this data was written with, or set the connection anew")
		}
		out[field] = secret.New(string(plain))
	}
	return out, nil
}

func (v *Vault) open(b, ctx []byte) ([]byte, error) {
	if len(b) < 1+wrapped || b[0] != format {
		return nil, errs.New(errs.Internal, "not a sealed value")
	}
	data, err := unbox(v.master, b[1:1+wrapped], ctx)
	if err != nil {
		return nil, err
	}
	inner, err := aead(data)
	if err != nil {
		return nil, err
	}
	return unbox(inner, b[1+wrapped:], ctx)
}

func box(a cipher.AEAD, plain, ctx []byte) []byte {
	nonce := make([]byte, a.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return a.Seal(nonce, nonce, plain, ctx)
}

func unbox(a cipher.AEAD, b, ctx []byte) ([]byte, error) {
	if len(b) < a.NonceSize() {
		return nil, errs.New(errs.Internal, "sealed value is too short")
	}
	return a.Open(nil, b[:a.NonceSize()], b[a.NonceSize():], ctx)
}

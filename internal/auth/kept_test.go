package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

var shape = regexp.MustCompile(`^pb_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$`)

// The store has the SHA-256 of a token and nothing of the token itself.
func TestOnlyHashesAreStored(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		token, value := b.create(0)
		link := b.link()
		session, err := b.Exchange(t.Context(), b.link())
		if err != nil {
			t.Fatal(err)
		}
		kept, err := b.store.Token(t.Context(), token.ID)
		if err != nil || kept.Hash != sha256.Sum256([]byte(value)) || kept != token {
			t.Errorf("%+v, %v", kept, err)
		}
		for _, v := range []string{value, link, session.Reveal(), b.Local().Reveal()} {
			if !shape.MatchString(v) {
				t.Errorf("a token has another form: %q", v)
				continue
			}
			raw, err := base64.RawURLEncoding.DecodeString(v[16:])
			if err != nil || len(raw) != 32 {
				t.Fatal(err)
			}
			for _, part := range [][]byte{[]byte(v[16:]), raw, []byte(hex.EncodeToString(raw))} {
				if path := b.holding(part); path != "" {
					t.Errorf("a token is in %s", path)
				}
			}
		}
		if b.dir != "" && b.holding([]byte(token.ID)) == "" {
			t.Error("the files were not searched")
		}
	})
}

// What has expired goes when the next one is made, and nothing else does.
func TestExpiredTokensGo(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		b.create(0)
		b.create(time.Hour)
		b.create(3 * time.Hour)
		b.link()
		b.now = b.now.Add(2 * time.Hour)
		b.create(0)
		all, err := b.store.Tokens(t.Context())
		if err != nil || len(all) != 3 {
			t.Errorf("%d are left: %+v, %v", len(all), all, err)
		}
	})
}

// holding finds the file of the database that has these bytes; "" for none.
func (b *bench) holding(part []byte) (found string) {
	b.t.Helper()
	if b.dir == "" {
		return ""
	}
	if err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, part) {
			found = filepath.Base(path)
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return found
}

package demo

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/config"
)

// TestTheMainJob runs the whole product: webhooks in, a CRM, models, a chat, and
// a ledger outside that judges. Secrets must be nowhere in what is kept.
func TestTheMainJob(t *testing.T) {
	t.Parallel()
	c, err := config.Default(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.Data = "127.0.0.1:0", filepath.Join(t.TempDir(), "data")
	var out bytes.Buffer
	d, err := Start(t.Context(), c, app.Options{
		Log: slog.New(slog.NewTextHandler(&out, nil)), Now: time.Now, Env: func(string) (string, bool) { return "", false }, Version: "test",
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	good, err := d.Show(t.Context())
	if err != nil || !good {
		t.Fatal(err, out.String())
	}
	for _, e := range d.services.Ledger().Entries() {
		out.WriteString(e.Path)
	}
	d.Stop()
	secrets := []string{d.keys.crm, d.keys.openai, d.keys.anthropic, d.keys.slack, d.keys.webhook}
	if err := filepath.WalkDir(c.Data, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) || bytes.Contains(out.Bytes(), []byte(s)) {
				t.Errorf("a secret stands in %s or in the output", path)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

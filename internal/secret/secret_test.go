package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNoWayOfPrintingShowsTheValue(t *testing.T) {
	t.Parallel()
	const v = "hunter2-hunter2"
	s := New(v)
	type holder struct{ S String }
	var out bytes.Buffer
	for _, f := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, f+f+"\n", s, holder{s})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s, "h", holder{s})
	b, err := json.Marshal(map[string]any{"s": s, "p": &s, "h": holder{s}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	hex := fmt.Sprintf("%x", v)
	if text := out.String(); strings.Contains(text, v) || strings.Contains(text, hex) {
		t.Fatalf("the value leaked:\n%s", text)
	}
	if s.Reveal() != v {
		t.Fatal("Reveal lost the value")
	}
}

package flow

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// catalog knows two operations and one webhook scheme.
type catalog struct{}

func (catalog) Operations() []string { return []string{"crm.customers.get", httpOperation} }

func (catalog) Operation(name string) (Operation, bool) {
	switch name {
	case httpOperation:
		return Operation{Check: func(map[string]any) []Argument { return nil }}, true
	case "crm.customers.get":
		return Operation{Connection: "crm", Check: func(with map[string]any) []Argument {
			if _, ok := with["id"]; !ok {
				return []Argument{{Path: "", Message: "id is missing"}}
			}
			if _, ok := with["id"].(bool); ok {
				return []Argument{{Path: "/id", Message: "id must be text"}}
			}
			return nil
		}}, true
	}
	return Operation{}, false
}

func (catalog) CheckAuth(a Auth) error {
	if a.Scheme != "hmac" {
		return errs.Newf(errs.Invalid, "there is no webhook scheme %q", a.Scheme)
	}
	return nil
}

// Each file holds a flow and the problems it has.
func TestProblems(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, ps := Parse(a.Files[0].Data, "flow.yaml", catalog{})
		got := ps.Error()
		if got != "" {
			got += "\n"
		}
		if *update {
			a.Files = append(a.Files[:1], txtar.File{Name: "problems", Data: []byte(got)})
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if d := cmp.Diff(string(a.Files[1].Data), got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", file, d)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"PT5S": "5s", "PT1H30M": "1h30m0s", "P2D": "48h0m0s", "P1DT1S": "24h0m1s", "PT0.5S": "500ms",
		"P": "", "PT": "", "5s": "", "P1Y": "", "-PT1S": "", "P99999999D": "",
	} {
		d, err := Duration(in)
		if (err != nil) != (want == "") || err == nil && d.String() != want {
			t.Errorf("%s = %v, %v", in, d, err)
		}
	}
	if d, err := Duration(map[string]any{"minutes": 1, "milliseconds": 250.0}); err != nil || d.String() != "1m0.25s" {
		t.Errorf("object: %v, %v", d, err)
	}
	for _, bad := range []any{map[string]any{"weeks": 1}, map[string]any{"seconds": -1}, map[string]any{"seconds": "5"}, 5, nil} {
		if _, err := Duration(bad); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if a, err := txtar.ParseFile(file); err == nil {
			f.Add(a.Files[0].Data)
		}
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("{do: [{x: {set: ${ {a: .b} }}}]}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fl, ps := Parse(b, "f", catalog{})
		if (fl == nil) != ps.Fatal() {
			t.Fatal("a flow is nil exactly when a problem is fatal")
		}
		for _, p := range ps {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.Contains(p.Message, "\n") {
				t.Fatalf("%#v", p)
			}
		}
	})
}

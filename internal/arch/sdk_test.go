package arch

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What authors of connectors import must be theirs to name.
func TestSDKNamesNothingInternal(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	from := importer.ForCompiler(fset, "source", nil)
	for _, dir := range []string{"connector", "connector/connectortest"} {
		var files []*ast.File
		paths, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		conf := types.Config{Importer: from, IgnoreFuncBodies: true}
		pkg, err := conf.Check(module+"/"+dir, fset, files, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if o := pkg.Scope().Lookup(name); o.Exported() {
				for _, said := range says(o) {
					if strings.Contains(said, module+"/internal/") {
						t.Errorf("%s.%s says %s", dir, name, said)
					}
				}
			}
		}
	}
}

// says gives the declarations that can be seen of an object.
func says(o types.Object) []string {
	out := []string{types.ObjectString(o, nil)}
	named, ok := o.Type().(*types.Named)
	if !ok {
		return out
	}
	out = out[:0]
	if s, ok := named.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() {
				out = append(out, f.String())
			}
		}
	} else {
		out = append(out, named.Underlying().String())
	}
	for m := range named.Methods() {
		if m.Exported() {
			out = append(out, m.String())
		}
	}
	return out
}

const acme = `package acme_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/connector/connectortest"
)

type in struct {
	ID string ` + "`json:\"id\" min:\"1\" doc:\"Id of the part\"`" + `
}

type part struct {
	ID    string ` + "`json:\"id\"`" + `
	Stock int    ` + "`json:\"stock\"`" + `
}

func get(ctx context.Context, call *connector.Call, in in) (part, error) {
	var p part
	err := call.Connection.JSON(ctx, connector.Request{Method: http.MethodGet, Path: "/parts/" + url.PathEscape(in.ID)}, &p)
	return p, err
}

func Connector() connector.Connector {
	return connector.Connector{
		Name: "acme", Title: "Acme", Doc: "A store of parts.",
		Kind: &connector.Kind{
			Name: "acme", Title: "Acme",
			Fields: []connector.Field{
				{Name: "base_url", Doc: "Address", Required: true},
				{Name: "key", Doc: "API key", Secret: true, Required: true},
			},
			Auth: connector.Auth{Bearer: "key"},
		},
		Operations: []connector.Operation{connector.NewOperation(connector.Spec{
			Name: "acme.parts.get", Title: "Get a part", Summary: "Reads one part.", Effect: connector.Idempotent, Risk: connector.Read,
			Examples: []connector.Example{{Title: "A part", Input: []byte(` + "`{\"id\":\"p-1\"}`" + `)}},
		}, get)},
	}
}

func TestConnector(t *testing.T) {
	connectortest.Run(t, Connector(), connectortest.Options{Calls: map[string]connectortest.Call{
		"acme.parts.get": {Answers: []string{` + "`{\"id\":\"p-1\",\"stock\":3}`" + `}},
	}})
}
`

// A connector of another module is built and tested with nothing but the SDK.
func TestSDKFromAnotherModule(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+module, "module example.com/acme", 1) +
		"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n"
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sum), "acme_test.go": acme} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

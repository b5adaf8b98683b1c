package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite testdata/openapi.json")

func description(t *testing.T) []byte {
	t.Helper()
	w := setup(t).do(request(http.MethodGet, "/api/v1/openapi.json", ""))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, w.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n')
}

// The description is a contract: a change shows in review.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	got := description(t)
	file := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("the API has changed; if it was meant, run `make generate` and review (-file +now):\n%s", diff)
	}
}

// document is what the checks below need of OpenAPI 3.1.
type document struct {
	OpenAPI    string
	Info       struct{ Title, Version string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]any `json:"securitySchemes"`
	}
	Security []map[string][]string
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Tags        []string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   any
	}
	RequestBody *struct{ Content map[string]media } `json:"requestBody"`
	Responses   map[string]struct {
		Description string
		Content     map[string]media
	}
}

type media struct{ Schema map[string]any }

var inBraces = regexp.MustCompile(`\{([^}]*)\}`)

// What a reader of OpenAPI 3.1 relies on: ids are unique, parameters are those of
// the path, schemas are JSON Schema 2020-12 and all they refer to is there, and
// every error is a problem.
func TestOpenAPIIsSound(t *testing.T) {
	t.Parallel()
	text := description(t)
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") || doc.Info.Title != "Patchbay" || doc.Info.Version != "test" || len(doc.Paths) < 15 {
		t.Errorf("%s %+v, %d paths", doc.OpenAPI, doc.Info, len(doc.Paths))
	}
	if diff := cmp.Diff([]map[string][]string{{"token": {}}}, doc.Security); diff != "" || doc.Components.SecuritySchemes["token"] == nil {
		t.Error("not every operation asks for a token:", diff)
	}
	c := jsonschema.NewCompiler()
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = c.AddResource("openapi.json", whole)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name := range doc.Components.Schemas {
		if _, err := c.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
		if !bytes.Contains(text, []byte(`"#/components/schemas/`+name+`"`)) {
			t.Errorf("nothing refers to the schema %s", name)
		}
	}
	ids := map[string]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			at := method + " " + path
			if before, twice := ids[op.OperationID]; twice || op.OperationID == "" {
				t.Errorf("%s and %s are both called %q", at, before, op.OperationID)
			}
			ids[op.OperationID] = at
			op.check(t, c, at, path, method)
		}
	}
}

func (op operation) check(t *testing.T, c *jsonschema.Compiler, at, path, method string) {
	t.Helper()
	if op.Security != nil || op.Summary == "" || len(op.Tags) != 1 {
		t.Errorf("%s: %+v", at, op)
	}
	in := map[string]string{}
	for _, p := range op.Parameters {
		in[p.Name] = p.In
		if p.Schema == nil || p.In == "path" && !p.Required {
			t.Errorf("%s: parameter %+v", at, p)
		}
	}
	for _, m := range inBraces.FindAllStringSubmatch(path, -1) {
		if in[m[1]] != "path" {
			t.Errorf("%s: the parameter %s is not described", at, m[1])
		}
		delete(in, m[1])
	}
	for name, where := range in {
		if where == "path" {
			t.Errorf("%s: the path has no {%s}", at, name)
		}
	}
	problems := op.Responses["default"].Content["application/problem+json"].Schema
	if len(op.Responses) != 2 || problems["$ref"] != "#/components/schemas/Problem" {
		t.Errorf("%s: responses %+v", at, op.Responses)
	}
	pointer := "openapi.json#/paths/" + strings.NewReplacer("/", "~1", "{", "%7B", "}", "%7D").Replace(path) + "/" + method
	compile := func(below string) {
		if _, err := c.Compile(pointer + below + "/content/application~1json/schema"); err != nil {
			t.Error(at, err)
		}
	}
	compile(fmt.Sprint("/responses/", http.StatusOK))
	if op.RequestBody != nil {
		compile("/requestBody")
	}
}

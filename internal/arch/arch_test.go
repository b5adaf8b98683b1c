package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite deps.txt")

const (
	module = "github.com/patchbay-dev/patchbay"
	root   = "../.."

	fileCeiling     = 500
	functionCeiling = 100
)

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		from := rel(p.ImportPath)
		floor, ok := floorOf(from)
		if !ok {
			t.Errorf("%s has no floor: give it one in floors_test.go", from)
			continue
		}
		for _, to := range p.Imports {
			checkImport(t, from, floor, rel(to), false)
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			checkImport(t, from, floor, rel(to), true)
		}
	}
}

func checkImport(t *testing.T, from string, floor int, to string, test bool) {
	t.Helper()
	below, ok := floorOf(to)
	if !ok || to == from || test && suites[to] {
		return
	}
	if below >= floor {
		t.Errorf("%s (floor %d) imports %s (floor %d): a package imports strictly lower floors only", from, floor, to, below)
	}
}

// floorOf gives the floor of the nearest parent that has one; false for what is
// not ours.
func floorOf(path string) (int, bool) {
	for p := path; p != "." && p != "/"; p = filepath.Dir(p) {
		if f, ok := floors[p]; ok {
			return f, true
		}
	}
	return 0, false
}

func rel(path string) string { return strings.TrimPrefix(path, module+"/") }

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := command(t, "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func command(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	return cmd.Output()
}

// banned names say nothing about what a package is.
var banned = []string{"util", "utils", "common", "helpers", "helper", "models", "types", "misc", "shared", "pkg"}

func TestCeilings(t *testing.T) {
	t.Parallel()
	walk(t, func(path string, src []byte) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		if slices.Contains(banned, filepath.Base(filepath.Dir(path))) {
			t.Errorf("%s: a package is a noun of the domain or one technology", path)
		}
		if n := bytes.Count(src, []byte("\n")); n > fileCeiling {
			t.Errorf("%s has %d lines, more than %d", path, n, fileCeiling)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, src, parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		for _, d := range file.Decls {
			checkDecl(t, set, d)
		}
	})
}

func checkDecl(t *testing.T, set *token.FileSet, d ast.Decl) {
	t.Helper()
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return
	}
	first, last := set.Position(f.Pos()), set.Position(f.End())
	if n := last.Line - first.Line + 1; n > functionCeiling {
		t.Errorf("%s: %s has %d lines, more than %d", first, f.Name.Name, n, functionCeiling)
	}
	if f.Name.Name == "init" && f.Recv == nil {
		t.Errorf("%s: no init functions", first)
	}
}

func TestPackagesAreDescribed(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	walk(t, func(path string, src []byte) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return
		}
		dir := filepath.Dir(path)
		described[dir] = described[dir] || file.Doc != nil
	})
	for dir, ok := range described {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// TestLinked keeps deps.txt, the list of modules in the binary, in step.
func TestLinked(t *testing.T) {
	t.Parallel()
	out, err := command(t, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "./cmd/patchbay")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" || strings.HasPrefix(l, module) })
	slices.Sort(lines)
	want := strings.Join(slices.Compact(lines), "\n") + "\n"
	path := filepath.Join(root, "deps.txt")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != want {
		t.Errorf("deps.txt is stale (%v): run `make generate` and review the difference", err)
	}
}

func walk(t *testing.T, visit func(path string, src []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(path, src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

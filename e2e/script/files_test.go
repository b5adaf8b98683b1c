package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func fingerprint(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "fingerprint PATH")
	each(ts, args[0], func(path string, b []byte) {
		_, _ = fmt.Fprintf(ts.Stdout(), "%x %s\n", sha256.Sum256(b), path)
	})
}

func within(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "within FILE NAME REGEXP")
	m := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[0]))
	if len(m) != 2 || m[1] == "" {
		ts.Fatalf("%s has no %s:\n%s", args[0], args[2], ts.ReadFile(args[0]))
	}
	set(ts, args[1], m[1])
}

func absent(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "absent TEXT PATH...")
	for _, path := range args[1:] {
		if found := search(ts, args[0], path); found != "" {
			ts.Fatalf("%s", found)
		}
	}
}

func hide(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "hide NAME...")
	of(ts).hidden = args
}

func clean(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 0 && of(ts).hidden != nil, "clean PATH..., after hide")
	var found string
	for _, path := range args {
		for _, name := range of(ts).hidden {
			if f := search(ts, ts.Getenv(name), path); f != "" {
				found = name + ": " + f
			}
		}
	}
	if (found != "") != neg {
		ts.Fatalf("secrets in %v: %q", args, found)
	}
}

// search tells where at or below a path a text stands, in any form.
func search(ts *testscript.TestScript, text, path string) (found string) {
	usage(ts, len(text) > 7, "a text that is not found by chance")
	each(ts, path, func(path string, b []byte) {
		for _, form := range forms(text) {
			if i := bytes.Index(b, []byte(form)); i >= 0 {
				found = fmt.Sprintf("%s has %q", path, b[max(0, i-60):min(len(b), i+len(form)+20)])
			}
		}
	})
	return found
}

// forms are the ways in which a secret could have been written down.
func forms(s string) []string {
	quoted, _ := json.Marshal(s)
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	unescaped := strings.Trim(strings.TrimSpace(plain.String()), `"`)
	return []string{
		s, unescaped, strings.ReplaceAll(unescaped, "/", `\/`),
		strings.NewReplacer(`"`, `\u0022`, "&", `\u0026`, "+", `\u002B`, "<", `\u003C`, ">", `\u003E`).Replace(s),
		strings.Trim(string(quoted), `"`), fmt.Sprintf("%q", s), url.QueryEscape(s), url.PathEscape(s),
		base64.RawStdEncoding.EncodeToString([]byte(s[:len(s)/3*3])), base64.RawURLEncoding.EncodeToString([]byte(s[:len(s)/3*3])),
		hex.EncodeToString([]byte(s)),
	}
}

// each visits every file at or below a path, "stdout" and "stderr" included; that
// there is none is a mistake of the script.
func each(ts *testscript.TestScript, path string, visit func(path string, b []byte)) {
	if path == "stdout" || path == "stderr" {
		visit(path, []byte(ts.ReadFile(path)))
		return
	}
	n := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(path), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		n++
		visit(strings.TrimPrefix(name, ts.MkAbs(".")+"/"), b)
		return err
	}))
	if n == 0 {
		ts.Fatalf("there is no file at %s", path)
	}
}

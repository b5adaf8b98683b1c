package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/testscript"
)

func holds(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && (len(args) == 1 || len(args) == 2), "json EXPR [FILE]")
	file := "stdout"
	if len(args) == 2 {
		file = args[1]
	}
	text := ts.ReadFile(file)
	v, err := query(ts, args[0], text)
	ts.Check(err)
	if v != true {
		ts.Fatalf("%s gives %v, not true, for:\n%s", args[0], v, text)
	}
}

func let(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "let NAME EXPR")
	v, err := query(ts, args[1], ts.ReadFile("stdout"))
	ts.Check(err)
	text, ok := v.(string)
	if !ok || text == "" {
		ts.Fatalf("%s gives %v, which is no text", args[1], v)
	}
	set(ts, args[0], text)
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "until EXPR PROGRAM [ARG]...")
	await(ts, args[0], func() bool {
		ts.Check(ts.Exec(args[1], args[2:]...))
		v, err := query(ts, args[0], ts.ReadFile("stdout"))
		ts.Check(err)
		return v == true
	})
}

// set gives a name to a text, for scripts and for expressions.
func set(ts *testscript.TestScript, name, value string) {
	ts.Setenv(name, value)
	if s := of(ts); !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
}

// query gives the one result of an expression for the one document that text is.
func query(ts *testscript.TestScript, expr, text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("this is no JSON: %w\n%s", err, text)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more than one JSON document:\n%s", text)
	}
	q, err := gojq.Parse(expr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	code, err := gojq.Compile(q, gojq.WithEnvironLoader(func() []string {
		var env []string
		for _, name := range of(ts).names {
			env = append(env, name+"="+ts.Getenv(name))
		}
		return env
	}))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	iter := code.Run(doc)
	v, _ := iter.Next()
	if err, failed := v.(error); failed {
		return nil, fmt.Errorf("%s: %w, for:\n%s", expr, err, bytes.TrimSpace([]byte(text)))
	}
	if second, more := iter.Next(); more {
		return nil, fmt.Errorf("%s gives more than one result: %v, %v", expr, v, second)
	}
	return v, nil
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mutant is Patchbay with one fault that a kill must bring to light. A trial
// that acquits a mutant judges nothing.
type mutant struct {
	fault string
	file  string
	old   string // stands in the file once
	new   string
}

func mutants() []mutant {
	return []mutant{
		{
			fault: "a webhook is acknowledged before its event is durable",
			file:  "internal/engine/accept.go",
			old:   "	if err := e.Commit.Commit(ctx, tx); err != nil {",
			new:   "	go func() { _ = e.Commit.Commit(context.WithoutCancel(ctx), tx) }()\n	if err := error(nil); err != nil {",
		},
		{
			fault: "at-most-once calls are not journalled before they begin",
			file:  "internal/engine/instance.go",
			old:   "		if c.Kind != run.RunTask || !e.atMostOnce(c) {",
			new:   "		if c.Kind != run.RunTask || e.atMostOnce(c) || true {",
		},
		{
			fault: "a call whose outcome is unknown is made again",
			file:  "internal/run/apply.go",
			old:   "		if f.started {",
			new:   "		if f.started && f.id == 0 {",
		},
		{
			fault: "a call that is made again has another idempotency key",
			file:  "internal/engine/call.go",
			old:   "IdempotencyKey: c.Key,",
			new:   "IdempotencyKey: c.Key + e.Now().String(),",
		},
	}
}

// hunt tries every mutant and reports whether all were convicted.
func hunt(ctx context.Context, o options) (bool, error) {
	dir, err := os.MkdirTemp("", "patchbay-mutants-")
	if err != nil {
		return false, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	found := 0
	for _, m := range mutants() {
		fmt.Printf("mutant: %s\n", m.fault)
		o.bin = filepath.Join(dir, "patchbay")
		if err := m.build(ctx, dir, o.bin); err != nil {
			return false, err
		}
		good, err := trial(ctx, o)
		if err != nil {
			return false, err
		}
		if good {
			fmt.Printf("NOT FOUND: %s\n", m.fault)
		} else {
			found++
		}
	}
	fmt.Printf("%d of %d mutants convicted\n", found, len(mutants()))
	return found == len(mutants()), nil
}

// build builds the mutant from the working directory, which is the module's, with
// the changed file laid over the real one.
func (m mutant) build(ctx context.Context, dir, bin string) error {
	text, err := os.ReadFile(m.file)
	if err != nil {
		return fmt.Errorf("run this at the root of the module: %w", err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return fmt.Errorf("%s has %d places like %q; mend the mutant", m.file, n, m.old)
	}
	changed, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600); err != nil {
		return fmt.Errorf("write the mutant: %w", err)
	}
	real, err := filepath.Abs(m.file)
	if err != nil {
		return fmt.Errorf("find %s: %w", m.file, err)
	}
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{real: changed}})
	if err != nil {
		return fmt.Errorf("encode the overlay: %w", err)
	}
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", bin, "./cmd/patchbay").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the mutant %q: %w\n%s", m.fault, err, out)
	}
	return nil
}

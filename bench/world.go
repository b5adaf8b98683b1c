package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	patchbay "github.com/patchbay-dev/patchbay/client"
)

// world is the stand-ins and a Patchbay with its data.
type world struct {
	o        options
	dir      string
	outside  *process
	patchbay *process
	client   *patchbay.Client
	ready    time.Duration // what the last start took
}

func newWorld(ctx context.Context, o options) (*world, error) {
	w := &world{o: o, dir: o.data}
	if w.dir == "" {
		var err error
		if w.dir, err = os.MkdirTemp("", "patchbay-bench-"); err != nil {
			return nil, fmt.Errorf("make a folder: %w", err)
		}
	}
	var err error
	if w.outside, err = spawnSelf(ctx, "-role", "outside"); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// start starts Patchbay, with the connections and the flow of the main job.
func (w *world) start(ctx context.Context) (err error) {
	w.patchbay, w.ready, err = startPatchbay(ctx, w.o, w.data(), w.outside.addr)
	if err != nil {
		return err
	}
	w.client, err = setUp(ctx, w.data(), "http://"+w.outside.addr)
	return err
}

func (w *world) data() string { return filepath.Join(w.dir, "data") }

func (w *world) deploy(ctx context.Context, file, text string) error {
	_, err := w.client.Deploy(ctx, file, text, "")
	return err
}

func (w *world) close() {
	for _, p := range []*process{w.patchbay, w.outside} {
		if p != nil {
			p.stop()
		}
	}
	if w.o.data == "" {
		_ = os.RemoveAll(w.dir)
	}
}

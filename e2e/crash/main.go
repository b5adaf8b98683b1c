// Command crash kills a real Patchbay with SIGKILL at random moments under load,
// starts it again, and lets an outside ledger judge: what got a 2xx must have
// run, once, and no finished step may have been repeated.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/patchbay-dev/patchbay/internal/standin"
)

type options struct {
	bin     string
	kills   int
	senders int
	seed    uint64
	keep    bool
	longest time.Duration
	mutants bool
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/patchbay", "the binary to kill")
	flag.IntVar(&o.kills, "kills", 200, "how often")
	flag.IntVar(&o.senders, "senders", 8, "senders of webhooks at one time")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the moments")
	flag.BoolVar(&o.keep, "keep", false, "keep the data folder")
	flag.DurationVar(&o.longest, "longest", 200*time.Millisecond, "longest life after a start")
	flag.BoolVar(&o.mutants, "mutants", false, "instead, build faulty Patchbays and see each convicted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	judged := trial
	if o.mutants {
		judged = hunt
	}
	good, err := judged(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(2)
	}
	if !good {
		os.Exit(1)
	}
}

func trial(ctx context.Context, o options) (bool, error) {
	dir, err := os.MkdirTemp("", "patchbay-crash-")
	if err != nil {
		return false, fmt.Errorf("make a folder: %w", err)
	}
	if !o.keep {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	services := standin.New(standin.Options{Dedupe: true, Latency: time.Millisecond})
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	outside := &http.Server{Handler: services, ReadHeaderTimeout: time.Minute}
	go func() { _ = outside.Serve(l) }()
	defer func() { _ = outside.Close() }()

	v := &victim{bin: o.bin, data: filepath.Join(dir, "data"), outside: l.Addr().String()}
	if err := v.start(ctx); err != nil {
		return false, err
	}
	defer v.kill()
	if err := v.setUp(ctx); err != nil {
		return false, err
	}
	fmt.Printf("seed %d, %d kills, %d senders, data in %s\n", o.seed, o.kills, o.senders, dir)
	load := newLoad(v, o.senders)
	rnd := rand.New(rand.NewPCG(o.seed, 1))
	began := time.Now()
	for i := range o.kills {
		pause := 5*time.Millisecond + time.Duration(rnd.Int64N(int64(o.longest)))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, ctx.Err()
		}
		v.kill()
		if err := v.start(ctx); err != nil {
			return false, fmt.Errorf("after kill %d (seed %d): %w", i+1, o.seed, err)
		}
		if (i+1)%20 == 0 {
			fmt.Printf("  %d kills, %d webhooks acknowledged\n", i+1, load.count())
		}
	}
	load.stop()
	if err := v.settle(ctx); err != nil {
		return false, err
	}
	v.kill()
	fmt.Printf("%d kills in %s\n", o.kills, time.Since(began).Round(time.Second))
	return judge(ctx, v.data, load.acknowledged(), services.Ledger().Entries())
}

// Command bench compares Patchbay, every step durable, with the same flow
// written in plain Go that stores nothing. Both are processes of their own that
// receive signed webhooks and call stand-ins in a third; they take turns within
// one run, so that a noisy machine is noisy to both.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"time"
)

type options struct {
	bin     string
	role    string
	outside string
	rounds  int
	runs    int
	senders int
	data    string
	keep    bool
	sleep   int
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/patchbay", "the Patchbay to measure")
	flag.StringVar(&o.role, "role", "", "outside or plain: what this process plays; empty to measure")
	flag.StringVar(&o.outside, "outside", "", "address of the stand-ins, for -role plain")
	flag.IntVar(&o.rounds, "rounds", 9, "rounds of each")
	flag.IntVar(&o.runs, "runs", 4000, "runs a round")
	flag.IntVar(&o.senders, "senders", 64, "senders at one time")
	flag.StringVar(&o.data, "dir", "", "folder for data; a temporary one by default")
	flag.BoolVar(&o.keep, "pprof", false, "let Patchbay serve profiles on 127.0.0.1:6060")
	flag.IntVar(&o.sleep, "sleepers", 0, "instead, let that many runs sleep over a kill -9")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case o.role == "outside":
		err = serveOutside(ctx)
	case o.role == "plain":
		err = servePlain(ctx, o.outside)
	case o.sleep > 0:
		err = sleepers(ctx, o, o.sleep)
	default:
		err = measure(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// contender is one of the two that are compared.
type contender struct {
	name  string
	run   *process
	rates []float64
	cpu   time.Duration // over all rounds
}

func (c *contender) round(ctx context.Context, s *sender, runs int) (float64, error) {
	before := c.run.cpu()
	rate, err := s.round(ctx, "http://"+c.run.addr, runs)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	c.cpu += c.run.cpu() - before
	return rate, nil
}

func measure(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	plain, err := spawnSelf(ctx, "-role", "plain", "-outside", w.outside.addr)
	if err != nil {
		return err
	}
	defer plain.stop()
	if err := w.start(ctx); err != nil {
		return err
	}
	info, err := os.Stat(o.bin)
	if err != nil {
		return fmt.Errorf("the binary: %w", err)
	}
	fmt.Printf("binary of %.1f MB, ready after %s, %d MB idle\n", float64(info.Size())/1e6, w.ready.Round(time.Millisecond), w.patchbay.megabytes())

	both := []*contender{{name: "plain Go", run: plain}, {name: "Patchbay", run: w.patchbay}}
	send := newSender(o.senders, "http://"+w.outside.addr)
	for round := range o.rounds + 1 {
		for _, c := range both {
			rate, err := c.round(ctx, send, o.runs)
			if err != nil {
				return err
			}
			if round == 0 { // warm-up
				c.cpu = 0
				continue
			}
			c.rates = append(c.rates, rate)
			fmt.Printf("  round %d  %-9s %6.0f runs/s\n", round, c.name, rate)
		}
	}
	report(both, o.rounds*o.runs)
	return acknowledge(ctx, "http://"+w.patchbay.addr)
}

func report(both []*contender, runs int) {
	for _, c := range both {
		fmt.Printf("%-9s %6.0f runs/s, %s of processor a run, %d MB\n", c.name, median(c.rates), (c.cpu / time.Duration(runs)).Round(time.Microsecond), c.run.megabytes())
	}
	fmt.Printf("ratio of the medians, Patchbay (every step durable) to plain Go (nothing stored): %.2f\n", median(both[1].rates)/median(both[0].rates))
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// client is a transport for many requests to few hosts.
func client(conns int) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: conns, IdleConnTimeout: time.Minute}}
}

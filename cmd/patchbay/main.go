// Command patchbay is the whole program: server, demo and command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/patchbay-dev/patchbay/internal/cli"
)

// version is set by the build.
var version = "dev" //nolint:gochecknoglobals // written by the linker

// gcPercent lets the heap grow to five times what is live before it is collected,
// unless GOGC says otherwise. Little is live, since runs are short and sleeping
// ones are not in memory, while each call leaves garbage: a tenth of the processor
// time goes for some 40 MB.
const gcPercent = 400

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, version, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv})
	stop()
	os.Exit(code)
}

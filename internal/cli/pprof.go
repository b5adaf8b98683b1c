package cli

import (
	"context"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// profile serves profiles on a loopback address, when the operator says so.
func profile(ctx context.Context, addr string) error {
	if addr == "" {
		return nil
	}
	if ap, err := netip.ParseAddrPort(addr); err != nil || !ap.Addr().IsLoopback() {
		return errs.Newf(errs.Invalid, "--pprof: %q is no loopback address such as 127.0.0.1:6060", addr)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot listen on "+addr)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	go func() { _ = (&http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}).Serve(l) }()
	return nil
}

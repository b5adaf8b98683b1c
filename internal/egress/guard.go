package egress

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Allowance opens addresses that are refused by default: private, loopback,
// link-local and other special ones.
type Allowance struct {
	Prefix netip.Prefix
	Port   uint16 // 0 for all
}

// ParseAllowance reads "10.0.0.0/8", "127.0.0.1", "127.0.0.1:9000",
// "10.0.0.0/8:443", "[::1]:80" or "fd00::/8". Error: errs.Invalid.
func ParseAllowance(s string) (Allowance, error) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return Allowance{host(ap.Addr()), ap.Port()}, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return Allowance{host(a), 0}, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return Allowance{p.Masked(), 0}, nil
	}
	if i := strings.LastIndexByte(s, ':'); i > 0 {
		p, err := netip.ParsePrefix(s[:i])
		port, perr := strconv.ParseUint(s[i+1:], 10, 16)
		if err == nil && perr == nil {
			return Allowance{p.Masked(), uint16(port)}, nil
		}
	}
	return Allowance{}, errs.Newf(errs.Invalid, "%q is no address range", s).WithHint("write 10.0.0.0/8, 127.0.0.1:9000 or 10.0.0.0/8:443")
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()) }

// metadata are the addresses at which clouds hand out credentials. Only an
// allowance for exactly that address opens one.
var metadata = []netip.Addr{ //nolint:gochecknoglobals // constant
	netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("168.63.129.16"),
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("192.0.0.192"),
}

// guard decides where a socket may go.
type guard struct {
	allow []Allowance
	rest  *ssrf.Guardian
}

func newGuard(allow []Allowance) *guard {
	azure := netip.PrefixFrom(netip.MustParseAddr("168.63.129.16"), 32)
	return &guard{allow, ssrf.New(ssrf.WithAnyPort(), ssrf.WithNetworks("tcp4", "tcp6"), ssrf.WithDeniedV4Prefixes(azure))}
}

// control is called by the dialer with the resolved address, before it connects.
func (g *guard) control(network, address string, c syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err == nil && g.allowed(netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())) {
		return nil
	}
	if err := g.rest.Safe(network, address, c); err != nil {
		return &RefusedError{Address: address}
	}
	return nil
}

func (g *guard) allowed(ap netip.AddrPort) bool {
	exact := slices.Contains(metadata, ap.Addr())
	return slices.ContainsFunc(g.allow, func(a Allowance) bool {
		return a.Prefix.Contains(ap.Addr()) && (a.Port == 0 || a.Port == ap.Port()) && (!exact || a.Prefix.IsSingleIP())
	})
}

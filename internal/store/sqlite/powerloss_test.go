package sqlite

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/store/powerloss"
)

var seeds = flag.Uint64("powerloss.seeds", 200, "how many random scripts lose power")

// short is a script that meets every kind of commit and checkpoint.
var short = []step{
	burst(1), burst(2), stale, checkpoint(sqlite3.CHECKPOINT_PASSIVE), burst(3), checkpoint(sqlite3.CHECKPOINT_RESTART), burst(1), burst(2),
}

// Power is lost in every single operation of the short script, from the making
// of the database to its closing, in every mode.
func TestPowerLossEverywhere(t *testing.T) {
	t.Parallel()
	dry := newRig(t, 1)
	if err := dry.session(short); err != nil {
		t.Fatal(err)
	}
	ops := dry.disk.Ops()
	for _, mode := range powerloss.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= ops; n += stride {
				if err := crashOnce(t, n, mode); err != nil {
					t.Errorf("crash in operation %d: %v", n, err)
				}
			}
			t.Logf("%d crashes", (ops+stride-1)/stride)
		})
	}
}

func crashOnce(t *testing.T, n int, mode powerloss.Mode) error {
	t.Helper()
	r := newRig(t, 1)
	defer r.disk.Eject()
	r.disk.CrashAfter(n, mode)
	err := r.session(short)
	if !r.disk.Crashed() {
		return fmt.Errorf("the script does not repeat, or failed: %w", err)
	}
	if err != nil {
		return err
	}
	return r.check()
}

// crashes is how often one random disk loses power.
const crashes = 4

// ordeal runs a random script over several crashes, some of them during recovery.
func (r *rig) ordeal() (crashed int, err error) {
	defer r.disk.Eject()
	for range crashes {
		modes, after := powerloss.Modes, 1+r.rng.IntN(120)
		if r.rng.IntN(4) == 0 {
			after = 1 + r.rng.IntN(8)
		}
		r.disk.CrashAfter(after, modes[r.rng.IntN(len(modes))])
		if err := r.session(r.script()); err != nil {
			return crashed, err
		}
		if r.disk.Crashed() {
			crashed++
		}
		if err := r.check(); err != nil {
			return crashed, err
		}
	}
	return crashed, nil
}

func (r *rig) script() []step {
	var out []step
	for range 4 + r.rng.IntN(12) {
		switch r.rng.IntN(8) {
		case 0:
			out = append(out, checkpoint(sqlite3.CHECKPOINT_PASSIVE))
		case 1:
			out = append(out, checkpoint(sqlite3.CHECKPOINT_RESTART))
		default:
			out = append(out, burst(1+r.rng.IntN(5)))
		}
	}
	return out
}

func TestPowerLossAtRandom(t *testing.T) {
	t.Parallel()
	total := 0
	for seed := uint64(0); seed < *seeds; seed += stride {
		n, err := newRig(t, seed).ordeal()
		total += n
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	t.Logf("%d crashes on %d disks", total, (*seeds+stride-1)/stride)
}

// A test of the tests: what breaks the promise is found.
func TestPowerLossIsNoticed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mutate func(*rig)
		want   string
	}{
		"no sync at commit":        {func(r *rig) { r.synchronous = "NORMAL" }, "is lost"},
		"acknowledged too early":   {func(r *rig) { r.early = true }, "is lost"},
		"a disk that lies":         {func(r *rig) { r.lie = true }, "is lost"},
		"transactions taken apart": {func(r *rig) { r.apart = true }, "in part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(100) {
				r := newRig(t, seed)
				c.mutate(r)
				if _, err := r.ordeal(); err != nil && strings.Contains(err.Error(), c.want) {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Error("it was not noticed")
		})
	}
}

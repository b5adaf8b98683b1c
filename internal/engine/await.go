package engine

import (
	"context"
	"time"

	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

const (
	firstLook = 2 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

func awaitRun(ctx context.Context, s store.Runs, ns string, r id.Run) (store.Run, error) {
	for wait := firstLook; ; wait = min(2*wait, lastLook) {
		row, err := s.Run(ctx, ns, r)
		if err != nil || !row.Status.Live() {
			return row, err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return row, ctx.Err()
		}
	}
}

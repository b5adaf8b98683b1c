package sqlite

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// BenchmarkCommit measures durable records a second with group commit.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", n), func(b *testing.B) {
			s := openDir(b, b.TempDir())
			session, err := s.Open(b.Context(), "n")
			if err != nil {
				b.Fatal(err)
			}
			c := store.NewCommitter(s, session)
			defer c.Stop()
			data := bytes.Repeat([]byte("x"), 1024)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range n {
				wg.Go(func() {
					for seq := uint32(0); left.Add(-1) >= 0; seq++ {
						if err := c.Commit(b.Context(), store.Tx{Run: id.Run(w + 1), Records: []store.Record{{Seq: seq, Kind: "done", Data: data}}}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

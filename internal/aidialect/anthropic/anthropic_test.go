package anthropic

import (
	"flag"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/ai/aitest"
)

var update = flag.Bool("update", false, "rewrite what is sent and what is made of answers")

func TestGolden(t *testing.T) {
	t.Parallel()
	aitest.Golden(t, Dialect{}, *update)
}

// FuzzAnswer holds that no answer of a server breaks the dialect.
func FuzzAnswer(f *testing.F) {
	aitest.Fuzz(f, Dialect{})
}

package memory_test

import (
	"testing"

	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Factory { return storetest.Factory{Store: memory.New()} })
}

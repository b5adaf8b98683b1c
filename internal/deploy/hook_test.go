package deploy_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func TestHooksFollowThePublishedRevision(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		for _, step := range []struct{ text, live string }{
			{text("a", "x", github("/a/1"), "method: PUT, "+github("/a/2")), "POST /a/1 a@1\nPUT /a/2 a@1"},
			{text("b", "x", github("/b")), "POST /a/1 a@1\nPOST /b b@1\nPUT /a/2 a@1"},
			{text("a", "x", github("/a/3")), "POST /a/3 a@2\nPOST /b b@1"},
			{text("a", "x"), "POST /b b@1"},
		} {
			b.deploy(step.text)
			for range 2 { // now, and after a restart
				if diff := cmp.Diff(step.live, b.live()); diff != "" {
					t.Errorf("hooks (-want +live):\n%s", diff)
				}
				b = setup(t, b.store)
			}
		}
	})
}

func TestTwoFlowsWantOnePath(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		b.deploy(text("a", "x", github("/shared")))
		err := b.refused(text("b", "x", github("/own"), github("/shared")))
		if msg, hint := errs.Message(err); errs.CodeOf(err) != errs.Conflict || !strings.Contains(msg, "/shared belongs to flow a") || hint == "" {
			t.Error(err)
		}
		b.deploy(text("a", "y", github("/shared"))) // its own path is no conflict
		b.deploy(text("a", "y", github("/elsewhere")))
		b.deploy(text("b", "x", github("/shared")))
		if diff := cmp.Diff("POST /elsewhere a@3\nPOST /shared b@1", b.live()); diff != "" {
			t.Error("hooks (-want +live):\n" + diff)
		}
	})
}

// Of many deployments at once that want one path exactly one gets it.
func TestManyWantOnePathAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		var wg sync.WaitGroup
		results := make([]error, 16)
		for i := range results {
			wg.Go(func() {
				_, _, results[i] = b.Deploy(t.Context(), ns, "flow.yaml", text(fmt.Sprint("flow-", i), "x", github("/shared")), "")
			})
		}
		wg.Wait()
		got := 0
		for _, err := range results {
			if err == nil {
				got++
			} else if errs.CodeOf(err) != errs.Conflict {
				t.Error(err)
			}
		}
		published, err := b.store.Published(t.Context())
		if err != nil || got != 1 || len(published) != 1 || !strings.HasPrefix(b.live(), "POST /shared "+published[0].Flow) {
			t.Errorf("%d deployed, %d published, live %s, %v", got, len(published), b.live(), err)
		}
	})
}

// What two processes published side by side is not served twice.
func TestOnePathIsServedOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		for _, name := range []string{"a", "b"} {
			if _, err := b.store.Publish(t.Context(), store.Revision{Namespace: ns, Flow: name, Text: text(name, "x", github("/shared")), Hash: name, Created: began}); err != nil {
				t.Fatal(err)
			}
		}
		b = setup(t, b.store)
		if diff := cmp.Diff("POST /shared a@1", b.live()); diff != "" {
			t.Error("hooks (-want +live):\n" + diff)
		}
		if !strings.Contains(b.logged(), "path=/shared flow=b other=a") {
			t.Error(b.logged())
		}
	})
}

// Without a signature the path ends in a token that nobody can guess, and that
// senders can rely on.
func TestOpenHooks(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		b.deploy(text("a", "x", "path: /open"))
		b.deploy(text("b", "x", "path: /open"))
		first := b.live()
		lines := strings.Split(first, "\n")
		tokens := map[string]bool{}
		for _, line := range lines {
			token, ok := strings.CutPrefix(strings.Fields(line)[1], "/open/")
			if !ok || len(token) < 22 {
				t.Errorf("%s has no token", line)
			}
			tokens[token] = true
		}
		if len(lines) != 2 || len(tokens) != 2 {
			t.Errorf("two flows share a token:\n%s", first)
		}
		if _, found := b.hooks.Find("/open"); found {
			t.Error("it is served without the token")
		}
		b.deploy(text("a", "y", "path: /open"))
		b = setup(t, b.store)
		if diff := cmp.Diff(strings.Replace(first, "a@1", "a@2", 1), b.live()); diff != "" {
			t.Error("the tokens have changed (-before +after):\n" + diff)
		}
	})
}

package deploy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Revisions are numbered from 1 and never change; a text that is published
// already makes none.
func TestRevisions(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		one, two := text("hello", "one"), text("hello", "two", github("/hello"))
		for i, step := range []struct {
			text   string
			number int
			fresh  bool
		}{{one, 1, true}, {one, 1, false}, {two, 2, true}, {two, 2, false}, {one, 3, true}} {
			rev, fresh := b.deploy(step.text)
			if rev.Number != step.number || fresh != step.fresh || rev.Text != step.text || rev.Note != "a note" || !rev.Created.Equal(began) {
				t.Errorf("step %d: revision %d, fresh %v, %+v", i, rev.Number, fresh, rev)
			}
		}
		for range 2 { // now, and after a restart
			for number, want := range map[int]string{1: one, 2: two, 3: one} {
				rev, err := b.store.Revision(t.Context(), ns, "hello", number)
				if err != nil || rev.Text != want {
					t.Errorf("revision %d has changed: %v\n%s", number, err, rev.Text)
				}
				f, err := b.Flow(t.Context(), ns, "hello", number)
				if err != nil || f.Text != want || f.Hash != rev.Hash || (len(f.Triggers) == 1) != (number == 2) {
					t.Errorf("revision %d is read as %+v, %v", number, f, err)
				}
			}
			if f, number, err := b.Published(t.Context(), ns, "hello"); err != nil || number != 3 || f.Text != one {
				t.Error(number, err)
			}
			b = setup(t, b.store)
		}
	})
}

func TestWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		draft := store.Flow{Namespace: ns, Name: "draft", Draft: text("draft", "x"), Updated: began}
		if err := b.store.SaveDraft(t.Context(), draft, ""); err != nil {
			t.Fatal(err)
		}
		b.deploy(text("hello", "one"))
		for name, number := range map[string]int{"draft": 1, "unheard": 1, "hello": 2} {
			if _, err := b.Flow(t.Context(), ns, name, number); errs.CodeOf(err) != errs.NotFound {
				t.Errorf("%s@%d: %v", name, number, err)
			}
		}
		for name, want := range map[string]string{"draft": "flow draft is not published", "unheard": `there is no flow "unheard"`} {
			_, _, err := b.Published(t.Context(), ns, name)
			if msg, _ := errs.Message(err); errs.CodeOf(err) != errs.NotFound || msg != want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := b.Published(t.Context(), "other", "hello"); errs.CodeOf(err) != errs.NotFound {
			t.Error("another namespace reached it:", err)
		}
	})
}

// A file with problems changes nothing, and all of them are told at once.
func TestAnInvalidFlowIsNotDeployed(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		good := text("hello", "one", github("/hello"))
		bad := strings.Replace(good, "/hello", "hello", 1)
		bad = strings.Replace(bad, "do:", "colour: red\ndo:\n  - call: { cal: http }", 1) + "  - late: { set: '${ $nope }' }\n"
		for range 2 { // the flow is new, then there is a good revision
			got := problems(t, b.refused(bad))
			want := []string{`flow.yaml:3:28: wrong-value: "hello"`, `flow.yaml:4:1: unknown-key: `, `flow.yaml:6:11: missing-key: `, `flow.yaml:8:18: expression: unknown variable $nope`}
			if len(got) != len(want) {
				t.Fatalf("%d problems:\n%s", len(got), strings.Join(got, "\n"))
			}
			for i := range want {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("%s\nis not %s…", got[i], want[i])
				}
			}
			b.deploy(good)
		}
		if diff := cmp.Diff("POST /hello hello@1", b.live()); diff != "" {
			t.Error(diff)
		}
	})
}

// A stored revision that can no longer be read is reported; the others serve.
func TestABrokenRevisionStopsNobody(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		b.deploy(text("a", "x", github("/a")))
		b.deploy(text("c", "x", github("/c")))
		retired := text("d", "x", "path: /d, auth: { retired: { secret: gh } }")
		for name, broken := range map[string]string{"b": "do: [ { x: { unheard: of } } ]", "d": retired} {
			if _, err := b.store.Publish(t.Context(), store.Revision{Namespace: ns, Flow: name, Text: broken, Hash: "h", Created: began}); err != nil {
				t.Fatal(err)
			}
		}
		b = setup(t, b.store)
		if diff := cmp.Diff("POST /a a@1\nPOST /c c@1", b.live()); diff != "" {
			t.Error("hooks (-want +live):\n" + diff)
		}
		for _, part := range []string{"level=ERROR", "flow=b revision=1", "flow=d revision=1", "its hooks are off"} {
			if !strings.Contains(b.logged(), part) {
				t.Errorf("the log has no %q:\n%s", part, b.logged())
			}
		}
		_, _, err := b.Published(t.Context(), ns, "b")
		if msg, _ := errs.Message(err); errs.CodeOf(err) != errs.Invalid || !strings.Contains(msg, "can no longer be read") || !strings.Contains(msg, "b@1:1:") {
			t.Error(err)
		}
		b.deploy(text("b", "mended", github("/b")))
		if diff := cmp.Diff("POST /a a@1\nPOST /b b@2\nPOST /c c@1", b.live()); diff != "" {
			t.Error("hooks (-want +live):\n" + diff)
		}
	})
}

package deploy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

func TestVars(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		is := func(want string) {
			t.Helper()
			got, err := b.Vars(t.Context(), ns)
			if err != nil || string(got) != want {
				t.Errorf("%s, %v; want %s", got, err, want)
			}
		}
		set := func(name, value string) error { return b.SetVar(t.Context(), ns, name, json.RawMessage(value)) }
		is(`{}`)
		for name, value := range map[string]string{"b": `{"c":[1]}`, "_a1": `"x"`, strings.Repeat("z", 63): "null"} {
			if err := set(name, value); err != nil {
				t.Error(name, err)
			}
		}
		is(`{"_a1":"x","b":{"c":[1]},"` + strings.Repeat("z", 63) + `":null}`)
		if err := set("b", "12345678901234567890"); err != nil {
			t.Fatal(err)
		}
		want := `{"_a1":"x","b":12345678901234567890,"` + strings.Repeat("z", 63) + `":null}`
		is(want)
		for name, value := range map[string]string{"": "1", "1a": "1", "a-b": "1", "ä": "1", strings.Repeat("z", 64): "1", "a": "", "c": "{", "d": "1 2"} {
			err := set(name, value)
			if _, hint := errs.Message(err); errs.CodeOf(err) != errs.Invalid || hint == "" {
				t.Errorf("%q = %q: %v", name, value, err)
			}
		}
		is(want)
		b = setup(t, b.store)
		is(want)
	})
}

package signature

import (
	"strings"
	"testing"
)

func TestDocument(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + `"x"` + strings.Repeat(`}`, n) }
	for _, c := range []struct {
		body, path, want string
		ok               bool
	}{
		{`{"id":"a"}`, "id", "a", true},
		{`{"id":"a","id":"b"}`, "id", "b", true},
		{`{"d":{"id":"a"},"d":{"id":"b"}}`, "d.id", "b", true},
		{`{"d":[1,{"id":2}]}`, "d.1.id", "2", true},
		{`[{"id":"a"}]`, "0.id", "a", true},
		{`{"id":1e400}`, "id", "1e400", true},
		{`{"id":"\u00e9\"\\"}`, "id", `é"\`, true},
		{`{"id":"{[[["}`, "id", "{[[[", true},
		{`{"id":true}`, "id", "", false},
		{`{"id":null}`, "id", "", false},
		{`{"id":[]}`, "id", "", false},
		{`{"ID":"a"}`, "id", "", false},
		{`{"d":[1]}`, "d.1", "", false},
		{`{"d":[1]}`, "d.-1", "", false},
		{`{"d":"x"}`, "d.id", "", false},
		{`{"id":"a"} x`, "id", "", false},
		{"\ufeff" + `{"id":"a"}`, "id", "", false},
		{`{"id":"a"`, "id", "", false},
		{`{"id":NaN}`, "id", "", false},
		{`null`, "id", "", false},
		{`"id"`, "id", "", false},
		{``, "id", "", false},
		{`{"id":"a","d":` + deep(maxDepth-1) + `}`, "id", "a", true},
		{`{"id":"a","d":` + deep(maxDepth) + `}`, "id", "", false},
		{`{"id":"a","d":` + strings.Repeat("[", 1<<20), "id", "", false},
	} {
		d := document{body: []byte(c.body)}
		for range 2 { // the second time from what was kept
			if got, ok := d.text(strings.Split(c.path, ".")); got != c.want || ok != c.ok {
				t.Errorf("%.60s, %s: %q, %v", c.body, c.path, got, ok)
			}
		}
	}
}

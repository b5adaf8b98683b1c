package run

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEventsAreWrittenAsTheirTagsSay sets every field, so that a new one that
// Encode forgets is found.
func TestEventsAreWrittenAsTheirTagsSay(t *testing.T) {
	t.Parallel()
	full := Event{Output: json.RawMessage(`{"x":[1]}`), Usage: json.RawMessage(`{"input_tokens":3}`), Failure: UnknownOutcome(), Accept: &Acceptance{Kernel: 1}}
	fill(reflect.ValueOf(&full).Elem())
	fill(reflect.ValueOf(full.Accept).Elem())
	for _, e := range []Event{full, {At: 3}, {Accept: &Acceptance{}}} {
		tags, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got, want map[string]any
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if err := json.Unmarshal(tags, &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("a \"text\" \u2028 <" + v.Type().Field(i).Name)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(i) + 7)
		case reflect.Uint32:
			f.SetUint(uint64(i) + 7)
		case reflect.Slice:
			if f.Type() == reflect.TypeFor[json.RawMessage]() {
				f.SetBytes(fmt.Appendf(nil, `{"x":[%d]}`, i))
			}
		}
	}
}

func TestSetOutputTakesJSONOnly(t *testing.T) {
	t.Parallel()
	for raw, good := range map[string]bool{`{"a":1}`: true, ``: true, `null`: true, `{`: false, `[redacted:x]`: false, `1 2`: false} {
		var e Event
		if err := e.SetOutput(json.RawMessage(raw)); (err == nil) != good || good && string(e.Output) != raw {
			t.Errorf("%s: %v, %s", raw, err, e.Output)
		}
	}
}

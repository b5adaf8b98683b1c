package egress

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExchangesAreWrittenAsTheirTagsSay sets every field, so that a new one that
// append forgets is found.
func TestExchangesAreWrittenAsTheirTagsSay(t *testing.T) {
	t.Parallel()
	full := Exchange{Request: encodeHeader(http.Header{"B": {"1", "\"2\""}, "A": {""}}), Response: encodeHeader(http.Header{"C": {"<\xff"}})}
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("a \"text\" \u2028 <" + v.Type().Field(i).Name)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(i) + 7)
		case reflect.Bool:
			f.SetBool(true)
		}
	}
	for _, x := range []Exchange{full, {Method: "GET"}} {
		var got, want map[string]any
		tags, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(x.append(nil), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(tags, &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestHeadersOfCredentialsAreTakenOut(t *testing.T) {
	t.Parallel()
	h := http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "Set-Cookie": {"a=b", "c=d"}, "Proxy-Authorization": {"Basic x"}, "X": {"y"}}
	const want = `{"Authorization":["[redacted]"],"Cookie":["[redacted]"],"Proxy-Authorization":["[redacted]"],"Set-Cookie":["[redacted]","[redacted]"],"X":["y"]}`
	if got := string(encodeHeader(h)); got != want {
		t.Error(got)
	}
	if got := encodeHeader(nil); got != nil {
		t.Errorf("%s", got)
	}
}

package secret

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRedactedJSONStaysJSON(t *testing.T) {
	t.Parallel()
	r := &Redactor{}
	r.Add(NewMask(map[string]String{"pin": New("12345678"), "odd": New(`","x":["`)}))
	for in, want := range map[string]string{
		`{"a":"pin 12345678"}`:            `{"a":"pin [redacted:pin]"}`,
		`{"a":12345678,"b":[1]}`:          `{"a":"[redacted:pin]","b":[1]}`,
		`[99123456789.5, {"12345678":1}]`: `["99[redacted:pin]9.5",{"[redacted:pin]":1}]`,
		`{"a":"b","x":["12345678"]}`:      `{"a":"b","x":["[redacted:pin]"]}`,
		`{"clean": true}`:                 `{"clean": true}`,
		`{"a":12345678`:                   `"{\"a\":[redacted:pin]"`,
		``:                                ``,
	} {
		got := string(r.JSON([]byte(in)))
		if got != want || got != "" && !json.Valid([]byte(got)) {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func FuzzRedactedJSON(f *testing.F) {
	f.Add(`{"a":[12345678,"12345678"]}`, "12345678")
	f.Add(`{"a":{"b":null}}`, `a":{"b"`)
	f.Fuzz(func(t *testing.T, doc, secret string) {
		if !json.Valid([]byte(doc)) || strings.Contains("[redacted:key]", secret) {
			return
		}
		r := &Redactor{}
		r.Add(NewMask(map[string]String{"key": New(secret)}))
		if out := r.JSON([]byte(doc)); !json.Valid(out) {
			t.Fatalf("%s without %q is %s", doc, secret, out)
		}
	})
}

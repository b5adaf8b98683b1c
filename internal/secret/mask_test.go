package secret

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNoFormOfASecretPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringN(MinMasked, 40, 60).Filter(func(s string) bool { return len(s) >= MinMasked }).Draw(t, "secret")
		before, after := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "before"), rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "after")
		r := &Redactor{}
		r.Add(NewMask(map[string]String{"key": New(v)}))
		quoted, _ := json.Marshal(v)
		all := append(append(append([]byte{}, before...), v...), after...)
		for form, text := range map[string]string{
			"raw": v, "json": string(quoted), "query": url.QueryEscape(v), "path": url.PathEscape(v), "hex": fmt.Sprintf("%x", v), "HEX": fmt.Sprintf("%X", v),
			"base64": base64.StdEncoding.EncodeToString(all), "base64url": base64.RawURLEncoding.EncodeToString(all),
		} {
			got := r.String("<" + text + ">")
			if !strings.Contains(got, "[redacted:key]") {
				t.Fatalf("%s: %q was left as it is", form, got)
			}
		}
	})
}

func TestTheSieveLetsNoSecretPass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secrets := map[string]String{}
		for _, v := range rapid.SliceOfN(rapid.StringN(MinMasked, 24, 40), 1, 3).Draw(t, "secrets") {
			secrets[v] = New(v)
		}
		m := NewMask(secrets)
		if len(m.variants) == 0 {
			return
		}
		v := rapid.SampledFrom(m.variants).Draw(t, "variant").text
		text := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "before")
		text = append(append(text, v...), rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "after")...)
		if m.sieve.passes(text) {
			t.Fatalf("%q in %q passed", v, text)
		}
	})
}

func TestTheSieveLetsOrdinaryTextPass(t *testing.T) {
	t.Parallel()
	m := NewMask(map[string]String{"key": New("sk-live-0123456789")})
	if text := strings.Repeat(`{"id":"c-1","name":"Ada Lovelace","plan":"enterprise"}`, 3); !m.sieve.passes([]byte(text)) {
		t.Error("it is looked through again")
	}
}

func TestNoEscapeOfAnotherLanguagePasses(t *testing.T) {
	t.Parallel()
	r := &Redactor{}
	r.Add(NewMask(map[string]String{"key": New(`k"<3>&a+b/c\d`)}))
	for language, text := range map[string]string{
		"Go in a text": `k\\\"<3>&a+b/c\\\\d`, "Go": `k\"\u003c3\u003e\u0026a+b/c\\d`, "JavaScript": `k\"<3>&a+b/c\\d`, "PHP": `k\"<3>&a+b\/c\\d`, ".NET": `k\u0022\u003C3\u003E\u0026a\u002Bb/c\\d`,
	} {
		if got := r.String(`{"key":"` + text + `"}`); got != `{"key":"[redacted:key]"}` {
			t.Errorf("%s: %s", language, got)
		}
	}
}

func TestCutHidesASecretAtTheEnd(t *testing.T) {
	t.Parallel()
	r := &Redactor{}
	r.Add(NewMask(map[string]String{"key": New("sk-live-0123456789")}))
	for n := 4; n <= len("sk-live-0123456789"); n++ {
		text := "Authorization: " + "sk-live-0123456789"[:n]
		if got := string(r.Cut([]byte(text))); got != "Authorization: [redacted:key]" {
			t.Errorf("%d bytes: %q", n, got)
		}
	}
}

func TestNothingToHide(t *testing.T) {
	t.Parallel()
	r := &Redactor{}
	r.Add(NewMask(map[string]String{"short": New("abc")}))
	if got := r.String("abc"); got != "abc" {
		t.Error(got)
	}
}

func BenchmarkMask(b *testing.B) {
	r := &Redactor{}
	r.Add(NewMask(map[string]String{"key": New("sk-live-0123456789")}))
	text := []byte(strings.Repeat(`{"sentiment":"negative"}`, 20))
	b.ReportAllocs()
	for b.Loop() {
		r.Bytes(text)
	}
}

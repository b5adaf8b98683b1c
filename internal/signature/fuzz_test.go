package signature

import (
	"crypto/hmac"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// FuzzVerify sends arbitrary requests to every scheme. None is signed with the key,
// so none may pass; one that was signed with another key must not either.
func FuzzVerify(f *testing.F) {
	all := setup(f)
	names := slices.Sorted(maps.Keys(all))
	f.Add(0, "sha256=00", "1795514400", "id-1", []byte(`{"id":1}`))
	f.Add(5, "t=1795514400,v1=00,v1=11", "1795514400", "a.b", []byte(`{"webhookTimestamp":1795514400000}`))
	f.Add(6, "v1,AAAA v1a,BBBB", "2026-11-24T10:00:00Z", "", []byte(`[[[[`))
	f.Fuzz(func(t *testing.T, which int, sig, ts, id string, body []byte) {
		s := all[names[uint(which)%uint(len(names))]]
		r := Request{Method: "POST", URL: "https://h.example.com/", Header: http.Header{"X-Kind": {"k"}}, Query: url.Values{"tenant": {sig}}, Body: body}
		r.Header[s.sig.from.name] = []string{sig}
		if s.clock != nil && s.clock.from.kind == inHeader {
			r.Header[s.clock.from.name] = []string{ts}
		}
		for _, src := range s.ids {
			if src.kind == inHeader {
				r.Header[src.name] = []string{id}
			}
		}
		key := s.testKey(1)
		if got, err := s.Verify(r, []secret.String{key}, now); err == nil && !s.known(t, sig, key) {
			t.Fatalf("accepted %+v", got)
		}
		h, err := s.Sign(r, s.testKey(2), id, now)
		if err != nil {
			return
		}
		maps.Copy(r.Header, h)
		if _, err := s.Verify(r, []secret.String{key}, now); reason(err) != SignatureMismatch {
			t.Fatalf("signed with another key: %v", err)
		}
	})
}

// known reports whether a token scheme was handed its very token.
func (s *Scheme) known(t *testing.T, sig string, key secret.String) bool {
	t.Helper()
	text, ok := s.extract(sig)
	return s.hash == nil && ok && hmac.Equal([]byte(text), []byte(key.Reveal()))
}

// FuzzLoad loads arbitrary files. What loads must sign and verify without panics,
// and accept no other key.
func FuzzLoad(f *testing.F) {
	files, err := providers.ReadDir("providers")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := providers.ReadFile("providers/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(sig("match: 'v1=([0-9a-f]{64})|v2=x', send: 'v1={sig}'")))
	f.Add([]byte(minimal + "content: '{{{id}|{header:X-Kind}{query:tenant}{method}{url}{body}'\nid: ['header:X-Id', 'body:id']"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Load("fuzzed", text)
		if err != nil {
			return
		}
		r := request(bodyAt(now))
		h, err := s.Sign(r, s.testKey(1), "id", now)
		if err != nil {
			return
		}
		maps.Copy(r.Header, h)
		_, _ = s.Verify(r, []secret.String{s.testKey(1)}, now)
		if got, err := s.Verify(r, []secret.String{s.testKey(2)}, now); err == nil {
			t.Fatalf("accepted another key: %+v", got)
		}
	})
}

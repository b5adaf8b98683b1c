package signature

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// place is a part of a request that a scheme protects.
type place struct {
	name string
	flip func(r *Request, at int, mask byte)
	size int
}

func (s *Scheme) places(r Request) []place {
	header := func(label, name string) place {
		return place{label, func(r *Request, at int, mask byte) {
			b := []byte(r.Header.Get(name))
			b[at] ^= mask
			r.Header[name] = []string{string(b)}
		}, len(r.Header.Get(name))}
	}
	out := []place{header("signature", s.sig.from.name)}
	if s.hash != nil {
		out = append(out, place{"body", func(r *Request, at int, mask byte) {
			r.Body = slices.Clone(r.Body)
			r.Body[at] ^= mask
		}, len(r.Body)})
	}
	if s.clock != nil && s.clock.from.kind == inHeader {
		out = append(out, header("timestamp", s.clock.from.name))
	}
	if s.content.count(theID) > 0 {
		out = append(out, header("id", s.ids[0].name))
	}
	return out
}

func TestEveryFlippedByteFails(t *testing.T) {
	t.Parallel()
	for name, s := range setup(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				key, other := s.testKey(1), s.testKey(2)
				body := bodyAt(now)
				if s.clock == nil || s.clock.from.kind != inBody {
					body = rapid.OneOf(rapid.Just(body), rapid.StringN(1, -1, 300)).Draw(rt, "body")
				}
				id := rapid.StringMatching(`[A-Za-z0-9_-]{1,40}`).Draw(rt, "id")
				r := signed(t, s, key, body, id, now)
				got, err := s.Verify(r, []secret.String{other, key}, now)
				if err != nil || got.Key != 1 {
					rt.Fatalf("signed, but %+v, %v", got, err)
				}
				if len(s.ids) > 0 && s.ids[0].kind == inHeader && got.ID != id {
					rt.Fatalf("id %q, want %q", got.ID, id)
				}
				if s.clock != nil && !got.Timestamp.Equal(now) {
					rt.Fatalf("timestamp %s", got.Timestamp)
				}
				if _, err := s.Verify(r, []secret.String{other}, now); reason(err) != SignatureMismatch {
					rt.Fatalf("another key: %v", err)
				}
				p := rapid.SampledFrom(s.places(r)).Draw(rt, "place")
				r.Header = r.Header.Clone()
				p.flip(&r, rapid.IntRange(0, p.size-1).Draw(rt, "at"), rapid.ByteRange(1, 255).Draw(rt, "mask"))
				if _, err := s.Verify(r, []secret.String{key}, now); reason(err) == "" {
					rt.Fatalf("a flipped byte of the %s was accepted", p.name)
				}
			})
		})
	}
}

func TestEveryBitOfASignature(t *testing.T) {
	t.Parallel()
	for name, s := range setup(t) {
		r := signed(t, s, s.testKey(1), bodyAt(now), "id-1", now)
		p := s.places(r)[0]
		for at := range p.size {
			for bit := range 8 {
				c := r
				c.Header = r.Header.Clone()
				p.flip(&c, at, 1<<bit)
				if _, err := s.Verify(c, []secret.String{s.testKey(1)}, now); reason(err) == "" {
					t.Errorf("%s: bit %d of byte %d was ignored", name, bit, at)
				}
			}
		}
	}
}

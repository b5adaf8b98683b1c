package secret

import "encoding/binary"

// sieve tells most texts without secrets apart in one quick pass. It knows the
// 4-byte pieces near the beginning of every variant, so many of them that one
// lies wholly on every step-th byte of a text, wherever a variant begins.
type sieve struct {
	step int
	seen *[1 << (sieveBits - 6)]uint64 // a bit for the hash of each piece
}

const (
	piece     = 4  // bytes
	sieveBits = 16 // of a hash
)

// newSieve makes a sieve of variants, longest first.
func newSieve(variants []variant) sieve {
	if len(variants) == 0 {
		return sieve{step: 1, seen: new([1 << (sieveBits - 6)]uint64)}
	}
	shortest := variants[len(variants)-1].text
	s := sieve{step: len(shortest) - piece + 1, seen: new([1 << (sieveBits - 6)]uint64)}
	for _, v := range variants {
		for i := range s.step {
			h := hash(v.text[i:])
			s.seen[h>>6] |= 1 << (h & 63)
		}
	}
	return s
}

// passes reports that b certainly holds no variant; false means perhaps.
func (s *sieve) passes(b []byte) bool {
	for i := 0; i+piece <= len(b); i += s.step {
		h := hash(b[i:])
		if s.seen[h>>6]&(1<<(h&63)) != 0 {
			return false
		}
	}
	return true
}

// hash is Fibonacci hashing of the first piece.
func hash(b []byte) uint32 {
	return binary.LittleEndian.Uint32(b) * 0x9E3779B1 >> (32 - sieveBits)
}

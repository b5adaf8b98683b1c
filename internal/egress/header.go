package egress

import (
	"maps"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// encodeHeader gives headers as a JSON object. Those that carry an author's own
// credentials or somebody's session are taken out whatever they hold.
func encodeHeader(h http.Header) []byte {
	if len(h) == 0 {
		return nil
	}
	b := make([]byte, 0, headerRoom*len(h))
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(h)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(quote(b, name), ':', '[')
		for j, value := range h[name] {
			if j > 0 {
				b = append(b, ',')
			}
			switch name {
			case "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie":
				value = "[redacted]"
			}
			b = quote(b, value)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// headerRoom is about the length of one header.
const headerRoom = 48

// quote appends a JSON string; what is no UTF-8 becomes the replacement character.
func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // its error tells of bad UTF-8 only
	return b
}

package egress

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

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

// append writes the exchange as its struct tags say; reflection would cost more
// than the rest of a recording does.
func (x *Exchange) append(b []byte) []byte {
	b = quote(append(b, `{"method":`...), x.Method)
	b = text(b, "url", x.URL)
	b = text(b, "connection", x.Connection)
	b = integer(b, "start_ms", x.Start)
	b = integer(b, "took_us", x.Took)
	if x.Status != 0 {
		b = integer(b, "status", int64(x.Status))
	}
	b = text(b, "error", x.Error)
	b = integer(b, "sent_bytes", x.Sent)
	b = integer(b, "received_bytes", x.Received)
	if len(x.Request) > 0 {
		b = append(name(b, "request_headers"), x.Request...)
	}
	if len(x.Response) > 0 {
		b = append(name(b, "response_headers"), x.Response...)
	}
	b = text(b, "request_body", x.RequestBody)
	b = text(b, "response_body", x.ResponseBody)
	if x.Base64 {
		b = append(name(b, "base64"), "true"...)
	}
	return append(b, '}')
}

// room is about the length of what append writes.
func (x *Exchange) room() int {
	const names, escapes = 256, 8
	n := len(x.URL) + len(x.Error) + len(x.Request) + len(x.Response) + len(x.RequestBody) + len(x.ResponseBody)
	return names + n + n/escapes
}

func name(b []byte, s string) []byte {
	b = append(b, ',', '"')
	b = append(b, s...)
	return append(b, '"', ':')
}

func text(b []byte, member, s string) []byte {
	if s == "" {
		return b
	}
	return quote(name(b, member), s)
}

func integer(b []byte, member string, n int64) []byte {
	return strconv.AppendInt(name(b, member), n, 10)
}

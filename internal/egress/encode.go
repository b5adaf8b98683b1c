package egress

import (
	"net/http"
	"slices"

	"github.com/patchbay-dev/patchbay/internal/jsonobject"
)

// encodeHeader gives headers as a JSON object. Those that carry an author's own
// credentials or somebody's session are taken out whatever they hold.
func encodeHeader(h http.Header) []byte {
	if len(h) == 0 {
		return nil
	}
	b := make([]byte, 0, headerRoom*len(h))
	b = append(b, '{')
	names := make([]string, 0, 32)
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsonobject.Quote(b, name), ':', '[')
		for j, value := range h[name] {
			if j > 0 {
				b = append(b, ',')
			}
			switch name {
			case "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie":
				value = "[redacted]"
			}
			b = jsonobject.Quote(b, value)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// headerRoom is about the length of one header.
const headerRoom = 48

// append writes the exchange as its tags say.
func (x *Exchange) append(b []byte) []byte {
	w := jsonobject.Begin(b)
	w.Text("connection", x.Connection)
	w.Text("method", x.Method)
	w.Text("url", x.URL)
	w.Int("start_ms", x.Start)
	w.Int("took_us", x.Took)
	w.Some("status", int64(x.Status))
	w.Text("error", x.Error)
	w.Int("sent_bytes", x.Sent)
	w.Int("received_bytes", x.Received)
	w.Raw("request_headers", x.Request)
	w.Raw("response_headers", x.Response)
	w.Text("request_body", x.RequestBody)
	w.Text("response_body", x.ResponseBody)
	w.True("base64", x.Base64)
	return w.End()
}

// room is about the length of what append writes.
func (x *Exchange) room() int {
	const names, escapes = 256, 8
	n := len(x.URL) + len(x.Error) + len(x.Request) + len(x.Response) + len(x.RequestBody) + len(x.ResponseBody)
	return names + n + n/escapes
}

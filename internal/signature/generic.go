package signature

import (
	"regexp"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// The headers of a source that configures nothing.
const (
	DefaultHeader   = "X-Patchbay-Signature"
	DefaultPrefix   = "sha256="
	DefaultIDHeader = "X-Patchbay-Event-Id"
)

// genericHMAC makes a scheme from configuration; without any it is that of our own
// tools.
func genericHMAC(o *options) (*Scheme, error) {
	if len(o.values) == 0 {
		o = &options{values: map[string]any{"header": DefaultHeader, "prefix": DefaultPrefix, "id": "header:" + DefaultIDHeader}}
	}
	sp := spec{Signature: signatureSpec{From: "header:" + o.required("header")}}
	sp.prefix(o.text("prefix", ""))
	sp.Signature.Encoding = o.choice("encoding", "hex", "hex", "base64")
	sp.Scheme = "hmac-" + o.choice("algorithm", "sha256", "sha1", "sha256", "sha384", "sha512")
	sp.Content = o.text("content", "{body}")
	if ts := o.group("timestamp"); ts != nil {
		sp.Timestamp = &timestampSpec{
			From:   "header:" + ts.required("header"),
			Format: ts.choice("format", string(unix), string(unix), string(unixMS), string(rfc3339)),
		}
		d := duration(ts.tolerance("tolerance"))
		sp.Timestamp.Past, sp.Timestamp.Future = d, d
	}
	return sp.finish(hmacName, o)
}

// genericToken makes a scheme that compares a shared token in a header.
func genericToken(o *options) (*Scheme, error) {
	sp := spec{Scheme: "equal", Signature: signatureSpec{From: "header:" + o.required("header")}}
	sp.prefix(o.text("prefix", ""))
	return sp.finish(tokenName, o)
}

func (sp *spec) prefix(text string) {
	if text != "" {
		sp.Signature.Match = "^" + regexp.QuoteMeta(text) + "(.+)$"
		sp.Signature.Send = escape(text) + "{sig}"
	}
}

func (sp *spec) finish(name string, o *options) (*Scheme, error) {
	sp.ID, sp.EventType = o.sources("id"), o.sources("eventType")
	if err := o.err(name); err != nil {
		return nil, err
	}
	s, err := compile(*sp)
	if err != nil {
		return nil, errs.Newf(errs.Invalid, "signature scheme %q: %v", name, err)
	}
	return s, nil
}

package signature

import (
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

const minimal = `
scheme: hmac-sha256
signature: {from: "header:X-Sig", encoding: hex}
`

func TestLoadNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	timed := minimal + "timestamp: {from: 'header:X-Time'}\n"
	for text, want := range map[string]string{
		"":                                  "empty",
		minimal + "---\n{}":                 "more than one YAML document",
		minimal + "colour: red":             "unknown key colour",
		minimal + "secret: {stripe: x}":     "unknown key stripe",
		minimal + "scheme: equal":           "already defined",
		"scheme: [":                         "yaml",
		"scheme: md5":                       `unknown "md5"`,
		"# " + strings.Repeat("x", maxSpec): "over 65536 bytes",

		minimal + "secret: {decode: rot13}": `unknown "rot13"`,
		minimal + "secret: {min_len: 9999}": "min_len",

		"scheme: hmac-sha256":                                                              "signature: from",
		"scheme: hmac-sha256\nsignature: {from: 'header:X'}":                               "encoding",
		"scheme: hmac-sha256\nsignature: {from: 'body:x'}":                                 `unknown source "body:x"`,
		"scheme: hmac-sha256\nsignature: {from: 'header:X Y'}":                             "is no name",
		sig("split: '='"):                                                                  "split",
		sig("match: '^v1=([0-9a-f]+$'"):                                                    "match",
		sig("match: '^v1=[0-9a-f]+$', send: 'v1={sig}'"):                                   "0 groups",
		sig("match: '^(v1)=([0-9a-f]+)$', send: 'v1={sig}'"):                               "2 groups",
		sig("match: '(?=x)(y)'"):                                                           "match",
		sig("match: '^v1=([0-9a-f]+)$'"):                                                   "not what signature.match reads",
		sig("send: 'v1={sgi}'"):                                                            "unknown token {sgi}",
		sig("send: 'none'"):                                                                "{sig} must occur once",
		sig("send: 't={ts},{sig}'"):                                                        "{ts} needs a timestamp",
		sig("split: ',', send: 't={ts},{sig}'") + timedIn("sigfield:t"):                    "{body} must occur once",
		sig("split: ',', match: '^v1=(.+)$', send: 'v1={sig}'") + signedTime("sigfield:t"): "does not give sigfield:t",

		timed: "the timestamp is not signed",
		minimal + "timestamp: {from: 'header:X-Sig'}\ncontent: '{ts}{body}'":              "holds the signature",
		minimal + "timestamp: {from: 'query:t'}\ncontent: '{ts}{body}'":                   "unknown source",
		minimal + "timestamp: {from: 'header:X-T', format: iso}\ncontent: '{ts}{body}'":   `unknown "iso"`,
		minimal + "timestamp: {from: 'header:X-T', past: 0s}\ncontent: '{ts}{body}'":      `"0s" is not a tolerance`,
		minimal + "timestamp: {from: 'header:X-T', past: -5m}\ncontent: '{ts}{body}'":     `"-5m" is not a tolerance`,
		minimal + "timestamp: {from: 'header:X-T', future: 9000h}\ncontent: '{ts}{body}'": "is not a tolerance",

		minimal + "content: '{boddy}'":                                        "unknown token {boddy}",
		minimal + "content: '{cookie:x}{body}'":                               `unknown source "cookie:x"`,
		minimal + "content: '{body'":                                          "without }",
		minimal + "content: 'body}'":                                          "without {",
		minimal + "content: '{ts}'":                                           "{body} must occur once",
		minimal + "content: '{ts}{body}'":                                     "{ts} needs a timestamp",
		minimal + "content: '{id}{body}'":                                     "{id} needs an id",
		minimal + "content: '{header:x-sig}{body}'":                           "holds the signature itself",
		minimal + "content: '{secret}{body}'":                                 "unknown token {secret}",
		minimal + "content: '" + strings.Repeat("x", maxTemplate) + "{body}'": "over 1024 bytes",

		minimal + "id: ['cookie:x']":                                         `unknown source "cookie:x"`,
		minimal + "id: ['header:x-sig']":                                     "holds the signature",
		minimal + "id: ['body:a..b']":                                        "is no name",
		minimal + "id: ['body:value[*].x']":                                  "is no name",
		minimal + "id: ['body:" + strings.Repeat("a.", maxPathSteps) + "a']": "is no name",
		minimal + "event_type: ['X']":                                        "event_type",

		"scheme: equal\nsignature: {from: 'header:X', encoding: hex}":                 "compares the token as text",
		"scheme: equal\nsignature: {from: 'header:X'}\ncontent: '{body}'":             "signs nothing",
		"scheme: equal\nsignature: {from: 'header:X'}\ntimestamp: {from: 'header:T'}": "signs nothing",
		"scheme: equal\nsignature: {from: 'header:X'}\nsecret: {decode: base64}":      "compares the token as text",
	} {
		s, err := Load("mine", []byte(text))
		if err == nil || s != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"mine"`) || errs.CodeOf(err) != errs.Invalid {
			t.Errorf("%s\ngot %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "signature.spec") {
			t.Errorf("%v names a Go type", err)
		}
	}
}

func sig(more string) string {
	return "scheme: hmac-sha256\nsignature: {from: 'header:X-Sig', encoding: hex, " + more + "}\n"
}

func timedIn(from string) string { return "timestamp: {from: '" + from + "'}\ncontent: '{ts}'\n" }

func signedTime(from string) string {
	return "timestamp: {from: '" + from + "'}\ncontent: '{ts}{body}'\n"
}

func TestPatternsAreAnchored(t *testing.T) {
	t.Parallel()
	s, err := Load("mine", []byte(sig("match: 'v1=([0-9a-f]{64})|v2=x', send: 'v1={sig}'")))
	if err != nil {
		t.Fatal(err)
	}
	r := signed(t, s, s.testKey(1), "b", "", now)
	right := r.Header.Get("X-Sig")
	for value, want := range map[string]string{
		right: "", "x" + right: SignatureMalformed, right + "0": SignatureMalformed, right + "\n": SignatureMalformed, "v2=x": SignatureMalformed,
	} {
		r.Header.Set("X-Sig", value)
		if _, err := s.Verify(r, []secret.String{s.testKey(1)}, now); reason(err) != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestCheckSecret(t *testing.T) {
	t.Parallel()
	all := setup(t)
	hexed, err := Load("hexed", []byte(minimal+"secret: {decode: hex, min_len: 4}"))
	if err != nil {
		t.Fatal(err)
	}
	all["hexed"] = hexed
	for _, c := range []struct{ scheme, text, want string }{
		{"github", "It's a Secret to Everybody", ""},
		{"github", "", "empty"},
		{"github", strings.Repeat("a", MaxSecret), ""},
		{"github", strings.Repeat("a", MaxSecret+1), "more than 512 bytes"},
		{"standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""},
		{"standard-webhooks", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""},
		{"standard-webhooks", "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c", ""},
		{"standard-webhooks", "whsec_", "empty"},
		{"standard-webhooks", "whsec_MfKQ9r8G\nKYqrTwjUPD8ILPZIo2LaLaSw", "not valid base64"},
		{"standard-webhooks", "whsec_not base64!", "not valid base64"},
		{"standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La", "fewer than 24"},
		{"telegram", "A-Za_9", ""},
		{"telegram", "not allowed there", "never carries"},
		{"telegram", "line\nbreak", "cannot travel"},
		{"token bearer", " spaces ", "cannot travel"},
		{"hexed", "00ff00ff", ""},
		{"hexed", "00ff", "fewer than 4"},
		{"hexed", "xyzw", "not valid hex"},
	} {
		err := all[c.scheme].CheckSecret(secret.New(c.text))
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || errs.CodeOf(err) != errs.Invalid) {
			t.Errorf("%s, %.40q: %v, want %q", c.scheme, c.text, err, c.want)
		}
		if _, signErr := all[c.scheme].Sign(request(bodyAt(now)), secret.New(c.text), "id", now); (signErr == nil) != (err == nil) {
			t.Errorf("%s, %.40q: CheckSecret says %v, Sign %v", c.scheme, c.text, err, signErr)
		}
	}
}

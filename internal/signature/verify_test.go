package signature

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

// later stamps and signs a request at another time than now.
func later(d time.Duration) func(testing.TB, *Scheme) Request {
	return func(t testing.TB, s *Scheme) Request {
		return signed(t, s, s.testKey(1), bodyAt(now.Add(d)), "id-1", now.Add(d))
	}
}

// restamp signs as standard-webhooks over a timestamp text of our choice, as only
// the key's holder can.
func restamp(text string) func(testing.TB, *Scheme) Request {
	return func(t testing.TB, s *Scheme) Request {
		r := signed(t, s, s.testKey(1), bodyAt(now), "id-1", now)
		key, _ := s.key.bytes(s.testKey(1))
		content := []byte("id-1." + text + "." + bodyAt(now))
		r.Header.Set(s.clock.from.name, text)
		r.Header.Set(s.sig.from.name, "v1,"+s.encode(s.expected(key, [][]byte{content})))
		return r
	}
}

func with(name string, values ...string) func(testing.TB, *Scheme) Request {
	return func(t testing.TB, s *Scheme) Request {
		r := signed(t, s, s.testKey(1), bodyAt(now), "id-1", now)
		delete(r.Header, name)
		for _, v := range values {
			r.Header.Add(name, v)
		}
		return r
	}
}

func TestRejections(t *testing.T) {
	t.Parallel()
	good := later(0)
	zeros := strings.Repeat("0", 64)
	for _, c := range []struct {
		scheme, name string
		make         func(testing.TB, *Scheme) Request
		want         string
	}{
		{"github", "right", good, ""},
		{"github", "no signature", with("X-Hub-Signature-256"), SignatureMissing},
		{"github", "two signatures", func(t testing.TB, s *Scheme) Request {
			r := good(t, s)
			r.Header.Add("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature-256"))
			return r
		}, SignatureRepeated},
		{"github", "empty", with("X-Hub-Signature-256", ""), SignatureMalformed},
		{"github", "no prefix", with("X-Hub-Signature-256", zeros), SignatureMalformed},
		{"github", "other algorithm", with("X-Hub-Signature-256", "sha1="+zeros[:40]), SignatureMalformed},
		{"github", "too short", with("X-Hub-Signature-256", "sha256="+zeros[1:]), SignatureMalformed},
		{"github", "something before", with("X-Hub-Signature-256", " sha256="+zeros), SignatureMalformed},
		{"github", "something after", with("X-Hub-Signature-256", "sha256="+zeros+"\n"), SignatureMalformed},
		{"github", "wrong", with("X-Hub-Signature-256", "sha256="+zeros), SignatureMismatch},
		{"stripe", "right, but huge", func(t testing.TB, s *Scheme) Request {
			r := good(t, s)
			r.Header.Set("Stripe-Signature", r.Header.Get("Stripe-Signature")+",x="+strings.Repeat("a", maxSignature))
			return r
		}, SignatureMalformed},
		{"github", "two ids", with("X-Github-Delivery", "a", "b"), IDRepeated},
		{"github", "no id", with("X-Github-Delivery"), ""},
		{"shopify", "base64 of another length", with("X-Shopify-Hmac-Sha256", "AAAA"), SignatureMalformed},
		{"shopify", "base64 with a line break", with("X-Shopify-Hmac-Sha256", strings.Repeat("A", 43)+"=\n"), SignatureMalformed},
		{"shopify", "base64 with stray bits", with("X-Shopify-Hmac-Sha256", strings.Repeat("A", 42)+"B="), SignatureMalformed},
		{"hmac sha256 hex", "mixed case", with("X-Sig", "Aa"+zeros[2:]), SignatureMalformed},
		{"standard-webhooks", "right", good, ""},
		{"standard-webhooks", "no timestamp", with("Webhook-Timestamp"), TimestampMissing},
		{"standard-webhooks", "two timestamps", with("Webhook-Timestamp", "1", "2"), TimestampRepeated},
		{"standard-webhooks", "no id", with("Webhook-Id"), IDMissing},
		{"standard-webhooks", "two ids", with("Webhook-Id", "id-1", "id-1"), IDRepeated},
		{"standard-webhooks", "id with the separator", with("Webhook-Id", "id.1"), IDMalformed},
		{"standard-webhooks", "endless id", with("Webhook-Id", strings.Repeat("i", maxID+1)), IDMissing},
		{"standard-webhooks", "only v1a", with("Webhook-Signature", "v1a,"+strings.Repeat("A", 86)+"=="), SignatureMalformed},
		{"standard-webhooks", "signed plus sign", restamp("+1795514400"), TimestampMalformed},
		{"standard-webhooks", "signed leading zero", restamp("01795514400"), TimestampMalformed},
		{"standard-webhooks", "signed fraction", restamp("1795514400.0"), TimestampMalformed},
		{"standard-webhooks", "signed, over the range", restamp("9999999999999999999"), TimestampMalformed},
		{"standard-webhooks", "signed text is the received one", restamp("1795514400"), ""},
		{"standard-webhooks", "5m old", later(-5 * time.Minute), ""},
		{"standard-webhooks", "5m1s old", later(-5*time.Minute - time.Second), TimestampTooOld},
		{"standard-webhooks", "5m ahead", later(5 * time.Minute), ""},
		{"standard-webhooks", "5m1s ahead", later(5*time.Minute + time.Second), TimestampInFuture},
		{"stripe", "right", good, ""},
		{"stripe", "two times", with("Stripe-Signature", "t=1,t=2,v1="+zeros), TimestampRepeated},
		{"stripe", "no time", with("Stripe-Signature", "v1="+zeros), TimestampMissing},
		{"stripe", "no v1", with("Stripe-Signature", "t=1,v0="+zeros), SignatureMalformed},
		{"stripe", "ahead", later(time.Hour), TimestampInFuture},
		{"zendesk", "old", later(-time.Hour), TimestampTooOld},
		{"zendesk", "unix time", with("X-Zendesk-Webhook-Signature-Timestamp", "1795514400"), TimestampMalformed},
		{"zendesk", "no such day", with("X-Zendesk-Webhook-Signature-Timestamp", "2026-02-30T00:00:00Z"), TimestampMalformed},
		{"linear", "right", good, ""},
		{"linear", "old", later(-61 * time.Second), TimestampTooOld},
		{"hmac unix", "right", good, ""},
		{"hmac unix", "field missing", with("X-Kind"), FieldMissing},
		{"hmac unix", "field repeated", with("X-Kind", "a", "b"), FieldRepeated},
		{"hmac unix", "field with the separator", with("X-Kind", "a|b"), FieldMalformed},
		{"telegram", "right", good, ""},
		{"telegram", "wrong", with("X-Telegram-Bot-Api-Secret-Token", "wrong"), SignatureMismatch},
		{"telegram", "empty", with("X-Telegram-Bot-Api-Secret-Token", ""), SignatureMalformed},
		{"token bearer", "no prefix", with("Authorization", "0123456789abcdef0123456789abcde1"), SignatureMalformed},
	} {
		t.Run(c.scheme+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)[c.scheme]
			got, err := s.Verify(c.make(t, s), []secret.String{s.testKey(1)}, now)
			if reason(err) != c.want {
				t.Errorf("got %+v, %v, want %q", got, err, c.want)
			}
			if err != nil && got != (Result{}) {
				t.Errorf("a rejection says %+v", got)
			}
			if err != nil && strings.Contains(err.Error(), s.testKey(1).Reveal()) {
				t.Error("the secret leaked")
			}
		})
	}
}

func TestSecretsFailClosed(t *testing.T) {
	t.Parallel()
	for name, s := range setup(t) {
		r := signed(t, s, s.testKey(1), bodyAt(now), "id-1", now)
		for label, c := range map[string]struct {
			secrets []secret.String
			want    string
		}{
			"none":            {nil, NoSecret},
			"empty":           {[]secret.String{{}}, NoSecret},
			"empty and right": {[]secret.String{{}, s.testKey(1)}, NoSecret},
			"right and empty": {[]secret.String{s.testKey(1), {}}, NoSecret},
			"too long":        {[]secret.String{secret.New(strings.Repeat("a", MaxSecret+1))}, SecretInvalid},
			"right, too long": {[]secret.String{s.testKey(1), secret.New(strings.Repeat("a", MaxSecret+1))}, SecretInvalid},
		} {
			if _, err := s.Verify(r, c.secrets, now); reason(err) != c.want {
				t.Errorf("%s, %s: %v", name, label, err)
			}
		}
	}
}

func TestTwoLiveSecrets(t *testing.T) {
	t.Parallel()
	for name, s := range setup(t) {
		both := []secret.String{s.testKey(1), s.testKey(2)}
		for want, sec := range both {
			r := signed(t, s, sec, bodyAt(now), "id-1", now)
			if got, err := s.Verify(r, both, now); err != nil || got.Key != want {
				t.Errorf("%s: key %d, %v, want %d", name, got.Key, err, want)
			}
		}
	}
}

func TestAnyCandidateMayMatch(t *testing.T) {
	t.Parallel()
	s := setup(t)["standard-webhooks"]
	wrong := "v1," + strings.Repeat("A", 43) + "="
	r := signed(t, s, s.testKey(1), bodyAt(now), "id-1", now)
	right := r.Header.Get("Webhook-Signature")
	for _, c := range []struct {
		value, want string
	}{
		{wrong + " " + right, ""},
		{right + " " + wrong, ""},
		{"v1a,xyz v2,abc v1,short " + right, ""},
		{strings.Repeat(wrong+" ", maxCandidates-1) + right, ""},
		{strings.Repeat(wrong+" ", maxCandidates) + right, SignatureMalformed},
		{right + "," + wrong, SignatureMalformed},
	} {
		r.Header.Set("Webhook-Signature", c.value)
		if _, err := s.Verify(r, []secret.String{s.testKey(1)}, now); reason(err) != c.want {
			t.Errorf("%s: %v", c.value, err)
		}
	}
}

func TestIDFallsBack(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s, err := set.Scheme("hmac", map[string]any{"header": "X-Sig", "id": []any{"header:X-A", "header:X-B", "body:data.0.id"}, "eventType": []any{"header:X-Type", "body:type"}})
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"type":"t","data":[{"id":12345678901234567890}]}`
	for _, c := range []struct {
		a, b, body, id, event string
	}{
		{"a", "b", body, "a", "t"},
		{"", "b", body, "b", "t"},
		{strings.Repeat("a", maxID+1), "", body, "12345678901234567890", "t"},
		{"", "", `{"data":[{"id":""}]}`, "", ""},
		{"", "", `{"data":[{"id":{}}],"type":null}`, "", ""},
		{"", "", `not json`, "", ""},
		{"", "", ``, "", ""},
	} {
		r := signed(t, s, s.testKey(1), c.body, "", now)
		for name, v := range map[string]string{"X-A": c.a, "X-B": c.b} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		got, err := s.Verify(r, []secret.String{s.testKey(1)}, now)
		if err != nil || got.ID != c.id || got.EventType != c.event || !got.Timestamp.IsZero() {
			t.Errorf("%+v: got %+v, %v", c, got, err)
		}
	}
}

// One time has many texts; the bytes that count are those that were sent.
func TestTheTimestampIsSignedAsReceived(t *testing.T) {
	t.Parallel()
	s := setup(t)["zendesk"]
	for _, text := range []string{"2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000Z", "2026-11-24T11:00:00+01:00", "2026-11-24T10:00:00.123456789Z"} {
		r := Request{Header: http.Header{}} // a body may be empty
		key, _ := s.key.bytes(s.testKey(1))
		r.Header.Set("X-Zendesk-Webhook-Signature-Timestamp", text)
		r.Header.Set("X-Zendesk-Webhook-Signature", s.encode(s.expected(key, [][]byte{[]byte(text)})))
		got, err := s.Verify(r, []secret.String{s.testKey(1)}, now)
		if err != nil || !got.Timestamp.Truncate(time.Second).Equal(now) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestLinearReadsTheTimeFromTheBody(t *testing.T) {
	t.Parallel()
	s := setup(t)["linear"]
	for body, want := range map[string]string{
		`{}`:                             TimestampMissing,
		`{"webhookTimestamp":"soon"}`:    TimestampMalformed,
		`{"webhookTimestamp":1.8e12}`:    TimestampMalformed,
		bodyAt(now):                      "",
		bodyAt(now.Add(2 * time.Minute)): TimestampInFuture,
	} {
		r := Request{Header: http.Header{}, Body: []byte(body)}
		key, _ := s.key.bytes(s.testKey(1))
		r.Header.Set("Linear-Signature", fmt.Sprintf("%x", s.expected(key, [][]byte{r.Body})))
		if _, err := s.Verify(r, []secret.String{s.testKey(1)}, now); reason(err) != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	if _, err := s.Sign(Request{Body: []byte(`{}`)}, s.testKey(1), "", now); err == nil || !strings.Contains(err.Error(), "webhookTimestamp") {
		t.Errorf("signing a body without the time: %v", err)
	}
}

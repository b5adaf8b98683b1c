package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/client"
)

// canary is in no answer and in no log, whatever is asked.
const canary = "canary-5f0c1e-canary"

func TestConnectionsAreWriteOnly(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	crm := client.ConnectionInput{Kind: "crm", Settings: map[string]string{"base_url": "https://crm.example.com"}, Secrets: map[string]string{"key": canary}}
	made := must(b.SetConnection(ctx, "acme", crm))(t)
	if made.Name != "acme" || made.Kind != "crm" || made.Version != 1 || cmp.Diff([]string{"key"}, made.Secrets) != "" || made.Settings["base_url"] == "" {
		t.Errorf("%+v", made)
	}
	// Without a secret it keeps the one it has; another address clears it.
	crm.Secrets = nil
	if again := must(b.SetConnection(ctx, "acme", crm))(t); again.Version != 2 || len(again.Secrets) != 1 {
		t.Errorf("%+v", again)
	}
	crm.Settings["base_url"] = "https://evil.example.com"
	_, err := b.SetConnection(ctx, "acme", crm)
	p := refused(t, "another address", err, http.StatusUnprocessableEntity)
	if len(p.Fields) != 1 || p.Fields[0].Location != "/key" {
		t.Errorf("%+v", p)
	}
	for what, in := range map[string]client.ConnectionInput{
		"no kind":                {Kind: canary},
		"a secret as a setting":  {Kind: "crm", Settings: map[string]string{"base_url": "https://x.example.com", "key": canary}},
		"a setting as a secret":  {Kind: "crm", Secrets: map[string]string{"base_url": "https://x.example.com", "key": canary}},
		"an unknown field":       {Kind: "secret", Secrets: map[string]string{"secret": canary, "more": canary}},
		"an address with a user": {Kind: "crm", Settings: map[string]string{"base_url": "https://me:" + "pass@x.example.com"}, Secrets: map[string]string{"key": canary}},
	} {
		_, err := b.SetConnection(ctx, "other", in)
		if p := refused(t, what, err, http.StatusUnprocessableEntity); what == "no kind" {
			b.forget() // the kind is no secret, and is named
		} else if len(p.Fields) == 0 {
			t.Errorf("%s: %+v", what, p)
		}
	}
	list := must(b.Connections(ctx))(t)
	if len(list) != 1 || list[0].Version != 2 || list[0].Settings["base_url"] != "https://crm.example.com" {
		t.Errorf("%+v", list)
	}
	_ = b.TestConnection(ctx, "acme") // there is no such host; the answer is looked through below
	for _, path := range []string{"/connections", "/kinds", "/vars", "/tokens", "/flows", "/runs", "/events", "/openapi.json"} {
		if err := b.Do(ctx, http.MethodGet, path, nil, nil); err != nil {
			t.Error(err)
		}
	}
	b.restart()
	must(b.Connections(ctx))(t)
	if strings.Contains(b.said(), canary) {
		t.Error("a secret was told")
	}
}

// forget drops what was said so far.
func (b *bench) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen.Reset()
}

func TestUnknownConnections(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	refused(t, "test", b.TestConnection(ctx, "nope"), http.StatusNotFound)
	refused(t, "delete", b.DeleteConnection(ctx, "nope"), http.StatusNotFound)
	in := client.ConnectionInput{Kind: "secret", Secrets: map[string]string{"secret": "x"}}
	_, err := b.SetConnection(ctx, "no name", in)
	refused(t, "a name", err, http.StatusUnprocessableEntity)
	must(b.SetConnection(ctx, "sender", in))(t)
	refused(t, "a test that would use it", b.TestConnection(ctx, "sender"), http.StatusNotImplemented)
	if err := b.DeleteConnection(ctx, "sender"); err != nil {
		t.Fatal(err)
	}
	refused(t, "delete again", b.DeleteConnection(ctx, "sender"), http.StatusNotFound)
}

// The value of a token is told once, to who makes it.
func TestTokensAreToldOnce(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	made := must(b.CreateToken(ctx, "ci", 30))(t)
	if made.Secret == "" || made.Name != "ci" || made.Expires == nil || made.Expires.Sub(made.Created).Hours() != 30*24 {
		t.Errorf("%+v", made)
	}
	theirs := client.New(b.Base(), made.Secret, b.http)
	b.forget()
	var list []client.Token
	if err := theirs.Do(ctx, http.MethodGet, "/tokens", nil, &list); err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Secret != "" {
		t.Error(list, err)
	}
	if err := theirs.Do(ctx, http.MethodDelete, "/tokens/"+made.ID, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, err := theirs.Flows(ctx)
	refused(t, "after its end", err, http.StatusUnauthorized)
	if secret := made.Secret[len(made.Secret)-43:]; strings.Contains(b.said(), secret) {
		t.Error("the token was told again")
	}
	for _, days := range []int{-1, 3651} {
		_, err := b.CreateToken(ctx, "ci", days)
		refused(t, "days", err, http.StatusUnprocessableEntity)
	}
}

func TestVars(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	b.deploy(flow("reader", "", "  - out: { set: '${ $vars }' }\n"))
	for name, value := range map[string]string{"limit": "12345678901234567890", "team": `{"name":"support"}`} {
		if err := b.SetVar(ctx, name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, "a name", b.SetVar(ctx, "no-name", []byte("1")), http.StatusUnprocessableEntity)
	if list := must(b.Vars(ctx))(t); len(list) != 2 || list[0].Name != "limit" || string(list[0].Value) != "12345678901234567890" {
		t.Errorf("%+v", list)
	}
	b.restart()
	if r := b.ended(must(b.Start(ctx, "reader", nil))(t).ID); string(r.Result) != `{"limit":12345678901234567890,"team":{"name":"support"}}` {
		t.Error(string(r.Result))
	}
}

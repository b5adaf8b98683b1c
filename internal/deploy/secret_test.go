package deploy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
)

const good = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func TestSecretsAreChecked(t *testing.T) {
	t.Parallel()
	standard := "path: /in, auth: { standard-webhooks: { secret: sender } }"
	token := "path: /in, auth: { token: { header: X-Token, secret: sender } }"
	for name, c := range map[string]struct {
		hook    string
		secrets []string
		want    string // in the problem; "" for none
		hint    string
	}{
		"good":              {standard, []string{good}, "", ""},
		"good and good":     {standard, []string{good, good}, "", ""},
		"no prefix":         {standard, []string{strings.TrimPrefix(good, "whsec_")}, "", ""},
		"not base64":        {standard, []string{"whsec_not-base64!"}, "secret of connection sender cannot verify standard-webhooks: the signing secret is not valid base64", "copy it again"},
		"too short":         {standard, []string{"whsec_c2hvcnQ="}, "5 bytes after decoding, fewer than 24", "copy the whole secret"},
		"empty":             {standard, []string{""}, "is empty", "patchbay connection set sender --secret secret=-"},
		"a line break":      {standard, []string{good + "\n"}, "not valid base64", "line breaks"},
		"the former one":    {standard, []string{good, "whsec_x"}, "the field previous of connection sender", "--secret previous=-"},
		"too long":          {"path: /in, auth: { github: { secret: sender } }", []string{strings.Repeat("x", 513)}, "more than 512 bytes", "--secret secret=-"},
		"token":             {token, []string{"a-token"}, "", ""},
		"token with a tab":  {token, []string{"a\ttoken"}, "cannot travel in a header", "printable ASCII"},
		"not there yet":     {standard, nil, "", ""},
		"no authentication": {"path: /in", []string{""}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, memory.New())
			for _, s := range c.secrets {
				b.secrets["sender"] = append(b.secrets["sender"], secret.New(s))
			}
			flow := text("hello", "x", c.hook)
			if c.want == "" {
				b.deploy(flow)
				return
			}
			got := problems(t, b.refused(flow))
			if len(got) != 1 || !strings.HasPrefix(got[0], "flow.yaml:3:1: unusable-secret: ") || !strings.Contains(got[0], c.want) || !strings.Contains(got[0], c.hint) {
				t.Errorf("%q", got)
			}
			for _, s := range c.secrets {
				if s != "" && strings.Contains(got[0], s) {
					t.Error("it tells the secret")
				}
			}
		})
	}
}

// All secrets are told at once, and a good revision goes on meanwhile.
func TestAllSecretsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.New())
	auth := func(path, name string) string {
		return "path: " + path + ", auth: { standard-webhooks: { secret: " + name + " } }"
	}
	b.secrets["good"] = []secret.String{secret.New(good)}
	b.deploy(text("hello", "x", auth("/0", "good")))
	b.secrets["bad"] = []secret.String{secret.New("whsec_%")}
	got := problems(t, b.refused(text("hello", "y", auth("/0", "bad"), auth("/1", "good"), auth("/2", "bad"))))
	if len(got) != 2 || !strings.HasPrefix(got[0], "flow.yaml:3:") || !strings.HasPrefix(got[1], "flow.yaml:5:") {
		t.Errorf("%q", got)
	}
	if diff := cmp.Diff("POST /0 hello@1", b.live()); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsThatCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	flow := text("hello", "x", github("/hello"))
	b := setup(t, memory.New())
	b.lookup = errs.New(errs.Invalid, "connection gh is of kind crm, not secret")
	if got := problems(t, b.refused(flow)); len(got) != 1 || !strings.Contains(got[0], "of kind crm, not secret") {
		t.Errorf("%q", got)
	}
	b.lookup = errs.New(errs.Unavailable, "storage is down")
	if err := b.refused(flow); !errors.Is(err, b.lookup) {
		t.Error(err)
	}
}

package gateway

import (
	"testing"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
)

func TestCost(t *testing.T) {
	t.Parallel()
	p, err := loadPrices()
	if err != nil {
		t.Fatal(err)
	}
	r := &ai.Response{InputTokens: 1000, OutputTokens: 100}
	for _, c := range []struct {
		dialect, model string
		nano           int64
		known          bool
	}{
		{"openai", "gpt-4o-mini", 1000*150 + 100*600, true},
		{"openai", "gpt-4o-mini-2024-07-18", 1000*150 + 100*600, true},
		{"anthropic", "claude-sonnet-4-5", 1000*3000 + 100*15000, true},
		{"anthropic", "claude-sonnet-4-5-20250929", 1000*3000 + 100*15000, true},
		{"openai", "a-model-of-ones-own", 0, false},
		{"nobody", "gpt-4o-mini", 0, false},
	} {
		if nano, known := p.cost(c.dialect, c.model, r); nano != c.nano || known != c.known {
			t.Errorf("%s/%s costs %d (%v), want %d (%v)", c.dialect, c.model, nano, known, c.nano, c.known)
		}
	}
}

func TestLongRequestsCostMore(t *testing.T) {
	t.Parallel()
	p, err := loadPrices()
	if err != nil {
		t.Fatal(err)
	}
	for key, row := range p.exact {
		if row.Above == nil {
			continue
		}
		if row.Above.Input <= row.Input || row.Above.Tokens < 100_000 {
			t.Errorf("%s: %+v", key, row)
		}
	}
}

func TestAnUnknownPriceMakesTheSumUnknown(t *testing.T) {
	t.Parallel()
	g, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &ai.Response{InputTokens: 1000, OutputTokens: 100}
	u := &connector.Usage{}
	g.count(u, "a/gpt-4o-mini", "openai", "gpt-4o-mini", r)
	g.count(u, "a/gpt-4o-mini", "openai", "gpt-4o-mini", r)
	if u.NanoUSD == nil || *u.NanoUSD != 2*(1000*150+100*600) || u.InputTokens != 2000 {
		t.Errorf("%+v", u)
	}
	g.count(u, "a/own", "openai", "own", r)
	g.count(u, "a/gpt-4o-mini", "openai", "gpt-4o-mini", r)
	if u.NanoUSD != nil || u.InputTokens != 4000 {
		t.Errorf("%+v", u)
	}
}

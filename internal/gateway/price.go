package gateway

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/ai"
)

// Published list prices in billionths of a US dollar a token, by dialect.
//
//go:embed prices.json
var priceTable []byte

type prices struct{ exact, prefix map[string]price } // by dialect/model

type price struct {
	Models []string `json:"models"` // a name, or a beginning with *
	rate
	// Above holds for requests of more input tokens.
	Above *struct {
		Tokens int64 `json:"tokens"`
		rate
	} `json:"above"`
}

type rate struct {
	Input  int64 `json:"input"`
	Output int64 `json:"output"`
}

func loadPrices() (prices, error) {
	p := prices{map[string]price{}, map[string]price{}}
	var table map[string]json.RawMessage
	if err := json.Unmarshal(priceTable, &table); err != nil {
		return p, fmt.Errorf("price table: %w", err)
	}
	delete(table, "as_of")
	for dialect, raw := range table {
		var rows []price
		if err := json.Unmarshal(raw, &rows); err != nil {
			return p, fmt.Errorf("price table of %s: %w", dialect, err)
		}
		for _, row := range rows {
			for _, m := range row.Models {
				if beginning, ok := strings.CutSuffix(m, "*"); ok {
					p.prefix[dialect+"/"+beginning] = row
				} else {
					p.exact[dialect+"/"+m] = row
				}
			}
		}
	}
	return p, nil
}

// cost gives the price of an answer in nano-dollars; false for an unknown model.
// The longest beginning wins.
func (p prices) cost(dialect, model string, r *ai.Response) (int64, bool) {
	key := dialect + "/" + model
	row, ok := p.exact[key]
	for n := len(key); !ok && n > len(dialect); n-- {
		row, ok = p.prefix[key[:n]]
	}
	if !ok {
		return 0, false
	}
	per := row.rate
	if row.Above != nil && r.InputTokens > row.Above.Tokens {
		per = row.Above.rate
	}
	return r.InputTokens*per.Input + r.OutputTokens*per.Output, true
}

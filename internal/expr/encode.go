package expr

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/itchyny/gojq"

	"github.com/patchbay-dev/patchbay/internal/jsonobject"
)

// ToJSON encodes a value, keys sorted. The value must come from FromJSON or from
// an evaluation.
func ToJSON(v any) ([]byte, error) {
	return appendJSON(make([]byte, 0, jsonRoom), v)
}

// jsonRoom is the length from which an encoded value needs more than one buffer.
const jsonRoom = 256

func appendJSON(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case int:
		return strconv.AppendInt(b, int64(x), 10), nil
	case *big.Int:
		return x.Append(b, 10), nil
	case string:
		return jsonobject.Quote(b, x), nil
	case []any:
		return appendArray(b, x)
	case map[string]any:
		return appendObject(b, x)
	case float64: // as jq writes it
		text, err := gojq.Marshal(x)
		return append(b, text...), err
	}
	return nil, fmt.Errorf("encode value: %T is no type of an expression", v)
}

func appendArray(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, e); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, m map[string]any) (_ []byte, err error) {
	names := make([]string, 0, 16)
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsonobject.Quote(b, name), ':')
		if b, err = appendJSON(b, m[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

package schema

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type address struct {
	City string `json:"city"`
}

type tree struct {
	Name string `json:"name"`
	Kids []tree `json:"kids,omitempty"`
}

type base struct {
	ID string `json:"id" doc:"The id."`
}

type everything struct {
	base
	Kind    string            `json:"kind" enum:"a, b" default:"a"`
	Count   int               `json:"count" min:"1" max:"5"`
	Ratio   float64           `json:"ratio,omitempty"`
	Size    uint8             `json:"size,omitzero"`
	Name    *string           `json:"name" max:"9"`
	Level   *int              `json:"level" enum:"1,2" required:"true"`
	URL     string            `json:"url" format:"uri" required:"false"`
	Tags    []string          `json:"tags,omitempty" enum:"x,y" max:"3"`
	Where   address           `json:"where"`
	Labels  map[string]string `json:"labels,omitempty"`
	Any     any               `json:"any,omitempty" default:"{\"a\":1}"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Free    map[string]any    `json:"free,omitempty"`
	Blob    []byte            `json:"blob,omitempty"`
	At      time.Time         `json:"at,omitzero"`
	Trees   []tree            `json:"trees,omitempty"`
	Hidden  string            `json:"-"`
	private string
}

const everythingJSON = `{
  "type": "object",
  "properties": {
    "id": {"type": "string", "description": "The id."},
    "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
    "count": {"type": "integer", "minimum": 1, "maximum": 5},
    "ratio": {"type": "number"},
    "size": {"type": "integer", "minimum": 0},
    "name": {"type": ["string", "null"], "maxLength": 9},
    "level": {"type": ["integer", "null"], "enum": [1, 2, null]},
    "url": {"type": "string", "format": "uri"},
    "tags": {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["x", "y"]}},
    "where": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "any": {"default": {"a": 1}},
    "raw": {},
    "free": {"type": "object"},
    "blob": {"type": "string", "contentEncoding": "base64"},
    "at": {"type": "string", "format": "date-time"},
    "trees": {"type": "array", "items": {"$ref": "#/$defs/tree1"}}
  },
  "required": ["id", "count", "level", "where"],
  "additionalProperties": false,
  "$defs": {
    "tree1": {
      "type": "object",
      "properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/tree1"}}},
      "required": ["name"],
      "additionalProperties": false
    }
  }
}`

// customer is open: known members and whatever else there is.
type customer map[string]any

func (customer) Shape() any {
	return struct {
		ID   string `json:"id"`
		Plan string `json:"plan,omitempty"`
	}{}
}

func TestForDescribesTypesInOrder(t *testing.T) {
	t.Parallel()
	_ = everything{}.private
	for name, c := range map[string]struct {
		got  *Schema
		want string
	}{
		"everything": {For[everything](), everythingJSON},
		"open":       {For[customer](), `{"type":"object","properties":{"id":{"type":"string"},"plan":{"type":"string"}},"required":["id"]}`},
		"empty":      {For[struct{}](), `{"type":"object","additionalProperties":false}`},
		"list":       {For[[]customer](), `{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"plan":{"type":"string"}},"required":["id"]}}`},
		"recursive":  {For[tree](), `{"$ref":"#/$defs/tree1","$defs":{"tree1":{"type":"object","properties":{"name":{"type":"string"},"kids":{"type":"array","items":{"$ref":"#/$defs/tree1"}}},"required":["name"],"additionalProperties":false}}}`},
		"any":        {For[any](), `{}`},
	} {
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(c.want)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sorted(t, want.Bytes()), sorted(t, c.got.JSON())); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		if c.got.Validate(nil); strings.Contains(name, "every") {
			if i, j := strings.Index(string(c.got.JSON()), `"ratio"`), strings.Index(string(c.got.JSON()), `"any"`); i < 0 || i > j {
				t.Error("properties are not in the order of the fields")
			}
		}
	}
}

func sorted(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestForPanicsOnWhatItCannotDescribe(t *testing.T) {
	t.Parallel()
	type twice struct {
		base
		ID string `json:"id"`
	}
	for name, f := range map[string]func(){
		"channel":  func() { For[struct{ C chan int }]() },
		"function": func() { For[func()]() },
		"map keys": func() { For[map[int]string]() },
		"bad default": func() {
			For[struct {
				N int `default:"x"`
			}]()
		},
		"bad enum": func() {
			For[struct {
				N int `enum:"1,x"`
			}]()
		},
		"bad bound": func() {
			For[struct {
				N int `min:"x"`
			}]()
		},
		"string option": func() {
			For[struct {
				N int `json:"n,string"`
			}]()
		},
		"two names": func() { For[twice]() },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

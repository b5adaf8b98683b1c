package expr

import (
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Template is a text that may hold expressions: none ("plain"), one that is the
// whole text ("${ .x }", which keeps its type), or some inside ("a ${ .x } b",
// which gives a string). "$${" stands for a literal "${".
type Template struct {
	parts []part
	whole bool
}

type part struct {
	text string
	expr *Expr // nil for literal text
}

// ParseTemplate compiles the expressions in a text. Errors are errs.Invalid.
func ParseTemplate(text string, vars []string) (*Template, error) {
	t := &Template{}
	rest := text
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			t.literal(rest)
			break
		}
		if i > 0 && rest[i-1] == '$' {
			t.literal(rest[:i-1] + "${")
			rest = rest[i+2:]
			continue
		}
		n := closing(rest[i+2:])
		if n < 0 {
			return nil, errs.New(errs.Invalid, "the expression that begins with ${ has no closing }")
		}
		e, err := Compile(strings.TrimSpace(rest[i+2:i+2+n]), vars)
		if err != nil {
			return nil, err
		}
		t.literal(rest[:i])
		t.parts = append(t.parts, part{expr: e})
		rest = rest[i+2+n+1:]
	}
	t.whole = len(t.parts) == 1 && t.parts[0].expr != nil
	return t, nil
}

// HasExpression reports whether a text needs ParseTemplate at all.
func HasExpression(text string) bool { return strings.Contains(text, "${") }

// WholeExpression gives the source of a text that is one ${ } and nothing else.
func WholeExpression(text string) (string, bool) {
	t := strings.TrimSpace(text)
	if len(t) < len("${}") || !strings.HasPrefix(t, "${") || closing(t[2:]) != len(t)-3 {
		return "", false
	}
	return strings.TrimSpace(t[2 : len(t)-1]), true
}

func (t *Template) literal(s string) {
	if s == "" {
		return
	}
	if n := len(t.parts); n > 0 && t.parts[n-1].expr == nil {
		t.parts[n-1].text += s
		return
	}
	t.parts = append(t.parts, part{text: s})
}

// Exprs gives the expressions in order.
func (t *Template) Exprs() []*Expr {
	var es []*Expr
	for _, p := range t.parts {
		if p.expr != nil {
			es = append(es, p.expr)
		}
	}
	return es
}

// Eval gives the typed value of a whole expression, else a string.
func (t *Template) Eval(input any, vars Vars) (any, error) {
	if t.whole {
		return t.parts[0].expr.Eval(input, vars)
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.expr.Eval(input, vars)
		if err != nil {
			return nil, err
		}
		b.WriteString(Text(v))
	}
	return b.String(), nil
}

// closing gives the offset of the brace that ends an expression, -1 if none
// does. Braces inside jq strings do not count; those of interpolations do.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{', '(', '[':
			depth++
		case ')', ']':
			depth--
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"':
			n := stringEnd(s[i+1:])
			if n < 0 {
				return -1
			}
			i += n + 1
		}
	}
	return -1
}

// stringEnd gives the offset of the quote that ends a jq string.
func stringEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			if i+1 < len(s) && s[i+1] == '(' {
				n := parenEnd(s[i+2:])
				if n < 0 {
					return -1
				}
				i += n + 2
				continue
			}
			i++
		}
	}
	return -1
}

func parenEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return i
			}
			depth--
		case '"':
			n := stringEnd(s[i+1:])
			if n < 0 {
				return -1
			}
			i += n + 1
		}
	}
	return -1
}

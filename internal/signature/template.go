package signature

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// token is what a part of a template stands for.
type token string

const (
	literal token = ""
	theBody token = "body"
	theTime token = "ts"
	theID   token = "id"
	theURL  token = "url"
	theVerb token = "method"
	theSig  token = "sig"
	aSource token = "source"
)

// part is a literal or one value.
type part struct {
	token  token
	text   string // of a literal
	source source // of aSource
}

type template []part

const maxTemplate = 1024

// parseTemplate compiles text. Braces stand for themselves when doubled; a token
// that is neither in plain nor a source of the given kinds is an error naming it.
func parseTemplate(text string, plain []token, sources ...kind) (template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("over %d bytes", maxTemplate)
	}
	var t template
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			t = append(t, part{text: lit.String()})
			lit.Reset()
		}
	}
	for text != "" {
		switch {
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			lit.WriteByte(text[0])
			text = text[2:]
		case text[0] == '}':
			return nil, errors.New("a } without {: write }} for the character")
		case text[0] == '{':
			name, rest, ok := strings.Cut(text[1:], "}")
			if !ok {
				return nil, errors.New("a { without }: write {{ for the character")
			}
			p, err := parseToken(name, plain, sources)
			if err != nil {
				return nil, err
			}
			flush()
			t, text = append(t, p), rest
		default:
			lit.WriteByte(text[0])
			text = text[1:]
		}
	}
	flush()
	return t, nil
}

func parseToken(name string, plain []token, sources []kind) (part, error) {
	if slices.Contains(plain, token(name)) {
		return part{token: token(name)}, nil
	}
	if strings.Contains(name, ":") && len(sources) > 0 {
		s, err := parseSource(name, sources...)
		return part{token: aSource, source: s}, err
	}
	known := make([]string, 0, len(plain)+len(sources))
	for _, p := range plain {
		known = append(known, "{"+string(p)+"}")
	}
	for _, k := range sources {
		known = append(known, "{"+string(k)+":…}")
	}
	return part{}, fmt.Errorf("unknown token {%s}: want one of %s", name, strings.Join(known, " "))
}

// count says how often tok occurs.
func (t template) count(tok token) int {
	n := 0
	for _, p := range t {
		if p.token == tok {
			n++
		}
	}
	return n
}

// fill renders a template of literals and the given values.
func (t template) fill(values map[token]string) string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.text)
		b.WriteString(values[p.token])
	}
	return b.String()
}

// escape makes a text stand for itself in a template.
func escape(text string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
}

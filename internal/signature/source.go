package signature

import (
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
)

// kind is where a value of a request stands.
type kind string

const (
	inHeader   kind = "header"
	inQuery    kind = "query"
	inBody     kind = "body"     // a path into a JSON body
	inSigField kind = "sigfield" // key=value in the signature header
)

// source is one value of a request, such as header:X-Id or body:data.id.
type source struct {
	kind kind
	name string
	path []string // of inBody
}

func (s source) String() string { return string(s.kind) + ":" + s.name }

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
	plainName  = regexp.MustCompile(`^[A-Za-z0-9_.~-]{1,100}$`)
	pathStep   = regexp.MustCompile(`^[A-Za-z0-9_$@-]{1,100}$`)
)

const maxPathSteps = 16

// parseSource reads text; only the given kinds are allowed there.
func parseSource(text string, allowed ...kind) (source, error) {
	k, name, _ := strings.Cut(text, ":")
	s := source{kind: kind(k), name: name}
	if !slices.Contains(allowed, s.kind) {
		return s, fmt.Errorf("unknown source %q: want %s", text, kinds(allowed))
	}
	ok := true
	switch s.kind {
	case inHeader:
		ok = headerName.MatchString(name)
		s.name = textproto.CanonicalMIMEHeaderKey(name)
	case inQuery, inSigField:
		ok = plainName.MatchString(name)
	case inBody:
		s.path = strings.Split(name, ".")
		ok = len(s.path) <= maxPathSteps && !slices.ContainsFunc(s.path, func(p string) bool { return !pathStep.MatchString(p) })
	}
	if !ok {
		return s, fmt.Errorf("%q is no name for a source of the kind %s", name, k)
	}
	return s, nil
}

func parseSources(texts []string, allowed ...kind) ([]source, error) {
	var out []source
	for _, t := range texts {
		s, err := parseSource(t, allowed...)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func kinds(all []kind) string {
	out := make([]string, len(all))
	for i, k := range all {
		out[i] = string(k) + ":…"
	}
	return strings.Join(out, " or ")
}

package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a flow file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Path    string `json:"path"`   // JSON pointer, e.g. /do/0/customer/with/id
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty"` // does not stop a deployment
}

// String is file:line:col: code: message (hint).
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	fmt.Fprintf(&b, "%s: %s", p.Code, p.Message)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	return b.String()
}

// Problems is a list in file order.
type Problems []Problem

// Fatal reports whether any of them stops a deployment.
func (ps Problems) Fatal() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return !p.Warning })
}

// Error lists all, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Codes of problems.
const (
	codeSyntax      = "yaml-syntax"
	codeTooLarge    = "too-large"
	codeUnknownKey  = "unknown-key"
	codeMissing     = "missing-key"
	codeType        = "wrong-type"
	codeValue       = "wrong-value"
	codeDuplicate   = "duplicate-name"
	codeName        = "bad-name"
	codeUnsupported = "unsupported"
	codeExpression  = "expression"
	codeStep        = "unknown-step"
	codeLater       = "later-step"
	codeThen        = "unknown-target"
	codeCall        = "unknown-call"
	codeArgument    = "wrong-argument"
	codeRetry       = "unknown-retry"
	codeUnreachable = "unreachable"
)

// nearest gives the candidate that looks most like word, "" if none is close.
func nearest(word string, candidates []string) string {
	best, bestD := "", len(word)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d <= bestD {
			best, bestD = c, d-1
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

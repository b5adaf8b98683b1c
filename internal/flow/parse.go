package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxSource is the largest flow file in bytes.
const MaxSource = 1 << 20

// Parse reads a flow file and checks all of it against the catalog. The flow is
// nil when a problem is fatal. file names the source in problems.
func Parse(text []byte, file string, c Catalog) (*Flow, Problems) {
	p := &parser{file: file, catalog: c}
	if len(text) > MaxSource {
		p.add(Problem{Line: 1, Column: 1, Code: codeTooLarge, Message: "a flow file may have at most 1 MiB"})
		return nil, p.problems
	}
	root := p.yaml(text)
	if root == nil {
		return nil, p.problems
	}
	f := p.flow(root)
	f.Text = string(text)
	f.Hash = Hash(f.Text)
	p.lint(f)
	p.problems.sort()
	if p.problems.Fatal() {
		return nil, p.problems
	}
	return f, p.problems
}

// Hash is the hex SHA-256 by which texts of flows are told apart.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// parser walks the YAML tree and collects problems instead of stopping.
type parser struct {
	file     string
	catalog  Catalog
	problems Problems
	retries  map[string]*Retry
	errors   map[string]*yaml.Node
	exprs    []placed // every expression with its place, for the checks across tasks
	task     *Task    // being read
	tasks    []*Task  // in file order
	loopVars []string // names that loops and catches around the place bind
	flowErr  bool     // inside x-on-error: $error is known
}

func (p *parser) add(pr Problem) {
	pr.File = p.file
	p.problems = append(p.problems, pr)
}

func (p *parser) at(n *yaml.Node, path, code, msg, hint string) {
	p.add(Problem{Line: n.Line, Column: n.Column, Path: path, Code: code, Message: msg, Hint: hint})
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yaml reads one document without anchors and gives its root.
func (p *parser) yaml(text []byte) *yaml.Node {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil {
		p.syntax(text, err)
		return nil
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		p.add(Problem{Line: max(more.Line, 1), Column: 1, Code: codeSyntax, Message: "a flow file holds exactly one document"})
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		p.add(Problem{Line: 1, Column: 1, Code: codeType, Message: "a flow file is a mapping with document and do"})
		return nil
	}
	if n := firstAlias(doc.Content[0], 0); n != nil {
		p.at(n, "", codeUnsupported, "anchors and aliases are not supported, and nesting ends at 100 levels", "write the value out where it is used")
		return nil
	}
	return doc.Content[0]
}

func (p *parser) syntax(text []byte, err error) {
	line, msg := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if errors.Is(err, io.EOF) {
		msg = "the file is empty"
	}
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = m[2]
		if strings.HasPrefix(msg, "did not find expected") {
			line++ // the reader counts lines from 0 in these
		}
	}
	hint := ""
	lines := strings.Split(string(text), "\n")
	for i := max(line-2, 0); i <= line && i < len(lines); i++ {
		if strings.Contains(lines[i], "${") {
			line, hint = i+1, "quote the expression: '${ … }'"
			break
		}
	}
	p.add(Problem{Line: line, Column: 1, Code: codeSyntax, Message: msg, Hint: hint})
}

const maxNesting = 100

func firstAlias(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || depth > maxNesting {
		return n
	}
	for _, c := range n.Content {
		if a := firstAlias(c, depth+1); a != nil {
			return a
		}
	}
	return nil
}

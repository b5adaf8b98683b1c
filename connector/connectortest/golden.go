package connectortest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-dev/patchbay/connector"
)

// Golden runs testdata/*.txtar against a connector. A case holds operation.txt,
// its full name; with.json, the argument; and answer.txt: status, headers, an
// empty line and the body, as the other side answers each request. Expected are
// sent.txt, what went over the wire, and result.txt, which update rewrites.
func Golden(t *testing.T, conn connector.Connector, o Options, update bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sent, result, err := replay(t.Context(), conn, o, a)
			if err != nil {
				t.Fatal(err)
			}
			if update {
				write(a, "sent.txt", sent)
				write(a, "result.txt", result)
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(part(a, "sent.txt"), sent); diff != "" {
				t.Error("sent (-want +got):\n" + diff)
			}
			if diff := cmp.Diff(part(a, "result.txt"), result); diff != "" {
				t.Error("result (-want +got):\n" + diff)
			}
		})
	}
}

// replay makes the call of a case.
func replay(ctx context.Context, conn connector.Connector, o Options, a *txtar.Archive) (sent, result string, err error) {
	name := part(a, "operation.txt")
	i := slices.IndexFunc(conn.Operations, func(op connector.Operation) bool { return op.Spec().Name == name })
	if i < 0 {
		return "", "", fmt.Errorf("operation.txt: there is no operation %q", name)
	}
	answer, err := recorded(part(a, "answer.txt"))
	if err != nil {
		return "", "", err
	}
	s := newSubject(conn, conn.Operations[i], o)
	r, err := newRig(s.conn, s.o, answer)
	if err != nil {
		return "", "", err
	}
	defer r.close()
	res := r.invoke(ctx, s.op, part(a, "with.json"))
	for _, q := range r.outside.received() {
		sent += q.wire() + "\n"
	}
	host := strings.TrimPrefix(r.outside.server.URL, "http://")
	return strings.TrimSuffix(sent, "\n"), strings.ReplaceAll(res.text(), host, "HOST"), nil
}

// recorded answers with status, headers and body of a text.
func recorded(text string) (reply, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	status, err := strconv.Atoi(lines[0])
	if err != nil {
		return nil, fmt.Errorf("answer.txt must begin with a status: %w", err)
	}
	return func(_ int, w http.ResponseWriter, _ *http.Request) { says(w, status, body, lines[1:]...) }, nil
}

// wire writes a request down, without what the transport adds.
func (r request) wire() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.method, r.uri)
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		switch name {
		case "Accept-Encoding", "Content-Length", "User-Agent":
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(strings.Join(r.header[name], ", "), canary, "SECRET-"))
	}
	if r.body != "" {
		fmt.Fprintf(&b, "\n%s\n", r.body)
	}
	return b.String()
}

// text is what a flow gets.
func (res outcome) text() string {
	if e, ok := errors.AsType[*connector.Error](res.err); ok {
		return fmt.Sprintf("error: %s %d %s: %s\ntemporary %v, unknown %v, retry after %s", e.Type, e.Status, e.Title, e.Detail, e.Temporary, e.Unknown, e.RetryAfter)
	}
	if res.err != nil {
		return "error without a class: " + res.err.Error()
	}
	v := jsontext.Value(res.out)
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return fmt.Sprintf("no JSON: %s", res.out)
	}
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		return err.Error()
	}
	return string(v)
}

func part(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return strings.TrimSuffix(string(f.Data), "\n")
		}
	}
	return ""
}

func write(a *txtar.Archive, name, text string) {
	for i, f := range a.Files {
		if f.Name == name {
			a.Files[i].Data = []byte(text + "\n")
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text + "\n")})
}

package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

const maxProblems = 10 // told to a model at once

// read gives the result of an answer, or what is wrong with it.
func (q *question) read(text string) (result any, wrong string) {
	if q.answer == nil {
		return text, ""
	}
	raw := unfence(text)
	if !q.answer.wrapped && q.answer.schema.Fits([]byte(raw)) {
		return json.RawMessage(raw), ""
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, "it is not JSON: " + err.Error()
	}
	if d.More() {
		return nil, "there is more than one JSON value"
	}
	if q.answer.wrapped {
		m, ok := v.(map[string]any)
		if !ok || len(m) != 1 {
			return nil, `it must be an object with the one member "answer"`
		}
		v = m["answer"]
	}
	problems := q.answer.schema.Validate(v)
	if len(problems) == 0 {
		return v, ""
	}
	var b bytes.Buffer
	for i, p := range problems {
		if i == maxProblems {
			break
		}
		fmt.Fprintf(&b, "%s: %s\n", p.Path, p.Message)
	}
	return nil, strings.TrimSpace(b.String())
}

// unfence takes off the code fence that models like to put around JSON.
func unfence(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "```"); ok {
		if _, body, ok := strings.Cut(rest, "\n"); ok {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(body), "```"))
		}
	}
	return s
}

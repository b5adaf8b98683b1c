package ingress

import (
	"bytes"

	"github.com/patchbay-dev/patchbay/internal/expr"
)

// maxDepth is how deep JSON may nest before it is taken as text. It is less than
// the kernel reads, because the envelope and flows wrap the body up further.
const maxDepth = expr.MaxDepth - 28

// readable reports whether the kernel can hold valid JSON. What it cannot is not
// refused: the sender would repeat it for ever, and the event is evidence.
func readable(b []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		case c == '-' || c >= '0' && c <= '9':
			n := numberLen(b[i:])
			if !inRange(b[i : i+n]) {
				return false
			}
			i += n - 1
		}
	}
	return true
}

// numberLen is the length of the number that b begins with.
func numberLen(b []byte) int {
	for i, c := range b {
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return i
		}
	}
	return len(b)
}

// safeDigits always fit into a float.
const safeDigits = 300

func inRange(number []byte) bool {
	if len(number) <= safeDigits && !bytes.ContainsAny(number, "eE") {
		return true
	}
	_, err := expr.FromJSON(number)
	return err == nil
}

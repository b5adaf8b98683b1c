package run

import (
	"strings"
	"time"
)

// TypeBase is the prefix of the standard error types.
const TypeBase = "https://open-workflow-specification.org/dsl/errors/types/"

// Failure is an RFC 9457 error with what a retry needs to know.
type Failure struct {
	Type     string `json:"type"`
	Status   int    `json:"status"`
	Title    string `json:"title,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // path of the task

	// Temporary: the origin says that the same call may succeed later.
	Temporary bool `json:"temporary,omitempty"`
	// RetryAfter is the least wait, in milliseconds, that the origin asked for.
	RetryAfter int64 `json:"retry_after_ms,omitempty"`
	// Unknown: the call may have taken effect. It is never repeated by itself.
	Unknown bool `json:"outcome_unknown,omitempty"`
}

// failure makes a failure of a standard type.
func failure(kind string, status int, title, detail string) *Failure {
	return &Failure{Type: TypeBase + kind, Status: status, Title: title, Detail: detail}
}

// UnknownOutcome is the failure of a call that began and whose end nobody saw.
func UnknownOutcome() *Failure {
	f := failure("outcome-unknown", 500, "Outcome unknown",
		"Patchbay stopped while this call was under way. It may have taken effect, so it is not repeated by itself; check the other side, then retry or cancel the run.")
	f.Unknown = true
	return f
}

// Value is the failure as $error and catch variables see it.
func (f *Failure) Value() map[string]any {
	v := map[string]any{"type": f.Type, "status": f.Status}
	for k, s := range map[string]string{"title": f.Title, "detail": f.Detail, "instance": f.Instance} {
		if s != "" {
			v[k] = s
		}
	}
	if f.Unknown {
		v["outcomeUnknown"] = true
	}
	return v
}

func (f *Failure) wait() time.Duration { return time.Duration(f.RetryAfter) * time.Millisecond }

// matches reports whether the failure has every member of a catch filter. Types
// compare by their last segment, since the standard has moved its base twice.
func (f *Failure) matches(filter map[string]any) bool {
	v := f.Value()
	for k, want := range filter {
		if k == "type" {
			s, _ := want.(string)
			if lastSegment(s) != lastSegment(f.Type) {
				return false
			}
			continue
		}
		if v[k] != want {
			return false
		}
	}
	return true
}

func lastSegment(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// fromValue reads the error of a raise task.
func fromValue(v any) *Failure {
	m, _ := v.(map[string]any)
	f := &Failure{}
	f.Type, _ = m["type"].(string)
	f.Status, _ = m["status"].(int)
	f.Title, _ = m["title"].(string)
	f.Detail, _ = m["detail"].(string)
	f.Instance, _ = m["instance"].(string)
	if f.Type == "" {
		f.Type = TypeBase + "runtime"
	}
	if f.Status == 0 {
		f.Status = 500
	}
	return f
}

package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/errs"
)

const problemType = "application/problem+json"

// failure is a problem that huma sends as it is.
type failure struct{ client.Problem }

// GetStatus implements huma.StatusError.
func (f *failure) GetStatus() int { return f.Status }

// ContentType implements huma.ContentTypeFilter.
func (*failure) ContentType(string) string { return problemType }

// problem turns an error into what the caller is told: never the chain.
func problem(err error) *failure {
	if invalid, ok := errors.AsType[*deploy.InvalidError](err); ok {
		return &failure{client.Problem{Status: http.StatusUnprocessableEntity, Title: "The flow file has problems", Detail: invalid.Error(), Code: string(errs.Invalid), Lint: Lint(invalid.Problems)}}
	}
	code := errs.CodeOf(err)
	msg, hint := errs.Message(err)
	status := errs.HTTPStatus(code)
	f := &failure{client.Problem{Status: status, Title: http.StatusText(status), Detail: msg, Code: string(code), Hint: hint}}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		for _, w := range e.Fields {
			f.Fields = append(f.Fields, client.Wrong{Location: w.Path, Message: w.Msg})
		}
	}
	return f
}

// told completes every problem that leaves the API. Those of huma are made ours:
// they quote the value that is wrong, which may be a secret.
func told(ctx huma.Context, _ string, v any) (any, error) {
	u := ctx.URL()
	instance := Prefix + u.EscapedPath()
	switch e := v.(type) {
	case *failure:
		e.Instance = instance
	case *huma.ErrorModel:
		p := client.Problem{Status: e.Status, Title: e.Title, Detail: strings.TrimSuffix("the request is not valid: "+e.Detail, ": validation failed"), Code: string(codeOf(e.Status)), Instance: instance}
		p.Hint = "the API is described at " + Prefix + "/openapi.json"
		for _, d := range e.Errors {
			p.Fields = append(p.Fields, client.Wrong{Location: d.Location, Message: d.Message})
		}
		return &p, nil
	}
	return v, nil
}

// codeOf is the code of what huma refuses itself.
func codeOf(status int) errs.Code {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return errs.TooLarge
	case http.StatusRequestTimeout:
		return errs.Timeout
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable, http.StatusMethodNotAllowed:
		return errs.Unsupported
	case http.StatusInternalServerError:
		return errs.Internal
	}
	return errs.Invalid
}

// problems describes the errors of an operation.
func (a *api) problems() map[string]*huma.Response {
	s := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[client.Problem](), true, "Problem")
	return map[string]*huma.Response{"default": {Description: "Error", Content: map[string]*huma.MediaType{problemType: {Schema: s}}}}
}

// Refuse answers with a problem, for handlers beside the API.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problem(err).Problem
	p.Instance = r.URL.EscapedPath()
	write(w, p)
}

func write(w http.ResponseWriter, p client.Problem) {
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// exact serves what a pattern of mux matches. Anything else is a problem, not a
// text of the router.
func exact(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		at := Prefix + r.URL.EscapedPath()
		p := problem(errs.Newf(errs.NotFound, "there is nothing at %s", at)).Problem
		said := &silent{header: http.Header{}}
		h.ServeHTTP(said, r)
		if allow := said.header.Get("Allow"); said.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", allow)
			p = client.Problem{Status: said.status, Title: http.StatusText(said.status), Code: string(codeOf(said.status))}
			p.Detail, p.Hint = r.Method+" is no method of "+at, "use "+strings.ReplaceAll(allow, ", ", " or ")
		}
		p.Instance = at
		write(w, p)
	})
}

// silent keeps what a handler answers to itself.
type silent struct {
	header http.Header
	status int
}

func (s *silent) Header() http.Header         { return s.header }
func (s *silent) WriteHeader(status int)      { s.status = status }
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }

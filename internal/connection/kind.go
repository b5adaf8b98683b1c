package connection

import (
	"net/url"
	"slices"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// SecretKind is the kind of connections that verify webhooks.
func SecretKind() connector.Kind {
	return connector.Kind{
		Name: "secret", Title: "Webhook secret", Doc: "The secret a sender signs its webhooks with.",
		Fields: []connector.Field{
			{Name: "secret", Doc: "The secret, as the provider shows it", Secret: true, Required: true},
			{Name: "previous", Doc: "The former secret, still valid while senders switch over", Secret: true},
		},
	}
}

// Value is a connection in the clear. It must not be kept longer than needed.
type Value struct {
	Name     string
	Kind     string
	Settings map[string]string
	Secrets  map[string]secret.String
}

// check fills defaults in and reports everything that is wrong.
func check(k connector.Kind, v *Value) error {
	var wrong []errs.Field
	known := map[string]bool{}
	for _, f := range k.Fields {
		known[f.Name] = true
		_, plain := v.Settings[f.Name]
		s, hidden := v.Secrets[f.Name]
		switch {
		case f.Secret && plain:
			wrong = append(wrong, errs.Field{Path: "/" + f.Name, Msg: "is secret: give it on stdin or as a reference to the environment"})
		case !f.Secret && hidden:
			wrong = append(wrong, errs.Field{Path: "/" + f.Name, Msg: "is not secret: give it as a setting"})
		case f.Required && !plain && (!hidden || s.IsZero()):
			wrong = append(wrong, errs.Field{Path: "/" + f.Name, Msg: "is missing: " + f.Doc})
		case !f.Secret && !plain && f.Default != "":
			v.Settings[f.Name] = f.Default
		case plain && f.Enum != nil && !slices.Contains(f.Enum, v.Settings[f.Name]):
			wrong = append(wrong, errs.Field{Path: "/" + f.Name, Msg: "must be one of " + strings.Join(f.Enum, ", ")})
		}
	}
	for name := range v.Settings {
		if !known[name] && name != captureSetting {
			wrong = append(wrong, errs.Field{Path: "/" + name, Msg: "is no field of kind " + k.Name})
		}
	}
	for name := range v.Secrets {
		if !known[name] {
			wrong = append(wrong, errs.Field{Path: "/" + name, Msg: "is no field of kind " + k.Name})
		}
	}
	if len(wrong) == 0 {
		if _, err := baseOf(k, v.Settings); err != nil {
			wrong = append(wrong, errs.Field{Path: "/base_url", Msg: err.Error()})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.SortFunc(wrong, func(a, b errs.Field) int { return strings.Compare(a.Path, b.Path) })
	return &errs.Error{Code: errs.Invalid, Msg: "the connection " + v.Name + " does not fit its kind " + k.Name, Fields: wrong}
}

// captureSetting turns the recording of bodies and headers off: capture=off.
const captureSetting = "capture"

// baseOf gives the address of a connection; nil for a kind that has none.
func baseOf(k connector.Kind, settings map[string]string) (*url.URL, error) {
	base := settings["base_url"]
	if base == "" {
		base = k.BaseURL
	}
	if base == "" && k.BaseFor != nil {
		base = k.BaseFor(settings)
	}
	if base == "" {
		return nil, nil //nolint:nilnil // no address is a valid answer
	}
	u, err := url.Parse(base)
	if err == nil && u.User != nil || err != nil && strings.Contains(base, "@") { // it is not repeated, for it may hold a password
		return nil, errs.New(errs.Invalid, "must not hold a user or a password: give them as fields of their own")
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errs.Newf(errs.Invalid, "%q is no address such as https://api.example.com", base)
	}
	return u, nil
}

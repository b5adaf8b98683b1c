package deploy

import (
	"context"
	"fmt"
	"strings"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

const codeSecret = "unusable-secret"

// usable makes sure that every webhook of f can be verified with its secret. A
// connection that is not there yet is no problem: its hook answers 503 until it
// is. Errors: *InvalidError with all problems, errs.Unavailable.
func (d *Deployer) usable(ctx context.Context, ns, file string, f *flow.Flow) error {
	var all flow.Problems
	for i, t := range f.Triggers {
		if t.Webhook == nil || t.Webhook.Auth == nil {
			continue
		}
		a := *t.Webhook.Auth
		err := d.verifiable(ctx, ns, a)
		switch errs.CodeOf(err) {
		case "":
		case errs.Invalid:
			msg, hint := errs.Message(err)
			all = append(all, flow.Problem{
				File: file, Line: t.Line, Column: 1, Code: codeSecret, Message: msg, Hint: hint,
				Path: fmt.Sprintf("/x-triggers/%d/%s/webhook/auth/%s/secret", i, pointer(t.Name), pointer(a.Scheme)),
			})
		default:
			return err
		}
	}
	if all != nil {
		return &InvalidError{all}
	}
	return nil
}

// verifiable checks one secret. Errors: errs.Invalid for one that is of no use,
// errs.Unavailable.
func (d *Deployer) verifiable(ctx context.Context, ns string, a flow.Auth) error {
	s, err := d.Schemes.Scheme(a.Scheme, a.Config)
	if err != nil {
		return err
	}
	live, err := d.Secrets(ctx, ns, a.Secret)
	if errs.CodeOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for i, field := range []string{"secret", "previous"} {
		if i == len(live) {
			break
		}
		if err := s.CheckSecret(live[i]); err != nil {
			return explain(err, a, field)
		}
	}
	return nil
}

func explain(err error, a flow.Auth, field string) error {
	msg, hint := errs.Message(err)
	how := fmt.Sprintf("set it with: patchbay connection set %s --secret %s=-", a.Secret, field)
	if hint != "" {
		how = hint + "; " + how
	}
	return errs.Newf(errs.Invalid, "the field %s of connection %s cannot verify %s: %s", field, a.Secret, a.Scheme, msg).WithHint("%s", how)
}

// pointer escapes a name for a JSON pointer.
func pointer(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// Secrets gives the live secrets of a connection of kind secret, the current one
// first. Errors: errs.NotFound, errs.Invalid for another kind.
type Secrets func(ctx context.Context, ns, name string) ([]secret.String, error)

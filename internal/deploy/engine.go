package deploy

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Flow gives the parsed definition of a revision. Errors: errs.NotFound,
// *InvalidError.
func (d *Deployer) Flow(ctx context.Context, ns, name string, number int) (*flow.Flow, error) {
	d.mu.RLock()
	f := d.parsed[revision{ns, name, number}]
	d.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	rev, err := d.Flows.Revision(ctx, ns, name, number)
	if err != nil {
		return nil, err
	}
	f, err = d.remember(rev)
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "revision can no longer be read: "+err.Error())
	}
	return f, nil
}

// Published gives the published definition of a flow. Error: errs.NotFound.
func (d *Deployer) Published(ctx context.Context, ns, name string) (*flow.Flow, int, error) {
	row, err := d.Flows.Flow(ctx, ns, name)
	if err != nil {
		return nil, 0, err
	}
	if row.Published == 0 {
		return nil, 0, errs.Newf(errs.NotFound, "flow %s is not published", name).WithHint("patchbay flow deploy FILE")
	}
	f, err := d.Flow(ctx, ns, name, row.Published)
	return f, row.Published, err
}

// Parse reads a text that is no revision.
func (d *Deployer) Parse(text string) (*flow.Flow, error) { return d.Check("draft", text) }

// Vars gives $vars of a namespace as a JSON object.
func (d *Deployer) Vars(ctx context.Context, ns string) (json.RawMessage, error) {
	d.mu.RLock()
	v := d.vars[ns]
	d.mu.RUnlock()
	if v != nil {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	all, err := d.Values.Vars(ctx, ns)
	if err != nil {
		return nil, err
	}
	object := map[string]json.RawMessage{}
	for _, one := range all {
		object[one.Name] = one.Value
	}
	v, err = json.Marshal(object)
	if err != nil {
		return nil, err
	}
	d.vars[ns] = v
	return v, nil
}

var validVar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// SetVar sets a variable for runs that start from now on. Error: errs.Invalid.
func (d *Deployer) SetVar(ctx context.Context, ns, name string, value json.RawMessage) error {
	if !validVar.MatchString(name) {
		return errs.Newf(errs.Invalid, "%q is no name of a variable", name).WithHint("use letters, digits and underscores")
	}
	if !json.Valid(value) {
		return errs.Newf(errs.Invalid, "the value of %s is not JSON", name).WithHint(`quote a text: "\"like this\""`)
	}
	if err := d.Values.PutVar(ctx, store.Var{Namespace: ns, Name: name, Value: value, Updated: d.Now()}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.vars, ns)
	return nil
}

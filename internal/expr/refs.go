package expr

import (
	"reflect"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// Refs is what an expression refers to.
type Refs struct {
	Vars  []string // variables used, without the dollar sign
	Bound []string // variables the expression binds itself
	Steps []string // task names read as $steps.<name>
	// AllSteps: $steps is used as a whole or with a computed name.
	AllSteps bool
	Funcs    []string // functions called
}

// refsOf walks the whole syntax tree. Reflection keeps it complete: a field that
// a new version of gojq adds is walked too.
func refsOf(q *gojq.Query) Refs {
	var r Refs
	walk(reflect.ValueOf(q), &r)
	for _, list := range []*[]string{&r.Vars, &r.Bound, &r.Steps, &r.Funcs} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return r
}

func walk(v reflect.Value, r *Refs) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		note(v.Interface(), r)
		walk(v.Elem(), r)
	case reflect.Struct:
		for _, field := range v.Fields() {
			walk(field, r)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), r)
		}
	default:
	}
}

func note(n any, r *Refs) {
	switch x := n.(type) {
	case *gojq.Term:
		if x.Func != nil && x.Func.Name == "$steps" {
			r.noteStep(x.SuffixList)
		}
	case *gojq.Func:
		if name, ok := strings.CutPrefix(x.Name, "$"); ok && x.Name != "$ENV" {
			r.Vars = append(r.Vars, name)
		} else {
			r.Funcs = append(r.Funcs, x.Name)
		}
	case *gojq.Pattern:
		r.bind(x.Name)
	case *gojq.PatternObject:
		r.bind(x.Key)
	case *gojq.FuncDef:
		for _, a := range x.Args {
			r.bind(a)
		}
	}
}

func (r *Refs) bind(name string) {
	if n, ok := strings.CutPrefix(name, "$"); ok {
		r.Bound = append(r.Bound, n)
	}
}

func (r *Refs) noteStep(suffixes []*gojq.Suffix) {
	if len(suffixes) > 0 && suffixes[0].Index != nil {
		if s, ok := stepOf(suffixes[0].Index); ok && s.key != "" {
			r.Steps = append(r.Steps, s.key)
			return
		}
	}
	r.AllSteps = true
}

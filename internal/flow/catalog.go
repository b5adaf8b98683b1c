package flow

// Catalog is what a flow may call and how its webhooks may be verified.
type Catalog interface {
	// Operation describes what `call: name` does; false if there is no such name.
	Operation(name string) (Operation, bool)
	// Operations lists all names.
	Operations() []string
	// CheckAuth reports what is wrong with a webhook's authentication, an error
	// with a message for people.
	CheckAuth(a Auth) error
}

// Operation is what the checks of a call need to know.
type Operation struct {
	// Connection is the kind of connection the call needs; "" for none.
	Connection string
	// Check validates an argument whose texts may still hold expressions.
	Check func(with map[string]any) []Argument
}

// Argument is one thing wrong with an argument; Path is a JSON pointer into it.
type Argument struct {
	Path    string
	Message string
}

package store

import (
	"context"
	"time"
)

// Flow is a named flow: one draft and numbered immutable revisions.
type Flow struct {
	Namespace string
	Name      string
	Draft     string // YAML as written
	DraftHash string // hex SHA-256 of Draft
	Published int    // number of the published revision; 0 for none
	Updated   time.Time
}

// Revision is an immutable version of a flow.
type Revision struct {
	Namespace string
	Flow      string
	Number    int // from 1
	Text      string
	Hash      string // hex SHA-256 of Text
	Note      string
	Created   time.Time
}

// Flows keeps flow texts.
type Flows interface {
	// SaveDraft writes the draft, making the flow if needed. With base != "" the
	// present draft must have that hash, else errs.Conflict.
	SaveDraft(ctx context.Context, f Flow, base string) error
	// Publish appends a revision and makes it the published one, and the draft. If
	// the published revision has the same hash, it is returned and nothing written.
	Publish(ctx context.Context, r Revision) (Revision, error)
	// Flow gives one flow; errs.NotFound.
	Flow(ctx context.Context, ns, name string) (Flow, error)
	// Flows lists by name, without drafts.
	Flows(ctx context.Context, ns string) ([]Flow, error)
	// Revision gives one revision; errs.NotFound.
	Revision(ctx context.Context, ns, name string, number int) (Revision, error)
	// Revisions lists newest first, without texts.
	Revisions(ctx context.Context, ns, name string) ([]Revision, error)
	// Published gives the published revision of every flow of every namespace.
	Published(ctx context.Context) ([]Revision, error)
}

// Connection is a stored credential with its settings. Secrets are sealed; the
// store never sees one.
type Connection struct {
	Namespace string
	Name      string
	Kind      string
	Settings  map[string]string // plain
	Sealed    map[string][]byte // secret fields, sealed by package vault
	Version   int               // rises with each Put, from 1
	Updated   time.Time
	LastUsed  time.Time
}

// Connections keeps connections.
type Connections interface {
	// PutConnection inserts or replaces. c.Version must be the stored version plus
	// one (1 for a new one), else errs.Conflict.
	PutConnection(ctx context.Context, c Connection) error
	// Connection gives one; errs.NotFound.
	Connection(ctx context.Context, ns, name string) (Connection, error)
	// Connections lists by name, without Sealed values (the keys are kept).
	Connections(ctx context.Context, ns string) ([]Connection, error)
	// DeleteConnection removes one; errs.NotFound.
	DeleteConnection(ctx context.Context, ns, name string) error
}

// Var is a named value that is not secret.
type Var struct {
	Namespace string
	Name      string
	Value     []byte // JSON
	Updated   time.Time
}

// Vars keeps vars.
type Vars interface {
	PutVar(ctx context.Context, v Var) error
	Vars(ctx context.Context, ns string) ([]Var, error)
}

// Token is an API token; only its hash is kept.
type Token struct {
	ID      string // public part
	Hash    [32]byte
	Name    string
	Created time.Time
	Expires time.Time // zero for never
	Once    bool      // a sign-in link: gone after its first use
}

// Tokens keeps API tokens.
type Tokens interface {
	PutToken(ctx context.Context, t Token) error
	// Token gives one by its public part; errs.NotFound.
	Token(ctx context.Context, id string) (Token, error)
	Tokens(ctx context.Context) ([]Token, error)
	// DeleteToken removes one; errs.NotFound. Exactly one of several concurrent
	// calls for the same token succeeds.
	DeleteToken(ctx context.Context, id string) error
}

// Meta keeps small facts about the installation, such as its id.
type Meta interface {
	// Meta gives a value; nil when it is not set.
	Meta(ctx context.Context, key string) ([]byte, error)
	// PutMetaOnce sets a value unless it is set, and gives the value that holds.
	PutMetaOnce(ctx context.Context, key string, value []byte) ([]byte, error)
}

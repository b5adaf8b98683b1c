package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

const (
	maxSpec          = 64 << 10
	defaultTolerance = 5 * time.Minute
	// maxTolerance bounds how long a captured request can be replayed.
	maxTolerance = 24 * time.Hour
)

// spec is a provider as written in YAML; see providers for examples.
type spec struct {
	Scheme    string         `yaml:"scheme"` // hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512, equal
	Secret    secretSpec     `yaml:"secret"`
	Signature signatureSpec  `yaml:"signature"`
	Timestamp *timestampSpec `yaml:"timestamp"`
	Content   string         `yaml:"content"`    // template of the signed bytes; default {body}
	ID        []string       `yaml:"id"`         // sources, the first present one counts
	EventType []string       `yaml:"event_type"` // likewise
}

type secretSpec struct {
	Strip  string `yaml:"strip"`   // prefix that is not part of the key, optional in the secret
	Decode string `yaml:"decode"`  // utf8 (default), base64, hex
	MinLen int    `yaml:"min_len"` // of the decoded key in bytes
}

type signatureSpec struct {
	From     string `yaml:"from"`     // header:Name
	Split    string `yaml:"split"`    // what stands between candidates; default: there is one
	Match    string `yaml:"match"`    // anchored; its one group is the signature; default: all of it
	Encoding string `yaml:"encoding"` // hex, base64; none with equal
	Send     string `yaml:"send"`     // template of the header's value when signing; default {sig}
}

type timestampSpec struct {
	From   string   `yaml:"from"`   // header:Name, sigfield:key, body:path
	Format string   `yaml:"format"` // unix (default), unix_ms, rfc3339
	Past   duration `yaml:"past"`   // default 5m
	Future duration `yaml:"future"` // default 5m
}

type duration time.Duration

// UnmarshalYAML reads a tolerance such as 5m.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := parseTolerance(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*d = duration(v)
	return nil
}

func parseTolerance(s string) (time.Duration, error) {
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 || v > maxTolerance {
		return 0, fmt.Errorf("%q is not a tolerance: want a duration such as 5m, over 0 and up to 24h", s)
	}
	return v, nil
}

// Load compiles a scheme from YAML. It is strict: unknown keys and unknown tokens
// of a template are named in an error with the code Invalid.
func Load(name string, text []byte) (*Scheme, error) {
	sp, err := decodeSpec(text)
	if err == nil {
		var s *Scheme
		if s, err = compile(sp); err == nil {
			return s, nil
		}
	}
	return nil, errs.Newf(errs.Invalid, "signature scheme %q: %v", name, err)
}

func decodeSpec(text []byte) (spec, error) {
	var sp spec
	if len(text) > maxSpec {
		return sp, fmt.Errorf("over %d bytes", maxSpec)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&sp); errors.Is(err, io.EOF) {
		return sp, errors.New("the file is empty")
	} else if err != nil {
		return sp, yamlError(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return sp, errors.New("more than one YAML document")
	}
	return sp, nil
}

var unknownField = regexp.MustCompile(`field (.*) not found in type \S+`)

// yamlError says what is wrong without the names of Go types.
func yamlError(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return err
	}
	return errors.New(unknownField.ReplaceAllString(strings.Join(te.Errors, "; "), "unknown key $1"))
}

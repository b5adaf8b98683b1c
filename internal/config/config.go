// Package config is the one description of what an operator can set: each field
// of Config has a flag, a variable of the environment, a default and its text.
// Flags win over the environment.
package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Config configures a server.
type Config struct {
	Listen      string        `flag:"listen" env:"PATCHBAY_LISTEN" default:"127.0.0.1:8080" doc:"address to listen on"`
	Data        string        `flag:"data" env:"PATCHBAY_DATA" default:"patchbay-data" doc:"folder for everything that is kept; its key lies beside it"`
	PublicURL   string        `flag:"public-url" env:"PATCHBAY_PUBLIC_URL" default:"" doc:"address that senders of webhooks use; the listen address by default"`
	EgressAllow []string      `flag:"egress-allow" env:"PATCHBAY_EGRESS_ALLOW" default:"" doc:"private addresses that flows may call, e.g. 10.0.0.0/8 or 127.0.0.1:9000"`
	MaxBody     int64         `flag:"max-body" env:"PATCHBAY_MAX_BODY" default:"10485760" doc:"largest webhook body in bytes"`
	MaxCalls    int           `flag:"max-calls" env:"PATCHBAY_MAX_CALLS" default:"512" doc:"calls to the outside at one time"`
	CallTimeout time.Duration `flag:"call-timeout" env:"PATCHBAY_CALL_TIMEOUT" default:"5m" doc:"time limit of a call whose task has none"`
	LogLevel    string        `flag:"log-level" env:"PATCHBAY_LOG_LEVEL" default:"info" doc:"debug, info, warn or error"`
	Pprof       string        `flag:"pprof" env:"PATCHBAY_PPROF" default:"" doc:"loopback address for profiling; off by default"`
}

// Setting is one field of Config, as a flag needs it.
type Setting struct {
	Flag, Env, Default, Doc string
	value                   reflect.Value
}

// Settings describes the fields of c; Set writes through to it.
func Settings(c *Config) []Setting {
	v := reflect.ValueOf(c).Elem()
	var out []Setting
	for i := range v.NumField() {
		t := v.Type().Field(i).Tag
		out = append(out, Setting{t.Get("flag"), t.Get("env"), t.Get("default"), t.Get("doc"), v.Field(i)})
	}
	return out
}

// Set reads a text into the field. Error: errs.Invalid.
func (s Setting) Set(text string) error {
	wrong := func(what string) error {
		return errs.Newf(errs.Invalid, "--%s or %s: %q is no %s", s.Flag, s.Env, text, what).WithHint("%s", s.Doc)
	}
	switch p := s.value.Addr().Interface().(type) {
	case *string:
		*p = text
	case *[]string:
		*p = nil
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				*p = append(*p, item)
			}
		}
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return wrong("duration such as 30s or 5m")
		}
		*p = d
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return wrong("whole number")
		}
		*p = n
	case *int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return wrong("whole number")
		}
		*p = n
	default:
		return fmt.Errorf("config: no reader for %T", p)
	}
	return nil
}

// Default sets c to the defaults, then to what the environment says.
func Default(env func(string) (string, bool)) (Config, error) {
	var c Config
	for _, s := range Settings(&c) {
		text := s.Default
		if v, ok := env(s.Env); ok {
			text = v
		}
		if err := s.Set(text); err != nil {
			return c, err
		}
	}
	return c, nil
}

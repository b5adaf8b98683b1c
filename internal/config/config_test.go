package config

import (
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

func TestTheEnvironmentWinsOverDefaults(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PATCHBAY_LISTEN": ":1", "PATCHBAY_EGRESS_ALLOW": "10.0.0.0/8, 127.0.0.1", "PATCHBAY_CALL_TIMEOUT": "3s"}
	c, err := Default(func(k string) (string, bool) { v, ok := env[k]; return v, ok })
	if err != nil || c.Listen != ":1" || c.Data != "patchbay-data" || len(c.EgressAllow) != 2 || c.CallTimeout != 3*time.Second || c.MaxBody != 10<<20 {
		t.Errorf("%+v %v", c, err)
	}
	env["PATCHBAY_MAX_CALLS"] = "many"
	if _, err := Default(func(k string) (string, bool) { v, ok := env[k]; return v, ok }); errs.CodeOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestEverySettingIsDescribed(t *testing.T) {
	t.Parallel()
	for _, s := range Settings(&Config{}) {
		if s.Flag == "" || s.Env == "" || s.Doc == "" {
			t.Errorf("%+v", s)
		}
	}
}

package errs

import (
	"errors"
	"fmt"
	"testing"
)

func TestCodeOfFindsTheOutermostError(t *testing.T) {
	t.Parallel()
	inner := New(NotFound, "no such run")
	wrapped := fmt.Errorf("load: %w", Wrap(Unavailable, inner, "storage is down"))
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{errors.New("plain"), Internal},
		{fmt.Errorf("x: %w", inner), NotFound},
		{wrapped, Unavailable},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestMessageHidesCauses(t *testing.T) {
	t.Parallel()
	err := Wrap(Unavailable, errors.New("dial 10.0.0.1: refused"), "storage is down").WithHint("start it")
	msg, hint := Message(err)
	if msg != "storage is down" || hint != "start it" {
		t.Fatalf("got %q, %q", msg, hint)
	}
	if msg, _ := Message(errors.New("secret detail")); msg != "internal error" {
		t.Fatalf("a foreign error showed %q", msg)
	}
}

func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []Code{Invalid, NotFound, Conflict, Unauthorized, Forbidden, TooLarge, RateLimited, Unavailable, Timeout, Unsupported, Canceled} {
		if HTTPStatus(c) == 500 {
			t.Errorf("%s has no status", c)
		}
	}
}

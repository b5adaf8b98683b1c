package signature

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// clock is where a scheme reads the time and how far it may be off.
type clock struct {
	from         source
	format       timeFormat
	past, future time.Duration
}

type timeFormat string

const (
	unix    timeFormat = "unix"
	unixMS  timeFormat = "unix_ms"
	rfc3339 timeFormat = "rfc3339"
)

// The patterns are stricter than the parsers behind them: a sign, a leading zero
// or a one-digit hour would be a second way to write the same time.
var (
	unixText    = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	unixMSText  = regexp.MustCompile(`^[1-9][0-9]{0,14}$`)
	rfc3339Text = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$`)
)

func (f timeFormat) valid() bool { return f == unix || f == unixMS || f == rfc3339 }

func (f timeFormat) parse(text string) (time.Time, error) {
	switch {
	case f == unix && unixText.MatchString(text):
		n, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(n, 0).UTC(), err
	case f == unixMS && unixMSText.MatchString(text):
		n, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(n).UTC(), err
	case f == rfc3339 && rfc3339Text.MatchString(text):
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return time.Time{}, errors.New("no such date")
		}
		return t.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("not a time in the format %s", f)
}

func (f timeFormat) text(t time.Time) string {
	switch f {
	case unixMS:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case rfc3339:
		return t.UTC().Format(time.RFC3339)
	case unix:
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// check compares a signed time with now; the bounds themselves are allowed.
func (c *clock) check(at, now time.Time) error {
	switch age := now.Sub(at); {
	case age > c.past:
		return reject(TimestampTooOld, fmt.Sprintf("%s old, allowed %s", age.Round(time.Second), c.past))
	case age < -c.future:
		return reject(TimestampInFuture, fmt.Sprintf("%s ahead, allowed %s", (-age).Round(time.Second), c.future))
	}
	return nil
}

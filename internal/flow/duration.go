package flow

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// maxDuration keeps sums of durations and times in range.
const maxDuration = 100 * 365 * 24 * time.Hour

var iso8601 = regexp.MustCompile(`^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// Duration reads a duration of the DSL: an object with days, hours, minutes,
// seconds and milliseconds, or ISO 8601 text without years and months. Errors
// are errs.Invalid.
func Duration(v any) (time.Duration, error) {
	switch x := v.(type) {
	case string:
		return isoDuration(x)
	case map[string]any:
		return objectDuration(x)
	}
	return 0, errs.New(errs.Invalid, "a duration is an object such as { seconds: 5 } or text such as PT5S")
}

func objectDuration(m map[string]any) (time.Duration, error) {
	var d float64
	for k, v := range m {
		unit, ok := map[string]time.Duration{
			"days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second, "milliseconds": time.Millisecond,
		}[k]
		if !ok {
			return 0, errs.Newf(errs.Invalid, "a duration has no %q; it has days, hours, minutes, seconds, milliseconds", k)
		}
		n, ok := toFloat(v)
		if !ok || n < 0 {
			return 0, errs.Newf(errs.Invalid, "%s of a duration must be a number that is not negative", k)
		}
		d += n * float64(unit)
	}
	return bounded(d)
}

func isoDuration(s string) (time.Duration, error) {
	m := iso8601.FindStringSubmatch(s)
	if m == nil || strings.HasSuffix(s, "T") || s == "P" {
		return 0, errs.Newf(errs.Invalid, "%.40q is not a duration; write for example PT5S, PT1H30M or P2D", s)
	}
	var d float64
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] != "" {
			n, _ := strconv.ParseFloat(m[i+1], 64)
			d += n * float64(unit)
		}
	}
	return bounded(d)
}

func bounded(d float64) (time.Duration, error) {
	if d > float64(maxDuration) {
		return 0, errs.New(errs.Invalid, "a duration may not exceed 100 years")
	}
	return time.Duration(d), nil
}

func toFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

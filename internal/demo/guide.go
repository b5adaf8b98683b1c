package demo

import (
	"fmt"
	"strconv"

	"github.com/patchbay-dev/patchbay/internal/config"
)

// Guide prints where to look and how to send one more ticket.
func (d *Demo) Guide() {
	t := ticket{id: "T-200", customer: "C-1", text: "The login page is broken, I am angry."}
	body := t.body()
	_, _ = fmt.Fprintf(d.out, `
Look at a run and what it said to whom:
  bin/patchbay run list%[3]s
  bin/patchbay run show RUN --calls%[3]s

Send one more ticket:
  curl -i %[1]s/hooks/tickets -H 'Content-Type: application/json' \
    -H "X-Patchbay-Event-Id: more-$(date +%%s)" -H 'X-Patchbay-Signature: %[2]s' \
    -d '%[4]s'

Serving on %[1]s; stop with Ctrl-C.
`, d.App.URL(), sign(d.keys.webhook, body), d.where(), body)
}

// where tells the command line which server is meant, if it is not the usual one.
func (d *Demo) where() string {
	usual, err := config.Default(func(string) (string, bool) { return "", false })
	if err == nil && d.data == usual.Data {
		return ""
	}
	return " --data " + strconv.Quote(d.data)
}

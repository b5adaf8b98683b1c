package demo

import "fmt"

// Guide prints where to look and how to send one more ticket.
func (d *Demo) Guide() {
	t := ticket{id: "T-200", customer: "C-1", text: "The login page is broken, I am angry."}
	body := t.body()
	_, _ = fmt.Fprintf(d.out, `
Look at a run and what it said to whom:
  bin/patchbay run list
  bin/patchbay run show RUN

Send one more ticket:
  curl -i %s/hooks/tickets -H 'Content-Type: application/json' \
    -H "X-Patchbay-Event-Id: more-$(date +%%s)" -H 'X-Patchbay-Signature: %s' \
    -d '%s'

Serving on %s; stop with Ctrl-C.
`, d.App.URL(), sign(d.keys.webhook, body), body, d.App.URL())
}

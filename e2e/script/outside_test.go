package script

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/patchbay-dev/patchbay/internal/standin"
)

// services are the stand-ins of one script.
type services struct {
	*standin.Services
	http *httptest.Server
}

func outside(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg, "outside [SERVICE=KEY]...")
	o := standin.Options{Dedupe: true}
	for _, a := range args {
		service, key, _ := strings.Cut(a, "=")
		field, known := map[string]*string{"crm": &o.CRMKey, "openai": &o.OpenAIKey, "anthropic": &o.AnthropicKey, "slack": &o.SlackToken}[service]
		usage(ts, known && key != "", "outside [crm|openai|anthropic|slack=KEY]...")
		*field = key
	}
	s := &services{Services: standin.New(o)}
	s.http = httptest.NewServer(s.Services)
	ts.Defer(func() {
		s.http.CloseClientConnections()
		s.http.Close()
	})
	of(ts).outside = s
	set(ts, "OUTSIDE", s.http.URL)
	set(ts, "ADDRESS", strings.TrimPrefix(s.http.URL, "http://"))
}

// fill writes the address of the stand-ins into files that name it.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0 && of(ts).outside != nil, "fill FILE..., after outside")
	for _, file := range args {
		text := strings.ReplaceAll(ts.ReadFile(file), "$OUTSIDE", ts.Getenv("OUTSIDE"))
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

func fault(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 5 && of(ts).outside != nil, "fault SERVICE METHOD PATH STATUS BODY, after outside")
	status, err := strconv.Atoi(args[3])
	ts.Check(err)
	of(ts).outside.Fail(standin.Fault{Service: args[0], Method: args[1], Path: args[2], Status: status, Body: args[4], Times: 1})
}

func ledger(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) < 2 && of(ts).outside != nil, "ledger [COUNT], after outside")
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		await(ts, "as many calls", func() bool { return len(of(ts).outside.Ledger().Entries()) >= n })
	}
	ts.Check(json.NewEncoder(ts.Stdout()).Encode(of(ts).outside.Ledger().Entries()))
}

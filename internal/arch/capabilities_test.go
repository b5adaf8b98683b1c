package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// capability is something that Patchbay can do, by the id of the product plan,
// and what proves it: "PACKAGE TestName", or a file of e2e/script.
type capability struct {
	id, what string
	partly   string // what of it is still to come
	proofs   []string
}

var capabilities = []capability{
	{"C1", "REST calls", "pagination, forms, multipart, files, streams", []string{"internal/egress TestConnectionsAreReused", "e2e/script/flow-run-prints-the-output.txtar", "connectors/crm TestConnector", "connectors/slack TestConnector"}},
	{"C5", "status and error text surfaced; retries with backoff, jitter and Retry-After", "", []string{"internal/backoff TestRetryAfter", "internal/backoff TestNextNeverOverflows", "internal/run TestRetryAfterIsHonoured", "e2e/script/flow-run-faulted-is-exit-1.txtar"}},
	{"A1", "API keys in headers", "query, body, expiry", []string{"internal/connection TestACredentialIsLentAndHidden", "internal/egress TestACredentialStaysAtHome"}},
	{"W1", "webhooks on any path, raw bytes kept", "methods other than POST", []string{"internal/ingress TestAccepted", "internal/app TestEventsAreShownAsReceived", "internal/ingress FuzzEnvelope"}},
	{"W2", "signatures by preset or scheme", "more presets", []string{"internal/signature TestPublishedVectors", "internal/signature TestEveryBitOfASignature", "internal/signature FuzzVerify"}},
	{"W4", "durable before the answer", "", []string{"internal/store/sqlite TestPowerLossEverywhere", "internal/store/sqlite TestPowerLossIsNoticed", "internal/ingress TestStorageFails"}},
	{"W5", "one event for each id of a provider", "", []string{"internal/ingress TestRepeated", "internal/ingress TestCopiesAtOnce"}},
	{"M1", "OpenAI and Anthropic, and what is compatible", "other providers", []string{"internal/aidialect/openai TestGolden", "internal/aidialect/anthropic TestGolden"}},
	{"M3", "answers by JSON Schema, checked, mended once", "", []string{"internal/gateway TestAnswers", "internal/schema TestTheShortWayIsTheLongWay"}},
	{"M4", "fallback chains", "", []string{"internal/gateway TestFallback", "internal/gateway TestNobodyAnswers"}},
	{"M6", "cost of each step", "budgets", []string{"internal/gateway TestCost", "internal/gateway TestAnUnknownPriceMakesTheSumUnknown"}},
	{"I1", "synchronous calls", "", []string{"internal/demo TestTheMainJob", "e2e/script/flow-run-stub.txtar"}},
	{"I2", "asynchronous by webhook", "", []string{"internal/demo TestTheMainJob", "e2e/script/webhook-becomes-a-run.txtar"}},
	{"F1", "branch, switch, loop, parallel branches, wait", "parallel map, sub-flows, events, approval", []string{"internal/run TestScenarios", "internal/run TestBranchOrderDoesNotMatter", "internal/engine TestManySleepers"}},
	{"F2", "try/catch, error handler, retry from the failed step", "dead letters, bulk retry", []string{"internal/run TestScenarios", "internal/engine TestRetryGoesOnFromTheFailedTask", "e2e/script/run-retry-and-cancel.txtar"}},
	{"F3", "JSON by jq", "XML, CSV", []string{"internal/expr TestEval", "internal/expr TestDataIsNotEvaluated", "internal/expr FuzzTemplate"}},
	{"K1", "credentials from the environment", "files, vaults", []string{"internal/connection TestFile", "e2e/script/connection.txtar"}},
	{"K2", "encrypted at rest, write-only", "", []string{"internal/connection TestWhatIsStoredIsSealed", "internal/vault TestASealedValueFitsOnePlaceOnly", "internal/app TestConnectionsAreWriteOnly", "e2e/script/secrets-are-nowhere.txtar"}},
	{"P1", "HTTP API with OpenAPI, Go client, command line", "", []string{"internal/api TestOpenAPIIsSound", "internal/app TestNoRouteWithoutAToken", "e2e/script/serve-needs-a-token.txtar"}},
	{"X1", "embedded SQLite", "", []string{"internal/store/sqlite TestContract", "internal/store/sqlite TestSecondProcessIsRefused", "internal/engine TestCrashAtEveryCommit"}},
}

// TestCapabilities holds the list against what is there: a proof that was renamed
// or removed is missed.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, c := range capabilities {
		if slices.Contains(seen, c.id) || len(c.proofs) == 0 || c.what == "" {
			t.Errorf("%s is listed twice, or without a proof", c.id)
		}
		seen = append(seen, c.id)
		for _, p := range c.proofs {
			if !proven(t, p) {
				t.Errorf("%s: there is no %s", c.id, p)
			}
		}
	}
}

func proven(t *testing.T, proof string) bool {
	t.Helper()
	dir, name, isTest := strings.Cut(proof, " ")
	if !isTest {
		_, err := os.Stat(filepath.Join(root, proof))
		return err == nil
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	return slices.ContainsFunc(files, func(f string) bool {
		text, err := os.ReadFile(f)
		return err == nil && head.Match(text)
	})
}

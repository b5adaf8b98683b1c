// Package standin plays the outside world over real HTTP: a CRM, two AI
// providers and a chat, for the demo, the tests, the crash test and the
// benchmark. Answers depend on the request only, faults are scripted, and a
// ledger keeps what was asked of it: it is the judge of what happened.
//
// It must not know Patchbay.
package standin

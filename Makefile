# Patchbay. `make run` starts the demo, `make test` runs every test.
GO    ?= go
ARGS  ?=
BIN   := bin/patchbay
PKGS  := ./...
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0

export CGO_ENABLED ?= 0

.PHONY: help build run test unit check race lint generate bench sleepers crash mutants fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: ## build bin/patchbay
	$(GO) build -trimpath -ldflags '-s -w' -o $(BIN) ./cmd/patchbay

run: build ## build and start the demo (ARGS=--once to check and stop)
	$(BIN) demo $(ARGS)

test: check unit race ## every test and check, installing what it needs

unit: ## the tests, shuffled
	$(GO) test -shuffle=on $(PKGS)

check: ## formatting, vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-ed:"; echo "$$out"; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) run $(STATICCHECK) $(PKGS)

race: ## the tests under the race detector
	@.ci/need "gcc=gcc libc6-dev"
	CGO_ENABLED=1 $(GO) test -race -shuffle=on $(PKGS)

lint: ## golangci-lint, where it is installed
	golangci-lint run

generate: ## rewrite golden files and deps.txt
	$(GO) test ./internal/flow -update
	$(GO) test ./internal/api -run 'TestOpenAPI$$' -update
	$(GO) test ./internal/arch -run TestLinked -update

FUZZTIME ?= 20s

fuzz: ## every fuzz target for FUZZTIME each
	@grep -roE '^func Fuzz[A-Za-z]+' --include='*_test.go' internal | sed -E 's|(.*)/[^/]*:func (.*)|\1 \2|' | sort | while read dir name; do \
		echo "$$dir $$name"; $(GO) test ./$$dir -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x || exit 1; done

KILLS ?= 200

crash: build ## kill the binary KILLS times under load; an outside ledger judges
	$(GO) run ./e2e/crash -bin $(BIN) -kills $(KILLS)

mutants: ## build faulty Patchbays and see the crash test convict each
	$(GO) run ./e2e/crash -mutants -kills 20

bench: build ## compare with the same flow in plain Go; print ratio, acknowledgement times, memory
	$(GO) build -o bin/bench ./bench
	bin/bench -bin $(BIN)

sleepers: build ## 10,000 runs sleep over a kill -9; print memory and how late they wake
	$(GO) build -o bin/bench ./bench
	bin/bench -bin $(BIN) -sleepers 10000

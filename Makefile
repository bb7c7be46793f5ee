# Each target is a few lines, all of them plain go. CONTRIBUTING.md says which is
# for what.

.PHONY: build demo quick test check regal soak sdk-contract dist bench bench-collect bench-json bench-go

build:
	go build -trimpath -o bin/ ./cmd/...

demo: build
	./bin/ringfence demo --dir demo

# quick: while you work. The tests, in short, of the packages that differ from BASE
# and of those that use them; and the house rules.
BASE ?= main
quick:
	go build ./...
	go vet ./...
	go test -vet=off -count=1 ./internal/archtest
	packages="$$(.ci/changed $(BASE))" && { test -z "$$packages" || go test -vet=off -short -timeout 30m $$packages; }

# test: go vet; everything under the race detector, to which a glance at what samples is
# enough; then, without it, the tests that do more then (internal/effort/unwatched). It
# prints one table of all controls: tests, coverage, ablation, and what of the planted
# violations was found.
#
# scrypt is slow on purpose and seven times slower when watched. It is arithmetic
# in one goroutine: alone of all packages, it is compiled without the detector.
UNWATCHED = -gcflags=golang.org/x/crypto/scrypt=-race=false
test:
	go vet ./...
	go test -vet=off -race -short $(UNWATCHED) -timeout 30m ./...
	mkdir -p bin
	unwatched="$$(go run ./internal/effort/unwatched)" && \
		RINGFENCE_TABLE=$(CURDIR)/bin/controls.txt go test -vet=off -timeout 30m $$unwatched
	test ! -f bin/controls.txt || cat bin/controls.txt

# check: formatting, three systems, Regal, and our signatures held against stock cosign.
check: build regal
	test -z "$$(gofmt -l cmd collectors engine internal oscal policies)"
	GOOS=darwin CGO_ENABLED=0 go vet ./cmd/ringfence
	GOOS=windows CGO_ENABLED=0 go vet ./cmd/ringfence
	go build -C internal/tools/cosign -trimpath -ldflags="-s -w" -o ../../../bin/cosign github.com/sigstore/cosign/v3/cmd/cosign
	PATH="$(CURDIR)/bin:$$PATH" RINGFENCE_COSIGN=$(CURDIR)/bin/cosign go test -count=1 -run 'Cosign|Docs' ./oscal/attest ./cmd/ringfence

# regal: the linter of Rego finds nothing in our policies, nor in what "ringfence policy
# new" writes. It takes five minutes to build, the first time.
regal: build
	go build -C internal/tools/regal -trimpath -ldflags="-s -w" -o ../../../bin/regal github.com/open-policy-agent/regal
	cd policies && ../bin/regal lint .
	rm -rf bin/regal-new && ./bin/ringfence policy new ACME-01 --dir bin/regal-new && cd bin/regal-new && ../regal lint .

# soak: the tests that sample, with all that they can do, and the planner without
# each of its rules in turn, and every mutant of every control. SOAK is how many snapshots are edited and sealed again.
SOAK ?= 5000
SAMPLING = ./internal/soundness ./engine/plan ./engine/fleet/... ./internal/certificate ./internal/mutation ./internal/bench ./internal/dist
soak:
	.ci/soak $(SOAK) $(SAMPLING) ./collectors

# sdk-contract: what the emulator serves of Microsoft Graph, and what we keep of its
# examples, read by the SDK's typed models. Minutes and 5 GB of memory, the first time.
sdk-contract:
	cd collectors/sdkcontract && go test -vet=off -count=1 -v -timeout 60m .

# dist: release archives for six systems, and SHA256SUMS; the same bytes for
# everybody who has this tree and this version of Go.
dist:
	go run ./internal/dist -out dist

# bench: ringfence beside opa and conftest, whole processes on the same clients.
# Makes bench-data/ (about 4 GB) the first time; docs/performance.md explains.
bench:
	go build -trimpath -o bin/bench ./internal/bench
	./bin/bench $(BENCH)

# bench-collect: what collecting takes, against an emulator in another process.
bench-collect: build
	go build -trimpath -o bin/bench ./internal/bench
	./bin/bench collect $(BENCH)

bench-json:
	go build -trimpath -o bin/bench ./internal/bench
	./bin/bench -json bin/bench.json $(BENCH)

# bench-go: Go benchmarks, for benchstat.
bench-go:
	go test -run '^$$' -bench . -benchmem ./engine/... ./internal/soundness ./internal/shelf ./oscal ./internal/bench

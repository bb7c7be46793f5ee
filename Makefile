# Each target is a few lines, all of them plain go. CONTRIBUTING.md says which is
# for what.

.PHONY: build demo quick test check soak dist bench bench-json bench-go

build:
	go build -trimpath -o bin/ ./cmd/...

demo: build
	./bin/ringfence demo --dir demo

# quick: the tests of the packages that differ from BASE, a few minutes.
BASE ?= main
quick:
	go vet ./...
	packages="$$(.ci/changed $(BASE))"; test -z "$$packages" || go test -short -timeout 10m $$packages

test:
	go vet ./...
	go test -race -timeout 30m ./...

# check: formatting, three systems, and our signatures held against stock cosign.
check: build
	test -z "$$(gofmt -l cmd collectors engine internal oscal policies)"
	GOOS=darwin CGO_ENABLED=0 go vet ./cmd/ringfence
	GOOS=windows CGO_ENABLED=0 go vet ./cmd/ringfence
	go build -C internal/tools/cosign -trimpath -ldflags="-s -w" -o ../../../bin/cosign github.com/sigstore/cosign/v3/cmd/cosign
	PATH="$(CURDIR)/bin:$$PATH" RINGFENCE_COSIGN=$(CURDIR)/bin/cosign go test -count=1 -run 'Cosign|Docs' ./oscal/attest ./cmd/ringfence

# soak: snapshots that were edited and sealed again, this many.
SOAK ?= 5000
soak:
	RINGFENCE_SOAK=$(SOAK) go test ./internal/soundness -run Soak -timeout 60m

# dist: release archives for six systems, and SHA256SUMS; the same bytes for
# everybody who has this tree and this version of Go.
dist:
	go run ./internal/dist -out dist

# bench: ringfence beside opa and conftest, whole processes on the same clients.
# Makes bench-data/ (about 4 GB) the first time; docs/performance.md explains.
bench:
	go build -trimpath -o bin/bench ./internal/bench
	./bin/bench $(BENCH)

bench-json:
	go build -trimpath -o bin/bench ./internal/bench
	./bin/bench -json bin/bench.json $(BENCH)

# bench-go: Go benchmarks, for benchstat.
bench-go:
	go test -run '^$$' -bench . -benchmem ./engine/... ./internal/soundness ./oscal ./internal/bench

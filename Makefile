# build, demo, test, check, bench: each a few lines, all of them plain go.

.PHONY: build demo test check bench

build:
	go build -trimpath -o bin/ ./cmd/...

demo: build
	./bin/ringfence demo --dir demo

test:
	go vet ./...
	go test -race ./...

# check: what an outsider sees, and formatting.
check: build
	test -z "$$(gofmt -l cmd collectors engine internal oscal policies)"
	cd internal/tools/cosign && go build -o ../../../bin/cosign github.com/sigstore/cosign/v3/cmd/cosign
	RINGFENCE_COSIGN=$(CURDIR)/bin/cosign go test -run Cosign ./oscal/attest

bench:
	go test -run '^$$' -bench . -benchmem ./engine/... ./collectors/snapshot

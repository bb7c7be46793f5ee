// Package cosign pins the version of stock cosign, the independent referee of
// our signatures: oscal/attest's TestCosign… lets it check what we signed and
// sign what we check. It is a module of its own, so that none of cosign's
// dependencies become ours.
//
// Build it once (about 4 minutes cold on 2 cores, 100 MB) and run the tests:
//
//	go build -C internal/tools/cosign -trimpath -ldflags="-s -w" -o /tmp/cosign \
//	  github.com/sigstore/cosign/v3/cmd/cosign
//	RINGFENCE_COSIGN=/tmp/cosign go test -run Cosign ./oscal/attest
package cosign

// Package bench pins opa and conftest, the programs that `make bench` measures
// ringfence beside. It is a module of its own, so that none of their
// dependencies become ours. Both link the same OPA, the one that ringfence
// links.
//
// Built by internal/bench into bin/ (about 2 minutes cold on 2 cores, 120 MB):
//
//	go build -C internal/tools/bench -trimpath -ldflags="-s -w" -o ../../../bin/ \
//	  github.com/open-policy-agent/opa \
//	  github.com/open-policy-agent/conftest
package bench

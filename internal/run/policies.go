package run

import (
	"bytes"
	"context"
	"sync"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/policyset"
	"ringfence/policies"
)

// Policies keeps the engine of the policies that were loaded last. The run folders of a fleet
// mostly hold the same ones, and loading all controls takes longer than judging a small client:
// whoever verifies 180 folders loads them once. The zero value is ready, and safe for concurrent
// use. It keeps no more than one, whatever somebody's folders hold.
type Policies struct {
	mu     sync.Mutex
	bundle []byte // policies.tar.gz
	engine *engine.Engine
	own    string // the digest of this program's own bundle; "": not known yet
}

// Verify is [Verify] of one of several run folders.
func (p *Policies) Verify(ctx context.Context, dir string, anchor Anchor) (Report, error) {
	return verifyNamed(ctx, dir, "", anchor, p)
}

// load is the engine of a bundle, and of the files in it.
func (p *Policies) load(bundle []byte, files policyset.Files) (*engine.Engine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.engine != nil && bytes.Equal(p.bundle, bundle) {
		return p.engine, nil
	}

	e, err := engine.LoadFiles(files)
	if err == nil {
		p.bundle, p.engine = bundle, e
	}
	return e, err
}

// areOwn reports whether a digest is that of this program's own policies, byte for byte.
func (p *Policies) areOwn(digest string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.own == "" {
		builtin, err := policyset.Read(policies.FS)
		if err != nil {
			return false
		}
		bundle, err := builtin.Bundle()
		if err != nil {
			return false
		}
		p.own = snapshot.Digest(bundle)
	}

	return p.own == digest
}

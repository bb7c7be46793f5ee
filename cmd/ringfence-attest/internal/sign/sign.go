// Package sign signs as a human. It is internal to ringfence-attest so that no
// other program of ours can import it. That is hygiene; the guarantee is in
// attest.CheckReview, which every verifier runs.
package sign

import (
	"context"
	"fmt"

	sigstore "github.com/sigstore/sigstore-go/pkg/sign"

	"ringfence/oscal/attest"
)

// Review signs a statement from attest.PrepareReview, byte for byte, and
// returns the bundle.
func Review(ctx context.Context, key *attest.Key, statement []byte) ([]byte, error) {
	content := &sigstore.DSSEData{Data: statement, PayloadType: "application/vnd.in-toto+json"}
	bundle, err := sigstore.Bundle(content, key, sigstore.BundleOptions{Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("signing the review: %w", err)
	}

	return attest.Marshal(bundle)
}

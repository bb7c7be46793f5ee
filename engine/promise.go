package engine

import (
	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// PromiseOf is what a client's intent says must be visible in its tenant.
func PromiseOf(c intent.Client) (p snapshot.Promise) {
	if c.Azure != nil {
		p.Azure = &snapshot.Azure{Subscriptions: c.Azure.Subscriptions, None: c.Azure.None}
	}
	if c.Keys != nil {
		p.Vaults = c.Keys.Vaults
	}
	return p
}

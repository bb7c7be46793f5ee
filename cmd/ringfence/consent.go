package main

import (
	"maps"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/access"
)

// consent is what an administrator of each tenant has to grant: the application
// that reads a client's tenant is asked for other things than the one that reads
// the MSP's own (what gdap.* says of its clients, for example).
type consent struct {
	Client []string `json:"client"`
	MSP    []string `json:"msp"`
}

// needed is the consent that a policy set needs, guards included.
func needed(e *engine.Engine) consent {
	all := access.NeedsOf(e, false)
	return consent{Client: access.Permissions(all.Client), MSP: access.Permissions(all.MSP)}
}

// permissions are those that datasets need, sorted.
func permissions(datasets []string) []string {
	all := map[string]bool{}
	for _, name := range datasets {
		for _, p := range snapshot.Schemas()[name].Permissions() {
			all[p] = true
		}
	}
	return notNil(slices.Sorted(maps.Keys(all)))
}

// union is what both tenants together are asked for.
func (c consent) union() []string {
	all := slices.Sorted(slices.Values(slices.Concat(c.Client, c.MSP)))
	return notNil(slices.Compact(all))
}

const (
	consentClientHead = "\nPermissions to grant in each client's tenant " +
		"(Graph application permissions, if not said otherwise):\n"
	consentMSPHead = "\nPermissions to grant in the MSP's own tenant, " +
		"to the application of msp { graph { … } }:\n"
)

// printConsent prints what to grant, tenant by tenant.
func (a *app) printConsent(c consent) {
	a.print(consentClientHead)
	for _, p := range c.Client {
		a.printf("  %s\n", p)
	}

	a.print(consentMSPHead)
	for _, p := range c.MSP {
		a.printf("  %s\n", p)
	}

	if len(c.MSP) == 0 {
		a.print("  none: this policy set reads nothing there\n")
	}
}

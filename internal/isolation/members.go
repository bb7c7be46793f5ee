package isolation

import (
	"slices"

	"ringfence/internal/fleetfile"
)

// MSPName is what the MSP's own tenant is called beside the labels of clients, which are in lower
// case.
const MSPName = "MSP"

// offboarded is the state of a client that left.
const offboarded = "offboarded"

// Members are the tenants of a fleet file that are compared: the MSP's own, and those of clients
// that are under contract or on their way there; of those that left, the ones that are named.
func Members(file *fleetfile.Fleet, left ...string) map[string]Member {
	members := map[string]Member{file.MSP.TenantID: {Name: MSPName}}
	for _, c := range file.Clients {
		if c.State == offboarded && !slices.Contains(left, c.Name) {
			continue
		}
		m := Member{Name: c.Name}
		if c.Cell != nil {
			m.Cell = *c.Cell
		}
		members[c.TenantID] = m
	}
	return members
}

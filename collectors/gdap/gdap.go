// Package gdap says what is asked in the MSP's own tenant about its clients:
// granular delegated admin privileges.
package gdap

import "ringfence/collectors/graph"

// Datasets of the MSP's tenant that are split among its clients.
const (
	Relationships     = "gdap.relationships"
	AccessAssignments = "gdap.access_assignments"
)

// Units are the datasets about delegated administration.
var Units = []graph.Unit{
	{Dataset: Relationships, Top: 300}, // the page's maximum
	{Dataset: AccessAssignments},
}

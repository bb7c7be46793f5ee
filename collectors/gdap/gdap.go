// Package gdap says what is asked in the MSP's own tenant about its clients:
// granular delegated admin privileges. The schemas say how each dataset is split
// among the clients (x-split).
package gdap

import "ringfence/collectors/graph"

// Relationships says with whom the MSP has relationships, and in which state.
const Relationships = "gdap.relationships"

// Units are the datasets about delegated administration.
var Units = []graph.Unit{
	{Dataset: Relationships, Top: 300}, // the page's maximum
	{Dataset: "gdap.access_assignments"},
	{Dataset: "gdap.customers", Top: 300},
}

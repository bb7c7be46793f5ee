// Package entra says what is asked of Microsoft Entra ID.
package entra

import "ringfence/collectors/graph"

// Units are the datasets of the directory.
var Units = []graph.Unit{
	{Dataset: "entra.organization"},
	{Dataset: "entra.subscribed_skus"},
	{Dataset: "entra.authorization_policy"},
}

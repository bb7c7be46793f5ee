// Package defender says what is asked of Microsoft Defender: scores and alerts.
package defender

import "ringfence/collectors/graph"

// Units are the datasets of security.
var Units = []graph.Unit{
	{Dataset: "defender.secure_scores"},
	{Dataset: "defender.control_profiles"},
	{Dataset: "defender.alerts"},
	{Dataset: "defender.role_assignments"},
}

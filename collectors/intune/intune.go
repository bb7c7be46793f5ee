// Package intune says what is asked of Microsoft Intune: devices, what is configured
// on them, and who may administer them.
package intune

import "ringfence/collectors/graph"

// Units are the datasets of device management. Assignments come with the profiles
// that they assign ($expand): they are not among the relationships of directory
// objects, of which $expand shows twenty.
var Units = []graph.Unit{
	{Dataset: "intune.managed_devices"},
	{Dataset: "intune.device_configurations"},
	{Dataset: "intune.compliance_policies"},
	{Dataset: "intune.role_definitions"},
	{Dataset: "intune.role_assignments"},
	{Dataset: "intune.role_definition_assignments", Batch: true},
	{Dataset: "intune.scope_tags"},
	{Dataset: "intune.apple_tokens"},
	{Dataset: "intune.apple_vpp_tokens"},
	{Dataset: "intune.apple_push_certificate"},
	{Dataset: "intune.android_bindings"},
	{Dataset: "intune.autopilot_devices"},
}

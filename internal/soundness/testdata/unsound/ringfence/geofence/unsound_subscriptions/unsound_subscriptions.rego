# METADATA
# title: A control that takes what it cannot see for good
# description: Deliberately unsound. The ablation test has to catch it.
# related_resources:
#   - https://learn.microsoft.com/azure/key-vault/general/overview
# custom:
#   id: RF-Z-99
#   since: "0.1"
#   severity: low
#   remediation: None; it exists to be caught.
#   limits: It proves nothing.
package ringfence.geofence.unsound_subscriptions

subjects contains s if {
	some v in input.keyvault.vaults
	s := v._subject
}

# A vault passes because its subscription is not known to be an enabled one: take
# the subscription's document away, and it turns to satisfied.
pass contains s if {
	some v in input.keyvault.vaults
	not enabled(v)
	s := v._subject
}

fail contains {"subject": s, "message": "its subscription is enabled"} if {
	some v in input.keyvault.vaults
	enabled(v)
	s := v._subject
}

enabled(v) if {
	some subscription in input.azure.subscriptions
	subscription.subscriptionId == v._scope
	subscription.state == "Enabled"
}

# METADATA
# title: What binds a tenant to Apple or Google
# description: >-
#   The push certificate, the Apple account and the Google account by which devices are managed.
#   Whoever has the account of another's binding can end or move it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-devices-applepushnotificationcertificate
#     description: applePushNotificationCertificate, topicIdentifier
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-enrollment-deponboardingsetting?view=graph-rest-beta
#     description: depOnboardingSetting, appleIdentifier
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-onboarding-vpptoken
#     description: vppToken, appleId
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-androidforwork-androidmanagedstoreaccountenterprisesettings?view=graph-rest-beta
#     description: androidManagedStoreAccountEnterpriseSettings, ownerUserPrincipalName
# custom:
#   fact: mdm-binding
#   rule: share
package ringfence.facts.mdm_binding

link contains _link(certificate, "apns topic", certificate.topicIdentifier) if {
	some certificate in input.intune.apple_push_certificate
}

link contains _link(certificate, "apns certificate", certificate.certificateSerialNumber) if {
	some certificate in input.intune.apple_push_certificate
}

link contains _link(certificate, "apple", certificate.appleIdentifier) if {
	some certificate in input.intune.apple_push_certificate
}

link contains _link(token, "apple", token.appleIdentifier) if some token in input.intune.apple_tokens

link contains _link(token, "apple", token.appleId) if some token in input.intune.apple_vpp_tokens

link contains _link(binding, "google", binding.ownerUserPrincipalName) if {
	some binding in input.intune.android_bindings
}

_link(binding, kind, value) := {
	"value": sprintf("%s %s", [kind, lower(value)]),
	"subject": binding._subject,
	"role": "same",
	"node": null,
	"state": "live",
} if {
	is_string(value)
	value != ""
}

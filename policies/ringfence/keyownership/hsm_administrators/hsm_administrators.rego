# METADATA
# title: Managed HSMs are activated, and administered by the client's own
# description: >-
#   Each managed HSM has been activated, so that its security domain is with somebody,
#   and those who administered it from the start are members of the client's tenant,
#   applications of its own, or groups of such. A pool that was never activated can be
#   taken over by whoever administers it first. Where the MSP owns the keys, nothing is
#   asked.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/managed-hsm/security-domain
#     description: Security domain in Managed HSM, activation
#   - ref: https://learn.microsoft.com/rest/api/keyvault/managedhsm/managed-hsms/list-by-subscription
#     description: ManagedHsmProperties, initialAdminObjectIds and securityDomainProperties
# custom:
#   id: RF-K-09
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [sa-9.6, sc-12.3]
#     iso_27001: [A.8.24]
#     ccm: [CEK-08]
#     gdpr: []
#     cis_m365: []
#     nis2: ["9.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Activate the HSM (`az keyvault security-domain download`) and keep the domain's
#     keys apart. Give its administration to people of the client (`az keyvault role
#     assignment create --hsm-name`), and delete the role assignment of the outsider; the
#     list of initial administrators itself never changes, so that an outsider in it is
#     an exception afterwards.
#   limits: >-
#     Who administered the HSM first. Its local roles of today are on the data plane
#     and are not read. Who holds the keys of the security domain nobody can see. Regions of
#     a pool are RF-G-06, the network is RF-K-05.
package ringfence.keyownership.hsm_administrators

import data.ringfence.lib.directory
import data.ringfence.lib.provider

subjects contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	hsm.properties.securityDomainProperties.activationStatus == "Active"
	some _ in hsm.properties.initialAdminObjectIds
	every administrator in hsm.properties.initialAdminObjectIds {
		_ours(directory.guid(administrator))
	}
}

fail contains {
	"subject": hsm._subject,
	"message": "it is not activated: whoever administers it first takes its security domain",
	"observed": {"activationStatus": status},
	"expected": {"activationStatus": "Active"},
	"evidence": [sprintf("%s#/properties/securityDomainProperties/activationStatus", [hsm._subject])],
} if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	status := hsm.properties.securityDomainProperties.activationStatus
	status in {"NotActivated", "Failed"}
}

# Each kind of outsider has a rule of its own, which needs only what its kind follows from.
fail contains _failure(hsm, i, found) if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	some i, administrator in hsm.properties.initialAdminObjectIds
	found := directory.visitor(directory.guid(administrator))
}

fail contains _failure(hsm, i, found) if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	some i, administrator in hsm.properties.initialAdminObjectIds
	found := directory.stranger(directory.guid(administrator))
}

fail contains _failure(hsm, i, found) if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	some i, administrator in hsm.properties.initialAdminObjectIds
	found := _foreign_applications[directory.guid(administrator)]
}

fail contains _failure(hsm, i, [pointer, sprintf("a group with %s", [who])]) if {
	some hsm in input.keyvault.managed_hsms
	not _keys_of_the_msp
	some i, administrator in hsm.properties.initialAdminObjectIds
	some id in provider.members[directory.guid(administrator)]
	[pointer, who] := directory.outsider(id)
}

_keys_of_the_msp if input.client.keys.owner == "msp"

_ours(id) if _our_principal(id)

_ours(id) if {
	every member in provider.members[id] {
		_our_principal(member)
	}
}

_our_principal(id) if directory.member(id)

_our_principal(id) if id in directory.own_applications

_foreign_applications := {application._id: [pointer, message] |
	some application in input.entra.service_principals
	owner := directory.guid(application.appOwnerOrganizationId)
	owner != input.client.tenant_id
	pointer := sprintf("%s#/appOwnerOrganizationId", [application._subject])
	message := sprintf("application %s of tenant %s", [directory.name(application), owner])
}

_failure(hsm, i, [pointer, who]) := {
	"subject": hsm._subject,
	"message": sprintf("an administrator from the start is %s", [who]),
	"observed": {"initialAdminObjectId": hsm.properties.initialAdminObjectIds[i]},
	"expected": "members of the client's tenant, or its own applications",
	"evidence": [sprintf("%s#/properties/initialAdminObjectIds/%d", [hsm._subject, i]), pointer],
}

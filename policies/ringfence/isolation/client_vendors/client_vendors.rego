# METADATA
# title: An application that controls several clients is an accepted vendor's
# description: >-
#   An application of another organization that may change the tenant, or read all of it, by itself,
#   and may do so in another client of the same service provider, too, belongs to a vendor that
#   this client accepted. Who controls it controls all of them at once.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/permissions-reference
#     description: Microsoft Graph permissions reference
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, appOwnerOrganizationId
# custom:
#   id: RF-F-04
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [ra-3, sa-9, sr-3, sr-6]
#     iso_27001: [A.5.21, A.5.22]
#     ccm: [STA-07, STA-08]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "5.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Check the vendor, and declare it in the fleet file (vendors) with the application's id. Else
#     take the permissions away: Entra admin center, Enterprise applications, the application,
#     Permissions.
#   limits: >-
#     Which permissions count is a list of the policy set. That a vendor is accepted says nothing
#     of how well it protects its application. Applications of Microsoft and of the service provider
#     are left out: they are in every tenant.
package ringfence.isolation.client_vendors

import data.ringfence.lib.nodes
import data.ringfence.lib.others

subjects contains program._subject if {
	some program in input.entra.service_principals
	_foreign(program)
}

pass contains program._subject if {
	some program in input.entra.service_principals
	_foreign(program)
	not _shared(program)
}

pass contains program._subject if {
	some program in input.entra.service_principals
	_foreign(program)
	_accepted(program)
}

fail contains {
	"subject": program._subject,
	"message": sprintf("controls %s, too, and is of no vendor that was accepted", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "an application of a vendor that was accepted, or of this client alone",
	"evidence": [sprintf("%s#/appOwnerOrganizationId", [program._subject])],
} if {
	some program in input.entra.service_principals
	_foreign(program)
	not _accepted(program)
	some link in input.fleet.links["vendor-app"]
	link.subject == program._subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_foreign(program) if {
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	owner != input.client.tenant_id
	owner != input.msp.tenant_id
	not owner in nodes.microsoft
}

_shared(program) if {
	some link in input.fleet.links["vendor-app"]
	link.subject == program._subject
	count(others.strangers(link, set())) > 0
}

_accepted(program) if {
	some vendor in input.client.vendors
	lower(program.appOwnerOrganizationId) == vendor.tenant_id
	_accepts(vendor, program)
}

_accepts(vendor, _) if count(_ids(vendor)) == 0

_accepts(vendor, program) if {
	is_string(program.appId)
	lower(program.appId) in _ids(vendor)
}

_ids(vendor) := {id | some id in vendor.app_ids}

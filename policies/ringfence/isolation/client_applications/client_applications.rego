# METADATA
# title: No application of another client is consented to
# description: >-
#   No application of the tenant is registered in the tenant of another client of the same service
#   provider, unless that client is a vendor whose application was accepted. Whoever can add a
#   credential to it there acts as it here.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals
#     description: Application and service principal objects
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, appOwnerOrganizationId
# custom:
#   id: RF-F-03
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, ac-20, ia-9, sa-9]
#     iso_27001: [A.5.21]
#     ccm: [STA-07, IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, Enterprise applications, the application: disable sign-in, then delete
#     it. If the other client sells the application, and this one bought it, declare it as a vendor
#     in the fleet file (vendors), with the application's id.
#   limits: >-
#     An application is in the tenant as soon as somebody consented to it, whatever it may do; what
#     it may do is the affair of other controls. That a partner is declared ("b2b") accepts none of
#     its applications.
package ringfence.isolation.client_applications

import data.ringfence.lib.nodes
import data.ringfence.lib.others

subjects contains program._subject if {
	some program in input.entra.service_principals
	_foreign(program)
}

pass contains program._subject if {
	some program in input.entra.service_principals
	_foreign(program)
	not _of_stranger(program)
}

fail contains {
	"subject": program._subject,
	"message": sprintf("is an application of %s, another client of the service provider", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "an application of nobody else's tenant, or of an accepted vendor",
	"evidence": [sprintf("%s#/appOwnerOrganizationId", [program._subject])],
} if {
	some program in input.entra.service_principals
	_foreign(program)
	some link in input.fleet.links["app-home"]
	link.role == "controlled"
	link.subject == program._subject
	clients := others.strangers(link, _accepted(program))
	count(clients) > 0
}

_foreign(program) if {
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	owner != input.client.tenant_id
	not owner in nodes.microsoft
}

_of_stranger(program) if {
	some link in input.fleet.links["app-home"]
	link.role == "controlled"
	link.subject == program._subject
	count(others.strangers(link, _accepted(program))) > 0
}

# _accepted are the tenants of vendors whose application it may be.
_accepted(program) := {vendor.tenant_id |
	some vendor in input.client.vendors
	_accepts(vendor, program)
}

_accepts(vendor, _) if count(_ids(vendor)) == 0

_accepts(vendor, program) if {
	is_string(program.appId)
	lower(program.appId) in _ids(vendor)
}

_ids(vendor) := {id | some id in vendor.app_ids}

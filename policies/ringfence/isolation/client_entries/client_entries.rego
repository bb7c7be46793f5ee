# METADATA
# title: Cross-tenant access names no other client that was not agreed
# description: >-
#   No entry of cross-tenant access settings, and no identity synchronisation, names the tenant of
#   another client of the same service provider, unless that client is a partner: for an entry with
#   "b2b", for one that lets direct connect in also with "direct-connect", for synchronisation with
#   "sync".
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-list-partners
#     description: List partners
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantidentitysyncpolicypartner
#     description: crossTenantIdentitySyncPolicyPartner, userSyncInbound
# custom:
#   id: RF-F-02
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, ca-3, ac-20]
#     iso_27001: [A.5.14]
#     ccm: [IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "6.8"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Ask the client what it has agreed with whom. If both work together, declare the other one as a
#     partner in the fleet file, with what was agreed. Else Entra admin center, External Identities,
#     Cross-tenant access settings, Organizational settings: remove the organization.
#   limits: >-
#     Entries and inbound synchronisation. What the default settings let in needs no entry, and is
#     the affair of other controls.
package ringfence.isolation.client_entries

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.partner
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, _partners("b2b"))
	count(clients) > 0
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["direct-connect"]
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, _partners("direct-connect"))
	count(clients) > 0
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.sync
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, _partners("sync"))
	count(clients) > 0
}

_carriers contains entry._subject if some entry in input.entra.cross_tenant_partners

_carriers contains policy._subject if some policy in input.entra.cross_tenant_identity_sync

_shared contains link.subject if {
	some link in input.fleet.links.partner
	link.role == "controlled"
	count(others.strangers(link, _partners("b2b"))) > 0
}

_shared contains link.subject if {
	some link in input.fleet.links["direct-connect"]
	link.role == "controlled"
	count(others.strangers(link, _partners("direct-connect"))) > 0
}

_shared contains link.subject if {
	some link in input.fleet.links.sync
	link.role == "controlled"
	count(others.strangers(link, _partners("sync"))) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("names %s, another client of the service provider", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "organizations that are no other client, or partners by agreement",
	"evidence": [sprintf("%s#", [subject])],
}

# _partners are the tenants of those with whom something was agreed.
_partners(what) := {partner.tenant_id |
	some partner in input.client.partners
	what in partner.allow
}

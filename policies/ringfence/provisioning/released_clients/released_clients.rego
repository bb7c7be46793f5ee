# METADATA
# title: Off-boarded clients are released, both ways
# description: >-
#   Once the contract of an off-boarded client is over, and the grace that was agreed, the
#   MSP's own tenant shows no delegated admin relationship with the client that is not
#   terminated or expired, no governance of either tenant by the other, no application of
#   the client and no guest of one of its domains. Access that nobody needs any more is
#   access that nobody watches. No access to the client's tenant is needed to see it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, status and customer
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-governancerelationship
#     description: governanceRelationship, status
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, appOwnerOrganizationId
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user, userPrincipalName with #EXT#
# custom:
#   id: RF-P-05
#   since: "0.2"
#   severity: high
#   scope: msp
#   maps:
#     nist_800_53: [ac-2.3, mp-6, ps-4, ps-7, sa-9]
#     iso_27001: [A.5.11, A.5.18]
#     ccm: [IAM-07, DSP-16]
#     gdpr: [Art. 17, Art. 28]
#     cis_m365: []
#     nis2: ["5.1", "11.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Partner Center, Customers, Admin relationships: terminate the relationship, or withdraw
#     the request. Entra admin center of the MSP's tenant: end the governance relationship,
#     delete the client's enterprise applications and guests. What has to stay for a while,
#     by a legal hold for example, is an exception of the fleet file with an end.
#   limits: >-
#     What the MSP's own tenant shows, of clients whose state is offboarded. Without an end of
#     the contract in the fleet file a client has to be released at once. Guests are known by
#     the client's domains in the fleet file: without any, nobody can tell. Deleted guests,
#     cross-tenant access settings and reseller contracts are not looked at. Delegations of
#     Azure Lighthouse and applications of the MSP are in the client's tenant, which is no
#     longer read. Agents of remote monitoring, the company in the ticket system, and
#     what was kept longer than agreed (snapshots, backups) no dataset shows.
package ringfence.provisioning.released_clients

import data.ringfence.lib.calendar
import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains _subject(client) if some client in _gone

pass contains _subject(client) if {
	some client in _gone
	tenant := client.tenant_id
	not tenant in _related
	not _anybodys
	not tenant in _governed
	not tenant in _publishing
	is_array(client.domains)
	count(client.domains) > 0
	every domain in client.domains {
		is_string(domain)
		not lower(domain) in _homes
	}
}

fail contains _failure(client, message, relationship._subject, "status") if {
	some client in _gone
	some relationship in input.gdap.relationships
	directory.guid(relationship.customer.tenantId) == client.tenant_id
	relationship.status in (delegation.may_act | _offered)
	message := sprintf("the relationship %s is %s", [directory.name(relationship), relationship.status])
}

fail contains _failure(client, "the MSP still governs the client's tenant", relationship._subject, "status") if {
	some client in _gone
	some relationship in input.entra.governance_relationships
	relationship.status == "active"
	directory.guid(relationship.governedTenantId) == client.tenant_id
}

fail contains _failure(client, "the client's tenant still governs the MSP's", relationship._subject, "status") if {
	some client in _gone
	some relationship in input.entra.governance_relationships
	relationship.status == "active"
	directory.guid(relationship.governingTenantId) == client.tenant_id
}

fail contains _failure(client, message, application._subject, "appOwnerOrganizationId") if {
	some client in _gone
	some application in input.entra.service_principals
	directory.guid(application.appOwnerOrganizationId) == client.tenant_id
	message := sprintf("%s, an application of the client, is still in the MSP's tenant", [directory.name(application)])
}

fail contains _failure(client, message, user._subject, "userPrincipalName") if {
	some client in _gone
	some domain in client.domains
	is_string(domain)
	some user in input.entra.users
	_comes_from(user, lower(domain))
	message := sprintf("%s, a guest of the client, is still in the MSP's tenant", [object.get(user, "userPrincipalName", user._id)])
}

# _gone are the clients that have to be released by now.
_gone := [client |
	some client in input.fleet.clients
	client.state == "offboarded"
	not _may_remain(client)
]

# _may_remain: the contract's last day, or the grace after it, is not over. Days compare like
# text: a contract may end later than any time that can be computed with.
_may_remain(client) if {
	moment := max([0, time.parse_rfc3339_ns(input.as_of) - _grace(client.contract)])
	time.format([moment, "UTC", "2006-01-02"]) <= client.contract.end
}

_grace(contract) := calendar.age(contract.grace) * 1000000000 if {
	is_string(contract.grace)
} else := 0

# _offered are the states in which somebody can still accept the relationship.
_offered := {"created", "approvalPending"}

# _related are those with whom there is a relationship that is not known to be over.
_related contains directory.guid(relationship.customer.tenantId) if {
	some relationship in input.gdap.relationships
	not _over(relationship)
}

# _anybodys: a relationship that may give access does not say with whom it is.
_anybodys if {
	some relationship in input.gdap.relationships
	not _idle(relationship)
	not _customer(relationship)
}

_idle(relationship) if relationship.status in delegation.over

_customer(relationship) if is_string(relationship.customer.tenantId)

_over(relationship) if relationship.status in {"terminated", "expired"}

_governed contains directory.guid(tenant) if {
	some relationship in input.entra.governance_relationships
	not _over(relationship)
	some tenant in [relationship.governingTenantId, relationship.governedTenantId]
}

_publishing contains directory.guid(application.appOwnerOrganizationId) if {
	some application in input.entra.service_principals
}

# _homes are the domains that somebody may come from.
_homes contains _mail(user) if some user in input.entra.users

_homes contains _invited_from(user) if some user in input.entra.users

_comes_from(user, domain) if _invited_from(user) == domain

_comes_from(user, domain) if {
	user.userType == "Guest"
	_mail(user) == domain
}

# _invited_from is the domain in a guest's name, "ada_home.example#EXT#@tenant"; of another
# name it is none.
_invited_from(user) := regex.replace(split(lower(user.userPrincipalName), "#ext#")[0], `^.*_`, "") if is_string(user.userPrincipalName)

_mail(user) := regex.replace(lower(user.mail), `^.*@`, "") if is_string(user.mail)

_subject(client) := sprintf("client/%s", [client.name])

_failure(client, message, document, property) := {
	"subject": _subject(client),
	"message": message,
	"observed": {"document": document, "state": client.state},
	"expected": "nothing of a client that has left",
	"evidence": [sprintf("%s#/%s", [document, property])],
}

# METADATA
# title: Every delegated admin relationship in force is with a declared client, and each client has one
# description: >-
#   In the MSP's own tenant, the customer of each granular delegated admin
#   relationship that is in force is a client of the fleet file, and every live
#   client has an active one. A relationship that nobody declared is access that
#   nobody watches. Several relationships with one client are normal.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships
#     description: List delegatedAdminRelationships
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, status and customer
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-introduction
#     description: Introduction to granular delegated admin privileges
# custom:
#   id: RF-M-01
#   since: "0.1"
#   severity: critical
#   scope: msp
#   maps:
#     nist_800_53: [ac-17, ac-20, ca-3, ma-4, sa-9]
#     iso_27001: [A.5.19, A.5.20, A.5.21, A.5.22]
#     ccm: [STA-07]
#     gdpr: [Art. 28]
#     cis_m365: []
#     nis2: ["5.1", "5.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params:
#     gdap_required:
#       type: boolean
#       default: true
#       description: A live client must have an active relationship. Turn off for clients that are managed by Azure Lighthouse alone.
#   remediation: >-
#     Add the customer to the fleet file, or terminate the relationship in Partner
#     Center. For a client without one, request a relationship and have the client
#     approve it.
#   limits: >-
#     Relationships of the tenant that the fleet file names as the MSP's. Legacy
#     delegated access, other partners of the client, and relationships that an
#     off-boarded client should not have any more are not judged here.
package ringfence.isolation.partner_relationships

import data.ringfence.lib.delegation

subjects contains relationship._subject if {
	some relationship in input.gdap.relationships
	not _no_force(relationship)
}

subjects contains _client(client) if {
	some client in input.fleet.clients
	_needs_one(client)
}

pass contains relationship._subject if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.in_force
	_customer(relationship) in _declared
}

pass contains _client(client) if {
	some client in input.fleet.clients
	_needs_one(client)
	client.tenant_id in _served
}

fail contains {
	"subject": relationship._subject,
	"message": sprintf("the relationship %s is with tenant %s, which is no client", [relationship.displayName, customer]),
	"observed": {"status": relationship.status, "customer": customer},
	"expected": "a client of the fleet file",
	"evidence": [sprintf("%s#/customer/tenantId", [relationship._subject])],
} if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.may_act
	customer := _customer(relationship)
	not customer in _declared
}

fail contains {
	"subject": _client(client),
	"message": sprintf("%s has no active delegated admin relationship", [client.name]),
	"observed": {"relationships": statuses},
	"expected": {"status": "active"},
	"evidence": evidence,
} if {
	some client in input.fleet.clients
	_needs_one(client)
	tenant := client.tenant_id
	not tenant in _served
	not tenant in _unclear
	not _anybodys
	own := [relationship |
		some relationship in input.gdap.relationships
		_customer(relationship) == tenant
	]
	statuses := {relationship.status | some relationship in own}
	evidence := [sprintf("%s#/status", [relationship._subject]) | some relationship in own]
}

_no_force(relationship) if relationship.status in delegation.over

_declared contains client.tenant_id if some client in input.fleet.clients

_served contains _customer(relationship) if {
	some relationship in input.gdap.relationships
	relationship.status == "active" # the service's own word; an end may be put off
}

# _unclear are the clients that have a relationship with a status that is not known here. It
# may be active, so "has no active relationship" cannot be said of them.
_unclear contains _customer(relationship) if {
	some relationship in input.gdap.relationships
	not _known_status(relationship)
}

# _anybodys holds if some relationship that may be active does not say with whom it is. It may
# be any client's, so "has no active relationship" cannot be said of anybody.
_anybodys if {
	some relationship in input.gdap.relationships
	not _idle(relationship)
	not _customer(relationship)
}

_idle(relationship) if relationship.status in ((delegation.may_act | delegation.over) - {"active"})

_known_status(relationship) if relationship.status in (delegation.may_act | delegation.over)

_customer(relationship) := lower(relationship.customer.tenantId) if is_string(relationship.customer.tenantId)

_client(client) := sprintf("client/%s", [client.name])

_needs_one(client) if {
	client.state == "live"
	_required(client)
}

# _required: the client's own parameter goes before that of the fleet.
_required(client) if client.params.gdap_required == true

else := input.params.gdap_required if not _has_own(client)

_has_own(client) if is_boolean(client.params.gdap_required)

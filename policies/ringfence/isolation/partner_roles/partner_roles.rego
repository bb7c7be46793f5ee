# METADATA
# title: No partner relationship carries a role that can become everything
# description: >-
#   No granular delegated admin relationship of this client that is in force
#   carries Global Administrator, Privileged Role Administrator or Privileged
#   Authentication Administrator. Whoever holds one of these in the client's
#   tenant can give itself any other. A relationship that is kept for emergencies
#   is an exception with an expiry in the fleet file.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, status and accessDetails
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-least-privileged-roles-by-task
#     description: Least-privileged roles by task
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles and their template ids
# custom:
#   id: RF-M-02
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-5, ac-6, ac-6.5]
#     iso_27001: [A.8.2]
#     ccm: [IAM-05, IAM-09]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Partner Center, Customers, Admin relationships: request a relationship with
#     the roles that the work needs, move the security groups to it, and
#     terminate the one that carries the role named here.
#   limits: >-
#     The relationship's roles, as the MSP's tenant lists them. Which security
#     group holds a role, and who is in it, is not looked at; nor are other roles
#     that a patient attacker could turn into these.
package ringfence.isolation.partner_roles

import data.ringfence.lib.delegation

subjects contains relationship._subject if {
	some relationship in input.gdap.relationships
	not _no_force(relationship)
}

pass contains relationship._subject if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.in_force
	is_array(relationship.accessDetails.unifiedRoles)
	count(relationship.accessDetails.unifiedRoles) > 0
	every role in relationship.accessDetails.unifiedRoles {
		id := role.roleDefinitionId
		is_string(id)
		not _roles[lower(id)]
	}
}

fail contains {
	"subject": relationship._subject,
	"message": sprintf("the relationship %s carries %s", [relationship.displayName, concat(", ", names)]),
	"observed": {"status": relationship.status, "roles": names},
	"expected": {"roles": "none that can become everything"},
	"evidence": [sprintf("%s#/accessDetails/unifiedRoles", [relationship._subject])],
} if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.may_act
	names := {_roles[lower(role.roleDefinitionId)] |
		some role in relationship.accessDetails.unifiedRoles
		is_string(role.roleDefinitionId)
	}
	count(names) > 0
}

_no_force(relationship) if relationship.status in delegation.over

_roles := {
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
}

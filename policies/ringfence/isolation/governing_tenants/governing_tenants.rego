# METADATA
# title: Tenants that govern the client are declared, with the roles and applications agreed
# description: >-
#   Microsoft Entra Tenant Governance lets another tenant administer this one, beside
#   granular delegated admin privileges. Each relationship in force is with a declared
#   tenant; the policy that was frozen when it was approved gives the agreed roles and
#   puts only agreed applications into this tenant; and the client can end it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-governancerelationship
#     description: governanceRelationship
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-relationshippolicy
#     description: relationshipPolicy, the frozen snapshot
#   - ref: https://learn.microsoft.com/graph/api/tenantgovernanceservices-list-governancerelationships
#     description: List governanceRelationships
# custom:
#   id: RF-M-13
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-6, ac-20, ca-3, ma-4, sa-9]
#     iso_27001: [A.5.19, A.5.20]
#     ccm: [STA-07, IAM-05]
#     gdpr: [Art. 28]
#     cis_m365: []
#     nis2: ["5.1", "11.3"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params:
#     client_can_terminate:
#       type: boolean
#       default: true
#       description: The governed tenant must be able to end the relationship itself.
#   remediation: >-
#     Entra admin center, Tenant governance, Governance relationships: end the
#     relationship, or have the governing tenant ask for a new one with the agreed
#     policy. A template that is changed later changes nothing that was approved.
#   limits: >-
#     Relationships in which this tenant is governed, as their frozen policy says. What
#     the applications may do is RF-M-10's; requests that nobody has approved yet are
#     judged before, by preflight. Whether the governing tenant guards its groups is
#     its own affair.
package ringfence.isolation.governing_tenants

subjects contains relationship._subject if {
	_promised
	some relationship in input.entra.governance_relationships
	_governed(relationship)
	not _over(relationship)
}

pass contains relationship._subject if {
	_promised
	some relationship in input.entra.governance_relationships
	_governed(relationship)
	relationship.status == "active"
	_id(relationship.governingTenantId) in _tenants
	_roles_agreed(relationship.policySnapshot.delegatedAdministrationRoleAssignments)
	_applications_agreed(relationship.policySnapshot.multiTenantApplicationsToProvision)
	_may_end(relationship)
}

fail contains _failure(relationship, message, "governingTenantId") if {
	some relationship in _live
	tenant := _id(relationship.governingTenantId)
	is_array(input.client.governance.tenants)
	not tenant in _tenants
	message := sprintf("undeclared tenant %s governs this one", [tenant])
}

fail contains _failure(relationship, message, "policySnapshot/delegatedAdministrationRoleAssignments") if {
	some relationship in _live
	some assignment in relationship.policySnapshot.delegatedAdministrationRoleAssignments
	some template in assignment.roleTemplates
	is_array(input.client.governance.roles)
	role := _id(template.id)
	not role in _roles
	message := sprintf("the governing tenant holds the role %s, which was not agreed", [_name(template)])
}

fail contains _failure(relationship, message, "policySnapshot/multiTenantApplicationsToProvision") if {
	some relationship in _live
	some application in relationship.policySnapshot.multiTenantApplicationsToProvision
	is_array(input.client.governance.applications)
	id := _id(application.appId)
	not id in _applications
	message := sprintf("the governing tenant puts application %s here, which was not agreed", [id])
}

fail contains _failure(relationship, "this tenant cannot end the relationship itself", "policySnapshot/governedTenantCanTerminate") if {
	some relationship in _live
	input.params.client_can_terminate == true
	relationship.policySnapshot.governedTenantCanTerminate == false
}

_promised if is_object(input.client.governance)

# _live are the relationships by which this tenant is governed.
_live := [relationship |
	_promised
	some relationship in input.entra.governance_relationships
	_governed(relationship)
	relationship.status == "active"
]

_governed(relationship) if _id(relationship.governedTenantId) == input.client.tenant_id

_over(relationship) if relationship.status in {"terminated", "expired"}

_tenants contains _id(id) if some id in input.client.governance.tenants

_roles contains _id(id) if some id in input.client.governance.roles

_applications contains _id(id) if some id in input.client.governance.applications

# What was not promised (null) is not judged. What is null in the policy is not known.
_roles_agreed(_) if input.client.governance.roles == null

_roles_agreed(assignments) if {
	is_array(assignments)
	every assignment in assignments {
		every template in assignment.roleTemplates {
			_id(template.id) in _roles
		}
	}
}

_applications_agreed(_) if input.client.governance.applications == null

_applications_agreed(applications) if {
	is_array(applications)
	every application in applications {
		_id(application.appId) in _applications
	}
}

_may_end(_) if input.params.client_can_terminate == false

_may_end(relationship) if relationship.policySnapshot.governedTenantCanTerminate == true

_id(id) := lower(id) if is_string(id)

_name(template) := template.name if {
	is_string(template.name)
} else := template.id

_failure(relationship, message, property) := {
	"subject": relationship._subject,
	"message": message,
	"observed": {"status": relationship.status, "governingTenantId": relationship.governingTenantId},
	"expected": {"tenants": _tenants, "roles": _roles, "applications": _applications},
	"evidence": [sprintf("%s#/%s", [relationship._subject, property])],
}

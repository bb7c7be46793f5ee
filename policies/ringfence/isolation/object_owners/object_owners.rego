# METADATA
# title: Applications and groups with a role are owned by the tenant's own principals
# description: >-
#   Each owner of an application registration, of a service principal, and of a group
#   that may hold a directory role is a member of the tenant or an application of its
#   own, of a declared service provider, or of Microsoft. Whoever owns an application
#   can add a credential and become it; whoever owns such a group can join it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/application-list-owners
#     description: List owners of an application
#   - ref: https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
#     description: List owners of a servicePrincipal
#   - ref: https://learn.microsoft.com/graph/api/group-list-owners
#     description: List group owners
#   - ref: https://learn.microsoft.com/entra/identity/enterprise-apps/overview-assign-app-owners
#     description: Overview of enterprise application ownership
# custom:
#   id: RF-T-12
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-6, cm-5, ia-9]
#     iso_27001: [A.8.2]
#     ccm: [IAM-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2.2", "11.3.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Remove the owner (Entra admin center, App registrations or Enterprise
#     applications, Owners; Groups, Owners) and name one of the client's people. A
#     vendor that has to keep an application running publishes one of its own, to
#     which the client consents, instead of being its owner as a guest. Credentials
#     that the outsider may have added are replaced.
#   limits: >-
#     Who may add credentials as an owner. Roles such as Application Administrator
#     may do the same (RF-T-11), and so may applications with permissions for it.
#     Groups that come from an on-premises directory show no owners.
package ringfence.isolation.object_owners

import data.ringfence.lib.directory
import data.ringfence.lib.principals

subjects contains owner._subject if some owner in input.entra.application_owners

subjects contains owner._subject if some owner in input.entra.service_principal_owners

subjects contains owner._subject if {
	groups := _role_groups # evaluated once, and not for each owner
	some owner in input.entra.group_owners
	groups[owner._scope]
}

pass contains owner._subject if {
	some owner in input.entra.application_owners
	principals.ours(directory.guid(owner.id))
}

pass contains owner._subject if {
	some owner in input.entra.service_principal_owners
	principals.ours(directory.guid(owner.id))
}

pass contains owner._subject if {
	groups := _role_groups
	some owner in input.entra.group_owners
	groups[owner._scope]
	principals.ours(directory.guid(owner.id))
}

# There is a rule for each kind of outsider and each of the three lists. A rule of its own
# needs only what its kind follows from.
fail contains _failure(owner, "an application registration", directory.visitor(directory.guid(owner.id))) if {
	some owner in input.entra.application_owners
}

fail contains _failure(owner, "an application registration", directory.stranger(directory.guid(owner.id))) if {
	some owner in input.entra.application_owners
}

fail contains _failure(owner, "an application registration", principals.foreign_applications[directory.guid(owner.id)]) if {
	some owner in input.entra.application_owners
}

fail contains _failure(owner, "a service principal", directory.visitor(directory.guid(owner.id))) if {
	some owner in input.entra.service_principal_owners
}

fail contains _failure(owner, "a service principal", directory.stranger(directory.guid(owner.id))) if {
	some owner in input.entra.service_principal_owners
}

fail contains _failure(owner, "a service principal", principals.foreign_applications[directory.guid(owner.id)]) if {
	some owner in input.entra.service_principal_owners
}

fail contains _failure(owner, "a group that may hold a role", directory.visitor(directory.guid(owner.id))) if {
	groups := _role_groups
	some owner in input.entra.group_owners
	groups[owner._scope]
}

fail contains _failure(owner, "a group that may hold a role", directory.stranger(directory.guid(owner.id))) if {
	groups := _role_groups
	some owner in input.entra.group_owners
	groups[owner._scope]
}

fail contains _failure(owner, "a group that may hold a role", principals.foreign_applications[directory.guid(owner.id)]) if {
	groups := _role_groups
	some owner in input.entra.group_owners
	groups[owner._scope]
}

_role_groups contains group._id if {
	some group in input.entra.groups
	group.isAssignableToRole == true
}

_failure(owner, what, [pointer, who]) := {
	"subject": owner._subject,
	"message": sprintf("%s is owned by %s", [what, who]),
	"observed": {"of": owner._scope, "owner": owner.id},
	"expected": "the tenant's own principals, or those of a declared service provider",
	"evidence": [sprintf("%s#/id", [owner._subject]), pointer],
}

# METADATA
# description: >-
#   Nodes of the fleet's graph, "<tenant>/<kind>/<id>", and the few things that several kinds of
#   facts say alike. Facts are found, never concluded from what is not there: nothing in here
#   asks whether a document is missing.
package ringfence.lib.nodes

# own is a node of the tenant that is looked at.
own(kind, id) := of(input.client.tenant_id, kind, id)

# of is a node of a tenant.
of(tenant, kind, id) := sprintf("%s/%s/%s", [lower(tenant), kind, lower(id)]) if {
	is_string(tenant)
	is_string(id)
	id != ""
}

# person and program are the nodes of a user and of a service principal.
person(id) := own("user", id)

program(id) := own("service-principal", id)

# holder is the node of an object of the directory that may hold a role: a user, a group or a
# service principal.
holder(id) := own("user", id) if _text(id) in _users

holder(id) := own("group", id) if _text(id) in _groups

holder(id) := own("service-principal", id) if _text(id) in _programs

# microsoft are the tenants that own Microsoft's applications. What they own is in every tenant,
# and joins none.
microsoft := {"72f988bf-86f1-41af-91ab-2d7cd011db47", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}

# enabled is the state of what a switched-off account lets through: somebody else has to switch it
# on again.
enabled(account) := "potential" if {
	account.accountEnabled == false
} else := "live"

# over holds for a date that is past when judged. Times are UTC in one form, so they compare like
# text.
over(date) if {
	is_string(date)
	substring(date, 0, 19) < substring(input.as_of, 0, 19)
}

_users contains user._id if some user in input.entra.users

_groups contains group._id if some group in input.entra.groups

_programs contains program_._id if some program_ in input.entra.service_principals

_text(value) := lower(value) if is_string(value)

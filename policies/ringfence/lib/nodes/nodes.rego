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

# typed is the node of an object in a list that names types ("@odata.type").
typed(object_) := own(kind, object_.id) if kind := _types[object_["@odata.type"]]

_types := {
	"#microsoft.graph.user": "user",
	"#microsoft.graph.group": "group",
	"#microsoft.graph.servicePrincipal": "service-principal",
}

# held is the node of who holds a role in Azure, whose type an assignment names. A group of another
# tenant has none: nobody says whose it is.
held(properties) := own(kind, properties.principalId) if kind := _principal_types[properties.principalType]

_principal_types := {"User": "user", "Group": "group", "ServicePrincipal": "service-principal"}

# microsoft are the tenants that own Microsoft's applications. What they own is in every tenant,
# and joins none.
microsoft := {"72f988bf-86f1-41af-91ab-2d7cd011db47", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}

# enabled is the state of what an account lets through. One that is switched off, or of which nobody
# says that it is on, somebody else has to switch on.
enabled(account) := "live" if {
	account.accountEnabled == true
} else := "potential"

# lasting holds for an end that is not past when judged, or that nobody set. Times are UTC in one
# form, so they compare like text.
lasting(null)

lasting(end) if {
	is_string(end)
	substring(end, 0, 19) >= substring(input.as_of, 0, 19)
}

# subscription is the id in the address of a resource.
subscription(resource) := parts[2] if {
	is_string(resource)
	parts := split(lower(resource), "/")
	count(parts) > 2
	parts[1] == "subscriptions"
	parts[2] != ""
}

# application_ids maps the object of an application to its application id, by which it is a node.
application_ids[application._id] contains application.appId if some application in input.entra.applications

_users contains user._id if some user in input.entra.users

_groups contains group._id if some group in input.entra.groups

_programs contains program_._id if some program_ in input.entra.service_principals

_text(value) := lower(value) if is_string(value)

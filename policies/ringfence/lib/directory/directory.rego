# METADATA
# description: >-
#   Whose a principal of the client's directory is. A user whose properties do not
#   all say so is neither a member nor an outsider.
package ringfence.lib.directory

# member holds for the id of a user who is the tenant's own: a member by type, never
# invited, and with no identity but those that the tenant's domains issued. (A user whom
# another tenant synchronises into this one is a member by type, too, and has an identity
# of its home.) A creationType of null is a regular account; EmailVerified is one of the
# tenant's own people who signed up without an administrator.
member(id) if id in members

# members are the ids of all who are. (Sets are made once for all controls, and functions are
# asked by each of them.)
members contains user._id if {
	some user in input.entra.users
	user.userType == "Member"
	user.externalUserState == null
	user.creationType in {null, "EmailVerified"}
	is_array(user.identities)
	count(user.identities) > 0
	every identity in user.identities {
		_issued_here(identity.issuer)
	}
}

# outsider is [evidence, message] of a user who belongs elsewhere: where the document says
# so, and who it is and why.
outsider(id) := found if {
	found := visitor(id)
} else := stranger(id)

# visitor is the same of a user whose type or origin says so, whatever the tenant's domains
# are.
visitor(id) := _told(id, why) if why := _visits(id)

# stranger is the same of a user whose identity was issued by no domain of the tenant. It
# needs the list of the tenant's domains.
stranger(id) := _told(id, ["identities", sprintf("a user of %s", [concat(", ", issuers)])]) if {
	issuers := _other_issuers[id]
	not _visits(id)
}

_told(id, [property, why]) := [pointer, message] if {
	user := input.entra.users[_position[id]]
	pointer := sprintf("%s#/%s", [user._subject, property])
	message := sprintf("%s, %s", [object.get(user, "userPrincipalName", user._id), why])
}

# groups are the ids of all groups.
groups contains group._id if some group in input.entra.groups

# known holds for the id of an object of the tenant: a user (guests included), a group or a
# service principal, or one of these that was deleted within the last 30 days.
known(id) if _position[id] >= 0

known(id) if id in groups

known(id) if id in _principals

known(id) if id in _deleted

_principals contains application._id if some application in input.entra.service_principals

_deleted contains object_._id if some object_ in input.entra.deleted_items

# own_applications are the ids of service principals of the tenant's own applications, and
# of its managed identities, for which there is no registration.
own_applications contains application._id if {
	some application in input.entra.service_principals
	guid(application.appOwnerOrganizationId) == input.client.tenant_id
}

own_applications contains application._id if {
	some application in input.entra.service_principals
	application.servicePrincipalType == "ManagedIdentity"
	application.appOwnerOrganizationId == null
}

# name is what an object is called in messages: its name, or its id if it has none.
name(object_) := object_.displayName if {
	is_string(object_.displayName)
} else := object_._id

# guid is a GUID in lower case, as ids are written. It is undefined for what is no string.
guid(id) := lower(id) if is_string(id)

_visits(id) := ["userType", "a guest"] if {
	id in _guests
} else := ["externalUserState", "invited from outside"] if {
	id in _invited
} else := ["creationType", "an external account"] if {
	id in _external
}

_guests contains user._id if {
	some user in input.entra.users
	user.userType == "Guest"
}

_invited contains user._id if {
	some user in input.entra.users
	is_string(user.externalUserState)
}

_external contains user._id if {
	some user in input.entra.users
	user.creationType in {"Invitation", "SelfServiceSignUp"}
}

# _other_issuers maps the id of a user to those who issued an identity and are none of the
# tenant's domains.
_other_issuers := {user._id: issuers |
	some user in input.entra.users
	issuers := {identity.issuer |
		some identity in user.identities
		identity.signInType == "federated"
		is_string(identity.issuer)
		domain := lower(identity.issuer)
		not domain in _domains
	}
	count(issuers) > 0
}

# _position is the place of each user in input.entra.users, by id. Rules look up few of the
# users, so this is cheaper than an object of all of them.
_position := {id: i | id := input.entra.users[i]._id}

_issued_here(issuer) if {
	is_string(issuer)
	lower(issuer) in _domains
}

_domains contains lower(domain.name) if {
	some organization in input.entra.organization
	some domain in organization.verifiedDomains
	is_string(domain.name)
}

# METADATA
# description: >-
#   Whose a principal of the client's directory is. A user whose properties do not
#   all say so is neither a member nor an outsider.
package ringfence.lib.directory

# member says of an id that it is a user who is the tenant's own: a member by
# type, never invited, and every identity issued by one of the tenant's domains.
# A user that another tenant synchronises in is a member by type, but has an
# identity of its home. A creationType of null is a regular account,
# EmailVerified one of the tenant's own people who signed up alone.
member(id) if {
	user := input.entra.users[_position[id]]
	user.userType == "Member"
	user.externalUserState == null
	user.creationType in {null, "EmailVerified"}
	is_array(user.identities)
	count(user.identities) > 0
	every identity in user.identities {
		_issued_here(identity.issuer)
	}
}

# outsider says of the id of a user who belongs elsewhere where it says so, and
# who and why.
outsider(id) := found if {
	found := visitor(id)
} else := stranger(id)

# visitor says so of a user whose own properties say it, whatever else is known.
visitor(id) := _told(user, _visits(user)) if user := input.entra.users[_position[id]]

# stranger says so of a user whom another tenant issues, as far as the tenant's
# domains are known.
stranger(id) := _told(user, why) if {
	user := input.entra.users[_position[id]]
	not _visits(user)
	not member(id)
	why := _issued_elsewhere(user)
}

_told(user, [property, why]) := [pointer, message] if {
	pointer := sprintf("%s#/%s", [user._subject, property])
	message := sprintf("%s, %s", [object.get(user, "userPrincipalName", user._id), why])
}

# groups are ids of all groups.
groups contains group._id if some group in input.entra.groups

# own_applications are ids of service principals of the tenant's own applications,
# and of its managed identities, which no registration backs.
own_applications contains application._id if {
	some application in input.entra.service_principals
	guid(application.appOwnerOrganizationId) == input.client.tenant_id
}

own_applications contains application._id if {
	some application in input.entra.service_principals
	application.servicePrincipalType == "ManagedIdentity"
	application.appOwnerOrganizationId == null
}

# name is what to call an object in a message: one without a name, its id.
name(object_) := object_.displayName if {
	is_string(object_.displayName)
} else := object_._id

# guid is a GUID as ids are written; anything but a string has none.
guid(id) := lower(id) if is_string(id)

_visits(user) := ["userType", "a guest"] if {
	user.userType == "Guest"
} else := ["externalUserState", "invited from outside"] if {
	is_string(user.externalUserState)
} else := ["creationType", "an external account"] if {
	user.creationType in {"Invitation", "SelfServiceSignUp"}
}

_issued_elsewhere(user) := ["identities", sprintf("a user of %s", [concat(", ", issuers)])] if {
	issuers := {identity.issuer |
		some identity in user.identities
		identity.signInType == "federated"
		issuer := identity.issuer
		is_string(issuer)
		not lower(issuer) in _domains
	}
	count(issuers) > 0
}

# _position finds users by id: few of them are ever asked for.
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

# METADATA
# description: >-
#   Who of a directory's users is at home elsewhere, and under which addresses. A user from
#   elsewhere has #EXT# in its name, guest or not.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user, userPrincipalName with #EXT#
package ringfence.lib.guests

# addresses are those of a user from elsewhere at home, in lower case.
addresses(user) := {address | some address in [_decoded(name), _address(user.mail)]; address != ""} if {
	name := _text(user.userPrincipalName)
	_is_elsewhere(name, user.userType)
}

# own_addresses are those of a user who is at home here: the name, and the mail, which somebody may
# have written there, and counts at a domain of the tenant.
own_addresses(user) := {address | some address in [_address(name), _address(user.mail)]; address != ""} if {
	name := _text(user.userPrincipalName)
	name != ""
	indexof(name, _mark) == -1
	user.userType != "Guest"
}

# domains are those that the tenant has verified.
domains contains _text(domain.name) if {
	some organization in input.entra.organization
	some domain in organization.verifiedDomains
}

# domain is that of an address.
domain(address) := name if {
	_is_address(address)
	name := split(address, "@")[1]
}

# state is when the home can use a guest: an invitation that is open it can redeem alone, and a
# disabled account somebody else has to enable.
state(user) := "live" if {
	user.accountEnabled == true
	user.externalUserState in {null, "Accepted"}
} else := "jit" if {
	user.accountEnabled == true
} else := "potential"

_mark := "#ext#"

_is_elsewhere(_, "Guest")

_is_elsewhere(name, _) if contains(name, _mark)

# _decoded is the address in a name: its last "_" stands for the "@".
_decoded(name) := address if {
	contains(name, _mark)
	parts := split(split(name, _mark)[0], "_")
	local := concat("_", array.slice(parts, 0, count(parts) - 1))
	address := sprintf("%s@%s", [local, parts[count(parts) - 1]])
	_is_address(address)
} else := ""

# _address is an address in lower case, "" for what is none.
_address(value) := address if {
	address := _text(value)
	_is_address(address)
} else := ""

_is_address(address) if {
	parts := split(address, "@")
	count(parts) == 2
	parts[0] != ""
	parts[1] != ""
}

# _text is a text in lower case, "" for what is none.
_text(value) := lower(value) if {
	is_string(value)
} else := ""

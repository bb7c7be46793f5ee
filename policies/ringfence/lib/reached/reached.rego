# METADATA
# description: >-
#   Which clients principals of the service provider reach (input.reach): their control, a key or a
#   log of theirs. What is surely so is enough for a violation, and what may be so holds a pass back.
package ringfence.lib.reached

# surely maps a principal, [kind, id], to the names of the clients that it reaches now, or once it
# has activated what it may activate alone.
surely[[principal.kind, principal.id]] contains to.name if {
	some principal in input.reach.principals
	some to in principal.clients
	to.state in {"live", "jit"}
}

# at_most are the names of all clients that a principal may reach: also if somebody else acts, and
# by edges that no evidence shows.
at_most(kind, id) := _anybody | object.get(_may, [[kind, lower(id)]], set()) if is_string(id)

_anybody contains name if some name in input.reach.anybody

_may[[principal.kind, principal.id]] contains to.name if {
	some principal in input.reach.principals
	some to in principal.clients
}

# listed are names for people: all of a few, and how many more there are.
listed(names) := concat(", ", sort(names)) if {
	count(names) <= 10
} else := sprintf("%s and %d more", [concat(", ", array.slice(sort(names), 0, 10)), count(names) - 10])

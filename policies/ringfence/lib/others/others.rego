# METADATA
# description: >-
#   Other clients of the same service provider, as a client hears of them (input.fleet). The
#   service provider itself is none: what it may do is the affair of other controls.
package ringfence.lib.others

# strangers are the other clients that a link is shared with, but those that were agreed to, by
# the ids of their tenants. A client whose id is not told is one that nobody agreed to.
strangers(link, agreed) := {other.client |
	some other in link.with
	other.client != "msp"
	tenant := other.tenant_id
	not tenant in agreed
}

# named is a list of them for people.
named(clients) := concat(", ", sort(clients))

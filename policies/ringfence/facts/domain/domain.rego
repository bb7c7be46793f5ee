# METADATA
# title: A domain and those above it
# description: >-
#   A verified domain of one tenant that is another's, too, or below one of another's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/domain
#     description: domain, isVerified
# custom:
#   fact: domain
#   rule: share
package ringfence.facts.domain

link contains _link(domain, domain._id, "same") if some domain in _verified

link contains _link(domain, domain._id, "controls") if some domain in _verified

link contains _link(domain, above, "controlled") if {
	some domain in _verified
	parts := split(domain._id, ".")
	some n in numbers.range(1, count(parts) - 2)
	n < count(parts) - 1
	above := concat(".", array.slice(parts, n, count(parts)))
}

_verified contains domain if {
	some domain in input.entra.domains
	domain.isVerified == true
}

_link(domain, name, role) := {
	"value": lower(name),
	"subject": domain._subject,
	"role": role,
	"node": null,
	"state": "live",
}

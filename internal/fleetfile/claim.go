package fleetfile

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// claimed is what only one owner may have: Unique of an attribute, and the value.
type claimed struct{ what, value string }

// claim is who first said that something is theirs alone.
type claim struct {
	owner string
	at    hcl.Range
}

// machines own the keys that the msp block names.
const machines = "a machine"

// claim reports what two claim. A key is a machine's or one person's, a tenant,
// domain, subscription or vault one client's. The defaults claim nothing: what they
// give is claimed by the clients that take it.
func (b *block) claim(what, value string, at hcl.Range) {
	if what == "" || value == "" || b.shared {
		return
	}

	owner := b.owner
	if what == machineKey {
		what, owner = personsKey, machines
	}

	key := claimed{what, value}
	first, taken := b.claims[key]
	switch {
	case !taken:
		b.claims[key] = claim{owner, at}
	case first.owner == owner:
	case what == personsKey && first.owner == machines:
		b.err(at, "Duties not separated",
			"The key of %s is also a machine key (%s). Who signs results must not be able to review them.",
			owner, place(first.at))
	default:
		b.err(at, "Duplicate "+what, "The %s %s of %s is also that of %s (%s).",
			what, quoted(value), owner, first.owner, place(first.at))
	}
}

// nestedDomains warns of a domain below one of another: whose is a guest, or a
// certificate, of sub.fabrikam.example?
func (l *loader) nestedDomains() {
	for lower, below := range l.claims {
		upper, isNested := lower.value, lower.what == "domain"
		for isNested {
			_, upper, isNested = strings.Cut(upper, ".")
			above, ok := l.claims[claimed{"domain", upper}]
			if isNested && ok && above.owner != below.owner {
				l.warn(below.at, "Domain below another's",
					"%s of %s is below %s of %s (%s). Whoever holds the upper one can take over "+
						"the lower one: is this the same client?",
					quoted(lower.value), below.owner, quoted(upper), above.owner, place(above.at))
			}
		}
	}
}

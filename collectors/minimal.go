package collectors

import (
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Minimising mode asks for what a policy set reads, and for what that depends on: the
// guards, which prove whose tenant it is and that lists are complete, and the lists that
// others are read per document of. What was not asked for is said to be missing, so that
// another policy set takes it for no answer.

// minimal splits units into those that are asked for, each for as little as its API
// allows, and those that are skipped.
func minimal(units []Unit, only map[string][]string) (asked, skipped []Unit) {
	needed := map[string]bool{}
	guards := snapshot.Guards(snapshot.GuardTenant, snapshot.GuardSubscriptions)
	for _, u := range units {
		_, isRead := only[u.Schema.Dataset]
		if isRead || slices.Contains(guards, u.Schema.Dataset) {
			need(units, u.Schema.Dataset, needed)
		}
	}

	for _, u := range units {
		properties, isRead := only[u.Schema.Dataset]
		switch {
		case !needed[u.Schema.Dataset]:
			skipped = append(skipped, u)
		case slices.Contains(guards, u.Schema.Dataset), isRead && properties == nil:
			asked = append(asked, u)
		default:
			asked = append(asked, u.narrow(properties))
		}
	}
	return asked, skipped
}

// need marks a dataset and those that it depends on.
func need(units []Unit, dataset string, needed map[string]bool) {
	i := index(units, dataset)
	if i < 0 || needed[dataset] {
		return
	}

	needed[dataset] = true
	for _, above := range units[i].Schema.Above() {
		need(units, above, needed)
	}
	need(units, units[i].within, needed)
}

const selectOption = "$select="

// narrow is a unit that asks for some properties alone, and for those that tell its
// documents apart, prove that they are whole, or say which of them others are read by. An
// endpoint without $select is asked as it is.
func (u Unit) narrow(properties []string) Unit {
	before, rest, selects := strings.Cut(u.Schema.Source.Endpoint, selectOption)
	if !selects {
		return u
	}

	list, after, more := strings.Cut(rest, "&")
	keep := append(u.Schema.Essential(), properties...)
	var kept, left []string
	for _, name := range strings.Split(list, ",") {
		if slices.Contains(keep, name) {
			kept = append(kept, name)
		} else {
			left = append(left, name)
		}
	}

	schema := *u.Schema
	schema.Source.Endpoint = before + selectOption + strings.Join(kept, ",")
	if more {
		schema.Source.Endpoint += "&" + after
	}
	u.Schema, u.unasked = &schema, left
	return u
}

// forget takes from a document what normalizing made of properties that were not asked
// for: that they are absent means nothing.
func (u Unit) forget(doc snapshot.Document, object map[string]any) {
	for _, name := range u.unasked {
		if _, given := object[name]; !given {
			delete(doc.Spec, name)
			delete(doc.Observed, name)
		}
	}
}

// skippedFor says of units that nobody wanted them to be asked for, and why.
func skippedFor(units []Unit, code, why string) (all []snapshot.Dataset) {
	for _, u := range units {
		all = append(all, snapshot.Dataset{Name: u.Schema.Dataset, Coverage: snapshot.Coverage{
			Status: snapshot.Skipped, Endpoint: u.Schema.Source.Endpoint, Permission: u.Schema.Permission,
			Evidence: newEvidence(code, "%s", why),
		}})
	}
	return all
}

// Why units are skipped.
const (
	whyNotNeeded = "no control of the policy set reads it (collect { minimise = true })"
	whyNotWanted = "the fleet file does not ask for it (collect { vault_owners = true })"
)

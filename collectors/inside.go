package collectors

import (
	"strings"

	"ringfence/collectors/snapshot"
)

// cutOut makes the answers of datasets whose objects lie in their parents' documents.
// Each is as complete as the document that it was cut out of.
//
// Example: azure.network_peerings are properties.virtualNetworkPeerings of
// azure.virtual_networks. A network that does not show that property has peerings
// that nobody saw.
func (m material) cutOut() {
	for _, u := range m.units {
		if u.Schema.Inside == "" {
			continue
		}
		for scope, a := range m.answers[u.Schema.Parent] {
			for _, d := range m.docs(u.Schema.Parent, scope) {
				m.keep(u.inside(d, a, m.spool))
			}
		}
	}
}

// inside reads what lies in one document of the parent, which came with an answer.
func (u Unit) inside(parent snapshot.Document, a answer, into *snapshot.Spool) *reading {
	r := u.newReading(parent.ID, into)
	r.started, r.ended, r.age = a.started, a.ended, a.age

	var v any = parent.Spec
	for _, name := range strings.Split(u.Schema.Inside, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}

	objects, isList := v.([]any)
	if !isList {
		r.gap(newEvidence(codeIncomplete, "%s does not show %s", parent.ID, u.Schema.Inside))
		return r
	}

	r.begin()
	r.take(page{u.listProperty(): objects})
	r.end()
	r.finish()
	return r
}

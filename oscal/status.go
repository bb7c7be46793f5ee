package oscal

import (
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// inForce says, of datasets whose documents have a state of their own, in which
// property it is and which value of it means that the thing is in operation.
var inForce = map[string]struct {
	property string
	value    any
}{
	"entra.conditional_access_policies": {"state", "enabled"},
	"entra.service_principals":          {"accountEnabled", true},
	"gdap.relationships":                {"status", "active"},
}

// outOfForce is the state of a document that is not in operation.
func outOfForce(dataset string, spec map[string]any) string {
	rule, has := inForce[dataset]
	if v := spec[rule.property]; has && v != rule.value {
		return rule.property + " is " + plain(v)
	}
	return ""
}

// status is whether a subject was seen: a document in a file of the snapshot, or
// only named (a vault that is declared, a key that a resource refers to, a list
// that could not be read). What was not seen is not said to be in operation.
func (b *builder) componentStatus(subject string) componentStatus {
	p, seen := b.places[subject]
	switch {
	case !seen:
		return componentStatus{"other", "Not seen: no file of the snapshot holds a document of it."}
	case p.state != "":
		return componentStatus{"other", "Seen, and by its own document not in operation: " + line(p.state) + "."}
	}

	return componentStatus{State: "operational"}
}

// organizationDataset names the tenant itself.
const organizationDataset = "entra.organization"

// tenantStatus: the tenant was seen if it answered who it is.
func (b *builder) tenantStatus() componentStatus {
	if c := b.in.Manifest.Datasets[organizationDataset]; c.Holds() && c.Count > 0 {
		return componentStatus{State: "operational"}
	}
	return componentStatus{"other", "Not seen: the snapshot holds no answer of the tenant about itself."}
}

// judged is how complete a dataset is, as the engine judged it: the one answer.
// Nothing is complete of which the judgement says nothing.
func (b *builder) judged(dataset string) finding.Coverage {
	if c, ok := b.in.Set.Coverage[dataset]; ok {
		return c
	}
	return finding.Coverage{Status: string(snapshot.Skipped), Reason: "not judged"}
}

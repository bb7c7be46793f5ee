package oscal

import (
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// componentType is what OSCAL calls the documents of a dataset. Those whose
// schema does not say are inventory items.
func componentType(dataset string) (kind string, isComponent bool) {
	s := snapshot.Schemas()[dataset]
	if s == nil || s.Component == nil {
		return "", false
	}
	return s.Component.Type, true
}

// outOfForce is the state of a document that is not in operation, "" for one that
// is, or that has no state of its own.
func outOfForce(dataset string, spec map[string]any) string {
	s := snapshot.Schemas()[dataset]
	if s == nil || s.Component == nil || s.Component.InForce == nil {
		return ""
	}

	rule := s.Component.InForce
	if v := spec[rule.Property]; v != rule.Value {
		return rule.Property + " is " + plain(v)
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

package oscal

import (
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// The types of what an OSCAL reference to a subject points at.
const (
	typeComponent     = "component"
	typeInventoryItem = "inventory-item"
)

// subject returns the reference to a finding's subject, and defines the subject in
// the result when it is referred to for the first time. These are subjects:
//
//	entra.users/1234    a document of a dataset: a component or an inventory item, as
//	                    the schema of the dataset says (x-component)
//	azure.resources/*   what could not be read of a dataset
//	* and client        the tenant
//	snapshot/entra.users  how a dataset was read
//	client/fabrikam     in the result of the fleet: a client
func (r *resultBuilder) subject(subject string) subjectRef {
	if subject == "*" || subject == "client" {
		return subjectRef{SubjectUUID: finding.UUID(typeComponent, r.tenant), Type: typeComponent}
	}

	dataset := snapshot.SubjectDataset(subject)
	kind := componentOf(dataset)
	ref := subjectRef{Type: typeInventoryItem, Title: line(subject)}
	if kind != nil {
		ref.Type = typeComponent
	}

	ref.SubjectUUID = finding.UUID(ref.Type, r.tenant, subject)
	if r.defined[ref.SubjectUUID] {
		return ref
	}
	r.defined[ref.SubjectUUID] = true

	about := r.describeSubject(subject, dataset)
	props := []property{prop("subject", subject)}
	if dataset != "" {
		props = append(props, prop("dataset", dataset))
	}

	if kind == nil {
		r.items = append(r.items, inventoryItem{UUID: ref.SubjectUUID, Description: about, Props: props})
		return ref
	}

	r.components = append(r.components, component{
		UUID:        ref.SubjectUUID,
		Type:        kind.Type,
		Title:       line(subject),
		Description: about,
		Props:       props,
		Status:      r.componentStatus(subject),
	})
	return ref
}

func (r *resultBuilder) describeSubject(subject, dataset string) string {
	_, found := r.located[subject]
	client, isClient := strings.CutPrefix(subject, "client/")
	switch {
	case strings.HasSuffix(subject, "/*"):
		return line("What was not seen of " + dataset)
	case snapshot.AccountDataset(subject) != "":
		return line("How " + snapshot.AccountDataset(subject) + " was read, as the manifest of the snapshot says")
	case isClient:
		return line("A client of the fleet: " + client)
	case dataset == "":
		return line(subject)
	case !found:
		return line("Named, and not seen: the snapshot holds no document of it in " + dataset)
	}

	return line("A document of " + dataset)
}

// componentOf says which OSCAL component the documents of a dataset are; nil if they
// are inventory items.
func componentOf(dataset string) *snapshot.Component {
	if s := snapshot.Schemas()[dataset]; s != nil {
		return s.Component
	}
	return nil
}

// componentStatus says whether a component is in operation. Only a document in a
// file of the snapshot can say so. Other subjects were only named (a vault that is
// declared, a key that a resource refers to, a list that could not be read).
func (b *builder) componentStatus(subject string) componentStatus {
	p, found := b.located[subject]
	switch {
	case !found:
		return componentStatus{"other", "Not seen: no file of the snapshot holds a document of it."}
	case p.outOfForce != "":
		state := line(p.outOfForce)
		return componentStatus{"other", "Seen, and by its own document not in operation: " + state + "."}
	}

	return componentStatus{State: "operational"}
}

// outOfForce is the property by which a document says that it is not in operation:
// "state is disabled" for a conditional access policy. "" if it is in operation, or
// the schema of its dataset knows no such property.
func outOfForce(dataset string, spec map[string]any) string {
	kind := componentOf(dataset)
	if kind == nil || kind.InForce == nil {
		return ""
	}

	if v := spec[kind.InForce.Property]; v != kind.InForce.Value {
		return kind.InForce.Property + " is " + plain(v)
	}

	return ""
}

// tenantComponent is the tenant that was assessed: the system, in OSCAL's words.
func (b *builder) tenantComponent() component {
	status := componentStatus{"other", "Not seen: the snapshot holds no answer of the tenant about itself."}
	if c := b.in.Manifest.Datasets[snapshot.OrganizationDataset]; c.Holds() && c.Count > 0 {
		status = componentStatus{State: "operational"}
	}

	return component{
		UUID:        finding.UUID(typeComponent, b.tenant),
		Type:        "this-system",
		Title:       line("Tenant of " + b.in.Set.Client),
		Description: "The Microsoft cloud tenant that was assessed.",
		Props:       []property{prop("tenant-id", b.tenant), prop("client", b.in.Set.Client)},
		Status:      status,
	}
}

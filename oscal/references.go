package oscal

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// defined reports whether a uuid is defined by an object of the kind.
func (d *document) defined(uuid, kind string) bool {
	return slices.ContainsFunc(d.uuids[strings.ToLower(uuid)], func(n *node) bool { return n.kind == kind })
}

// refs is the rule that member key names an object of a kind in this document.
func refs(key, kind string) func(*document, *node, report) {
	return func(d *document, n *node, report report) {
		if id, ok := n.value[key].(string); ok && !d.defined(id, kind) {
			report(n.child(key), "%s is none of the %s", id, kind)
		}
	}
}

// external is refs for what an imported document may define: a plan's task, a
// security plan's component. Our own documents are self-contained.
func external(key, kind string) func(*document, *node, report) {
	inside := refs(key, kind)
	return func(d *document, n *node, report report) {
		if d.own {
			inside(d, n, report)
		}
	}
}

func refParty(d *document, n *node, report report) {
	for _, key := range []string{"party-uuid", "party-uuids", "member-of-organizations"} {
		for _, id := range stringsAt(n, key) {
			if !d.defined(id, "parties") {
				report(n.child(key), "%s is none of the parties", id)
			} else if key == "member-of-organizations" && d.uuids[strings.ToLower(id)][0].text("type") == "person" {
				report(n.child(key), "party %s is a person, no organization", id)
			}
		}
	}
}

func refLocation(d *document, n *node, report report) {
	for _, key := range []string{"location-uuid", "location-uuids"} {
		for _, id := range stringsAt(n, key) {
			if !d.defined(id, "locations") {
				report(n.child(key), "%s is none of the locations", id)
			}
		}
	}
}

// stringsAt lists the strings of a member that is a string or an array.
func stringsAt(n *node, key string) []string {
	switch v := n.value[key].(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

func refRole(d *document, n *node, report report) {
	for _, key := range []string{"role-id", "role-ids"} {
		for _, id := range stringsAt(n, key) {
			if !slices.ContainsFunc(d.ids[id], func(n *node) bool { return n.kind == "roles" }) {
				report(n.child(key), "%q is none of the roles", id)
			}
		}
	}
}

// actorKinds are the lists that define an actor, by its type.
var actorKinds = map[string]string{"tool": "components", "assessment-platform": "assessment-platforms", "party": "parties"}

func refActor(d *document, n *node, report report) {
	id, ok := n.value["actor-uuid"].(string)
	kind, known := actorKinds[n.text("type")]
	if !ok || !known || d.defined(id, kind) || !d.own && kind != "parties" {
		return
	}
	report(n.child("actor-uuid"), "%s is none of the %s", id, kind)
}

var subjectKinds = map[string]string{
	"component": "components", "inventory-item": "inventory-items", "location": "locations",
	"party": "parties", "user": "users", "resource": "resources",
}

func refSubject(d *document, n *node, report report) {
	id, ok := n.value["subject-uuid"].(string)
	kind, known := subjectKinds[n.text("type")]
	if !ok || !known || d.defined(id, kind) {
		return
	}
	if d.own || kind == "resources" || d.uuids[strings.ToLower(id)] != nil {
		report(n.child("subject-uuid"), "%s is none of the %s", id, kind)
	}
}

func refEvidence(d *document, n *node, report report) {
	if n.kind == "relevant-evidence" {
		resourceRef(d, n, report)
	}
}

func refImport(d *document, n *node, report report) {
	if strings.HasPrefix(n.kind, "import") {
		resourceRef(d, n, report)
	}
}

// resourceRef demands that "#uuid" names a back-matter resource with something
// to open.
func resourceRef(d *document, n *node, report report) {
	id, ok := strings.CutPrefix(n.text("href"), "#")
	if !ok {
		return
	}
	if !d.defined(id, "resources") {
		report(n.child("href"), "#%s is no resource of the back matter", id)
		return
	}
	if r := d.uuids[strings.ToLower(id)][0].value; r["rlinks"] == nil && r["base64"] == nil {
		report(n.child("href"), "resource %s has nothing to open", id)
	}
}

// refLink: rel=reference names a resource (a control or part in catalogs, as in
// NIST's own), any other "#" anything that has a uuid or an id. Catalogs and
// profiles of others may point at what a selection left out.
func refLink(d *document, n *node, report report) {
	id, ok := strings.CutPrefix(n.text("href"), "#")
	if !ok || n.kind != "links" {
		return
	}
	if n.text("rel") == "reference" && uuidPattern.MatchString(id) {
		if !d.defined(id, "resources") {
			report(n.child("href"), "#%s is no resource of the back matter", id)
		}
		return
	}
	selected := !d.own && (d.model == "catalog" || d.model == "profile")
	if d.uuids[strings.ToLower(id)] == nil && d.ids[id] == nil && !selected {
		report(n.child("href"), "#%s is nowhere in this document", id)
	}
}

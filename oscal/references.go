package oscal

import (
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// refs is the rule that member key names an object of a kind in this document.
func refs(key, kind string) func(*document, *node, report) {
	return func(d *document, n *node, report report) {
		if id, ok := n.value[key].(string); ok && d.find(kind, id) == nil {
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
			if p := d.find("parties", id); p == nil {
				report(n.child(key), "%s is none of the parties", id)
			} else if key == "member-of-organizations" && p.text("type") == "person" {
				report(n.child(key), "party %s is a person, no organization", id)
			}
		}
	}
}

func refLocation(d *document, n *node, report report) {
	for _, key := range []string{"location-uuid", "location-uuids"} {
		for _, id := range stringsAt(n, key) {
			if d.find("locations", id) == nil {
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
			if d.find("roles", id) == nil {
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
	if !ok || !known || d.find(kind, id) != nil || !d.own && kind != "parties" {
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
	if !ok || !known || d.find(kind, id) != nil {
		return
	}

	if d.own || kind == "resources" || d.find(anyUUID, id) != nil {
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
	if r := d.find("resources", id); r == nil {
		report(n.child("href"), "#%s is no resource of the back matter", id)
	} else if r.value["rlinks"] == nil && r.value["base64"] == nil {
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
		if d.find("resources", id) == nil {
			report(n.child("href"), "#%s is no resource of the back matter", id)
		}
		return
	}

	selected := !d.own && (d.model == "catalog" || d.model == "profile")
	if d.find(anyUUID, id) == nil && d.find(anyID, id) == nil && !selected {
		report(n.child("href"), "#%s is nowhere in this document", id)
	}
}

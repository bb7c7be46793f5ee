package oscal

import (
	"strconv"
	"strings"
)

// Rules about references: each leads somewhere, and to the right kind of thing.

// namesOne is the rule that members, each of one reference or a list of them, name
// objects of a kind in this document.
func namesOne(kind string, members ...string) func(*document, *node, reporter) {
	return func(d *document, n *node, report reporter) {
		for _, member := range members {
			for _, id := range stringsAt(n, member) {
				if d.find(kind, id) != nil {
					continue
				}
				if kind == "roles" { // whose ids are words, no uuids
					id = strconv.Quote(id)
				}
				report(n.child(member), "%s is none of the %s", id, kind)
			}
		}
	}
}

// namesOneOfOurs is namesOne for what an imported document may define: a task of a
// plan, a component of a security plan. It is checked in our own documents alone.
func namesOneOfOurs(kind string, members ...string) func(*document, *node, reporter) {
	check := namesOne(kind, members...)
	return func(d *document, n *node, report reporter) {
		if d.ours {
			check(d, n, report)
		}
	}
}

func refParty(d *document, n *node, report reporter) {
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

// actorKinds are the lists that define an actor, by its type.
var actorKinds = map[string]string{
	"tool":                "components",
	"assessment-platform": "assessment-platforms",
	"party":               "parties",
}

func refActor(d *document, n *node, report reporter) {
	id, ok := n.value["actor-uuid"].(string)
	kind, known := actorKinds[n.text("type")]
	if !ok || !known || d.find(kind, id) != nil {
		return
	}

	if d.ours || kind == "parties" {
		report(n.child("actor-uuid"), "%s is none of the %s", id, kind)
	}
}

// subjectKinds are the lists that define a subject, by its type.
var subjectKinds = map[string]string{
	"component":      "components",
	"inventory-item": "inventory-items",
	"location":       "locations",
	"party":          "parties",
	"user":           "users",
	"resource":       "resources",
}

func refSubject(d *document, n *node, report reporter) {
	id, ok := n.value["subject-uuid"].(string)
	kind, known := subjectKinds[n.text("type")]
	if !ok || !known || d.find(kind, id) != nil {
		return
	}

	if d.ours || kind == "resources" || d.find(anyUUID, id) != nil {
		report(n.child("subject-uuid"), "%s is none of the %s", id, kind)
	}
}

// namesResource is the rule that "#uuid" in objects whose kind starts with a prefix
// names a resource of the back matter that holds something to open.
func namesResource(prefix string) func(*document, *node, reporter) {
	return func(d *document, n *node, report reporter) {
		id, ok := strings.CutPrefix(n.text("href"), "#")
		if !ok || !strings.HasPrefix(n.kind, prefix) {
			return
		}
		if r := d.find("resources", id); r == nil {
			report(n.child("href"), "#%s is no resource of the back matter", id)
		} else if r.value["rlinks"] == nil && r.value["base64"] == nil {
			report(n.child("href"), "resource %s has nothing to open", id)
		}
	}
}

// refLink: a link with rel=reference and a uuid names a resource. Any other "#" names
// something that has the uuid or the id. (In NIST's own catalogs a reference may name a
// control or a part.) Catalogs and profiles of others may be a selection of a larger
// one, and point at what was left out.
func refLink(d *document, n *node, report reporter) {
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

	mayBeSelection := !d.ours && (d.model == "catalog" || d.model == "profile")
	if d.find(anyUUID, id) == nil && d.find(anyID, id) == nil && !mayBeSelection {
		report(n.child("href"), "#%s is nowhere in this document", id)
	}
}

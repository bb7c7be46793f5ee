package oscal

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// report adds a problem at a path.
type report func(path, format string, args ...any)

// Rule is a check beyond the JSON schema. Source says who demands it: NIST's
// Metaschema constraints ("constraint"), the model's meaning ("reference",
// "time"), FedRAMP's rules ("fedramp"), or ringfence for its own documents.
type Rule struct {
	ID     string
	About  string
	Source string
	check  func(d *document, n *node, report report)
}

// Rules in the order in which they run. The ids json, model, oscal-version and
// schema come from reading; file-missing, file-digest, file-pointer, control-id,
// objective-id and control-finding from ValidateFolder.
var Rules = []Rule{
	{"uuid-form", "a uuid is version 4 or 5", "schema", uuidForm},
	{"uuid-unique", "no uuid is defined twice in a document", "reference", uuidUnique},
	{"id-unique", "no id of a control, part, parameter or group is defined twice", "constraint", idUnique},
	{"ref-observation", "observation-uuid names an observation", "reference", refs("observation-uuid", "observations")},
	{"ref-risk", "risk-uuid names a risk", "reference", refs("risk-uuid", "risks")},
	{"ref-finding", "finding-uuid names a finding", "reference", refs("finding-uuid", "findings")},
	{"ref-response", "response-uuid names a remediation", "reference", refs("response-uuid", "remediations")},
	{"ref-party", "party references name a party; member-of-organizations an organization", "constraint", refParty},
	{"ref-location", "location references name a location", "constraint", refLocation},
	{"ref-role", "role-id names a role of the metadata", "constraint", refRole},
	{"ref-task", "task-uuid names a task", "reference", external("task-uuid", "tasks")},
	{"ref-activity", "activity-uuid names an activity", "reference", external("activity-uuid", "activities")},
	{"ref-component", "component-uuid names a component", "reference", external("component-uuid", "components")},
	{"ref-actor", "actor-uuid names what the actor's type says", "reference", refActor},
	{"ref-subject", "subject-uuid names what the subject's type says", "reference", refSubject},
	{"ref-evidence", "a #reference of relevant evidence names a back-matter resource", "reference", refEvidence},
	{"ref-import", "a #reference of an import names a back-matter resource", "reference", refImport},
	{"ref-link", "a #reference of a link resolves", "constraint", refLink},
	{"link-media-type", "a #reference has no media-type", "constraint", linkMediaType},
	{"hash", "a hash has a known algorithm and the right number of hex digits", "constraint", hashForm},
	{"prop-ns", "a property without namespace has a name of OSCAL's closed list", "constraint", propNS},
	{"resource-type", "a resource's type is of OSCAL's closed list", "constraint", resourceType},
	{"facet-name", "a facet of OSCAL's system is likelihood, impact, risk or severity", "constraint", facetName},
	{"unique-in-list", "responsible parties, roles, document ids, rlinks, metadata props and links are unique in their list", "constraint", uniqueInList},
	{"time-order", "start <= collected <= end < expires", "time", timeOrder},
	{"risk-log", "a closed or deviated risk has a log entry that says so", "fedramp", riskLogged},
	{"target-unique", "a result has one finding for a target", "fedramp", targetUnique},
	{"title-line", "a title is one line, not empty, without blanks at its ends", "constraint", titleLine},
	{"string-blank", "a string value is one line without blanks at its ends", "constraint", stringBlank},
	{"own-outcome", "state, reason and outcome agree: only satisfied is satisfied", "ringfence", ownOutcome},
	{"own-observation", "an observation has a subject and evidence, and a finding cites it", "ringfence", ownObservation},
}

var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)

func uuidForm(_ *document, n *node, report report) {
	for _, key := range n.keys {
		if s, ok := n.value[key].(string); ok && (key == "uuid" || strings.HasSuffix(key, "-uuid")) && !uuidPattern.MatchString(s) {
			report(n.child(key), "%q is no uuid of version 4 or 5", s)
		}
	}
}

func uuidUnique(d *document, n *node, report report) {
	if first := d.find(anyUUID, n.text("uuid")); first != nil && first != n {
		report(n.child("uuid"), "%s is already the uuid of %s", n.text("uuid"), first.path)
	}
}

// idKinds are what a catalog finds by id.
var idKinds = []string{"groups", "controls", "parts", "params"}

func idUnique(d *document, n *node, report report) {
	if !slices.Contains(idKinds, n.kind) {
		return
	}
	if first := d.find(anyID, n.text("id")); first != nil && first != n {
		report(n.child("id"), "%q is already the id of %s", n.text("id"), first.path)
	}
}

// hexLength is the number of hex digits by algorithm. MD5 and SHA-1 would be
// legal OSCAL (the list is open); they prove nothing, so they are refused.
var hexLength = map[string]int{
	"SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128,
	"SHA3-224": 56, "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
}

func hashForm(_ *document, n *node, report report) {
	if n.kind != "hashes" {
		return
	}

	want, known := hexLength[n.text("algorithm")]
	if !known {
		report(n.child("algorithm"), "hash algorithm %q is not one of SHA-2 and SHA-3", n.text("algorithm"))
		return
	}

	if _, err := hex.DecodeString(n.text("value")); err != nil || len(n.text("value")) != want {
		report(n.child("value"), "a %s hash has %d hex digits, this is %q", n.text("algorithm"), want, n.text("value"))
	}
}

func linkMediaType(_ *document, n *node, report report) {
	if n.kind == "links" && strings.HasPrefix(n.text("href"), "#") && n.value["media-type"] != nil {
		report(n.child("media-type"), "a link to %q in this document has no media type", n.text("href"))
	}
}

// oscalNames are the closed names of props in OSCAL's own namespace, by what
// holds the property. What is not listed here allows others.
var oscalNames = map[string][]string{
	"observations":        {"marking"},
	"findings":            {"marking"},
	"results":             {"marking"},
	"entries":             {"marking"},
	"attestations":        {"marking"},
	"control-selections":  {"marking"},
	"reviewed-controls":   {"marking"},
	"relevant-evidence":   {"marking"},
	"subjects":            {"marking"},
	"target":              {"marking"},
	"actors":              {"marking"},
	"risks":               {"false-positive", "accepted", "risk-adjusted", "priority", "marking"},
	"remediations":        {"type", "marking"},
	"facets":              {"state", "marking"},
	"resources":           {"type", "version", "published", "marking"},
	"metadata":            {"keywords", "marking"},
	"parties":             {"mail-stop", "office", "job-title", "marking"},
	"responsible-parties": {"marking"},
	"activities":          {"method", "marking"},
	"controls":            {"label", "sort-id", "alt-identifier", "status", "marking"},
	"groups":              {"label", "sort-id", "alt-identifier", "marking"},
}

func propNS(_ *document, n *node, report report) {
	ns := n.text("ns")
	if n.kind != "props" || n.parent == nil || ns != "" && ns != coreNS {
		return
	}

	names, closed := oscalNames[n.parent.kind]
	if closed && !slices.Contains(names, n.text("name")) {
		report(n.child("name"), "%q is no property of OSCAL for %s; a property of one's own needs ns", n.text("name"), n.parent.kind)
	}
}

var resourceTypes = strings.Fields("logo image screen-shot law regulation standard external-guidance acronyms citation policy procedure system-guide users-guide administrators-guide rules-of-behavior plan artifact evidence tool-output raw-data interview-notes questionnaire report agreement")

func resourceType(_ *document, n *node, report report) {
	if n.kind != "props" || n.parent == nil || n.parent.kind != "resources" || n.text("name") != "type" || n.text("ns") != "" && n.text("ns") != coreNS {
		return
	}
	if !slices.Contains(resourceTypes, n.text("value")) {
		report(n.child("value"), "%q is no resource type of OSCAL", n.text("value"))
	}
}

func facetName(_ *document, n *node, report report) {
	if n.kind == "facets" && n.text("system") == coreNS && !slices.Contains([]string{"likelihood", "impact", "risk", "severity"}, n.text("name")) {
		report(n.child("name"), "%q is no facet of %s", n.text("name"), coreNS)
	}
}

// uniqueKeys are the members that make an item of a list unique.
var uniqueKeys = map[string][]string{
	"responsible-parties": {"role-id"},
	"roles":               {"id"},
	"document-ids":        {"scheme", "identifier"},
	"rlinks":              {"href", "media-type"},
}

func uniqueInList(_ *document, n *node, report report) {
	for _, list := range n.keys {
		keys := uniqueKeys[list]
		if n.kind == "metadata" && list == "props" {
			keys = []string{"name", "ns", "class", "group", "value"}
		}

		if n.kind == "metadata" && list == "links" {
			keys = []string{"href", "rel", "media-type"}
		}

		if keys == nil {
			continue
		}

		seen := map[string]bool{}
		for i, item := range children(n.value[list]) {
			var id strings.Builder
			for _, k := range keys {
				s, _ := object(item)[k].(string)
				id.WriteString(s + "\x00")
			}

			if seen[id.String()] {
				report(n.child(list, itoa(i)), "%s: twice the same %s", list, strings.Join(keys, ", "))
			}

			seen[id.String()] = true
		}
	}
}

func titleLine(_ *document, n *node, report report) {
	s, ok := n.value["title"].(string)
	if ok && (s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, "\n\r\u2028\u2029")) {
		report(n.child("title"), "%q is no single line without blanks at its ends", s)
	}
}

// markup are the members that hold CommonMark, which may have lines and blanks;
// titles have a rule of their own.
var markup = []string{"title", "description", "remarks", "prose", "statement", "usage", "text", "purpose", "label", "expression", "choice"}

func stringBlank(_ *document, n *node, report report) {
	for _, key := range n.keys {
		if slices.Contains(markup, key) || n.kind == "base64" {
			continue
		}
		for _, s := range stringsAt(n, key) {
			if s != strings.TrimSpace(s) || strings.ContainsAny(s, "\n\r") {
				report(n.child(key), "%q is no single line without blanks at its ends", s)
			}
		}
	}
}

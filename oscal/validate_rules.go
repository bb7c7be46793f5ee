package oscal

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rule is a check beyond the JSON schema.
type Rule struct {
	ID    string // stable: what [Problem] names
	About string // what must hold, in a sentence

	// Source says who demands it:
	//
	//	schema      the JSON schema says it, and validators of JSON schemas do not look
	//	constraint  a constraint of NIST's Metaschema, from which the schema is made
	//	reference   the meaning of the model: a reference leads somewhere
	//	time        the meaning of the model: times are in order
	//	fedramp     FedRAMP's rules for documents that it is given
	//	ringfence   our own promise about our own documents
	Source string

	// check reports what is wrong with one object. It is called for every object.
	check func(d *document, n *node, report reporter)
}

// reporter adds a problem at a path.
type reporter func(path, format string, args ...any)

// Rules are all rules, in the order in which they run. Problems may also name what is
// no rule of one object: json, model, oscal-version and schema ([Validate]), and
// file-missing, file-outside, file-digest, file-pointer, control-id, objective-id and
// control-finding ([ValidateFolder]).
var Rules = []Rule{
	{"uuid-form", "a uuid is version 4 or 5", "schema", uuidForm},
	{"uuid-unique", "no uuid is defined twice in a document", "reference", uuidUnique},
	{"id-unique", "no id of a control, part, parameter or group is defined twice", "constraint", idUnique},
	{
		"ref-observation", "observation-uuid names an observation",
		"reference", namesOne("observations", "observation-uuid"),
	},
	{"ref-risk", "risk-uuid names a risk", "reference", namesOne("risks", "risk-uuid")},
	{"ref-finding", "finding-uuid names a finding", "reference", namesOne("findings", "finding-uuid")},
	{
		"ref-response", "response-uuid names a remediation",
		"reference", namesOne("remediations", "response-uuid"),
	},
	{
		"ref-party", "party references name a party; member-of-organizations an organization",
		"constraint", refParty,
	},
	{
		"ref-location", "location references name a location",
		"constraint", namesOne("locations", "location-uuid", "location-uuids"),
	},
	{
		"ref-role", "role-id names a role of the metadata",
		"constraint", namesOne("roles", "role-id", "role-ids"),
	},
	{"ref-task", "task-uuid names a task", "reference", namesOneOfOurs("tasks", "task-uuid")},
	{
		"ref-activity", "activity-uuid names an activity",
		"reference", namesOneOfOurs("activities", "activity-uuid"),
	},
	{
		"ref-component", "component-uuid names a component",
		"reference", namesOneOfOurs("components", "component-uuid"),
	},
	{"ref-actor", "actor-uuid names what the actor's type says", "reference", refActor},
	{"ref-subject", "subject-uuid names what the subject's type says", "reference", refSubject},
	{
		"ref-evidence", "a #reference of relevant evidence names a back-matter resource",
		"reference", namesResource("relevant-evidence"),
	},
	{
		"ref-import", "a #reference of an import names a back-matter resource",
		"reference", namesResource("import"),
	},
	{"ref-link", "a #reference of a link resolves", "constraint", refLink},
	{"link-media-type", "a #reference has no media-type", "constraint", linkMediaType},
	{"hash", "a hash has a known algorithm and the right number of hex digits", "constraint", hashForm},
	{"prop-ns", "a property without namespace has a name of OSCAL's closed list", "constraint", propNS},
	{"resource-type", "a resource's type is of OSCAL's closed list", "constraint", resourceType},
	{
		"facet-name", "a facet of OSCAL's system is likelihood, impact, risk or severity",
		"constraint", facetName,
	},
	{
		"unique-in-list",
		"responsible parties, roles, document ids, rlinks, metadata props and links are unique in their list",
		"constraint", uniqueInList,
	},
	{"time-order", "start <= collected <= end < expires", "time", timeOrder},
	{"risk-log", "a closed or deviated risk has a log entry that says so", "fedramp", riskLogged},
	{"target-unique", "a result has one finding for a target", "fedramp", targetUnique},
	{"title-line", "a title is one line, not empty, without blanks at its ends", "constraint", titleLine},
	{"string-blank", "a string value is one line without blanks at its ends", "constraint", stringBlank},
	{"own-outcome", "state, reason and outcome agree: only satisfied is satisfied", "ringfence", ownOutcome},
	{
		"own-observation", "an observation has a subject and evidence, and a finding cites it",
		"ringfence", ownObservation,
	},
}

var uuidPattern = regexp.MustCompile(
	`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)

func uuidForm(_ *document, n *node, report reporter) {
	for _, key := range n.keys {
		s, isString := n.value[key].(string)
		isUUID := key == "uuid" || strings.HasSuffix(key, "-uuid")
		if isString && isUUID && !uuidPattern.MatchString(s) {
			report(n.child(key), "%q is no uuid of version 4 or 5", s)
		}
	}
}

func uuidUnique(d *document, n *node, report reporter) {
	if first := d.find(anyUUID, n.text("uuid")); first != nil && first != n {
		report(n.child("uuid"), "%s is already the uuid of %s", n.text("uuid"), first.path)
	}
}

func idUnique(d *document, n *node, report reporter) {
	if !slices.Contains(idKinds, n.kind) {
		return
	}
	if first := d.find(anyID, n.text("id")); first != nil && first != n {
		report(n.child("id"), "%q is already the id of %s", n.text("id"), first.path)
	}
}

// hexLength is the number of hex digits of a hash, by algorithm. The list is open in
// OSCAL, and MD5 and SHA-1 would be legal; they prove nothing, so they are refused.
var hexLength = map[string]int{
	"SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128,
	"SHA3-224": 56, "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
}

func hashForm(_ *document, n *node, report reporter) {
	if n.kind != "hashes" {
		return
	}

	algorithm, digest := n.text("algorithm"), n.text("value")
	length, known := hexLength[algorithm]
	if !known {
		report(n.child("algorithm"), "hash algorithm %q is not one of SHA-2 and SHA-3", algorithm)
		return
	}

	if _, err := hex.DecodeString(digest); err != nil || len(digest) != length {
		report(n.child("value"), "a %s hash has %d hex digits, this is %q", algorithm, length, digest)
	}
}

func linkMediaType(_ *document, n *node, report reporter) {
	if n.kind == "links" && strings.HasPrefix(n.text("href"), "#") && n.value["media-type"] != nil {
		report(n.child("media-type"), "a link to %q in this document has no media type", n.text("href"))
	}
}

// oscalNames are the names that a property in OSCAL's own namespace may have, by what
// holds the property. Where the list is open, it is not here.
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

// isOSCALProp reports whether a node is a property in OSCAL's own namespace.
func isOSCALProp(n *node) bool {
	ns := n.text("ns")
	return n.kind == "props" && n.parent != nil && (ns == "" || ns == coreNS)
}

func propNS(_ *document, n *node, report reporter) {
	if !isOSCALProp(n) {
		return
	}

	at, holder, name := n.child("name"), n.parent.kind, n.text("name")
	if names, closed := oscalNames[holder]; closed && !slices.Contains(names, name) {
		report(at, "%q is no property of OSCAL for %s; a property of one's own needs ns", name, holder)
	}
}

var resourceTypes = strings.Fields(`
	logo image screen-shot law regulation standard external-guidance acronyms citation policy procedure
	system-guide users-guide administrators-guide rules-of-behavior plan artifact evidence tool-output
	raw-data interview-notes questionnaire report agreement`)

func resourceType(_ *document, n *node, report reporter) {
	if !isOSCALProp(n) || n.parent.kind != "resources" || n.text("name") != "type" {
		return
	}
	if !slices.Contains(resourceTypes, n.text("value")) {
		report(n.child("value"), "%q is no resource type of OSCAL", n.text("value"))
	}
}

var facetNames = []string{"likelihood", "impact", "risk", "severity"}

func facetName(_ *document, n *node, report reporter) {
	if n.kind == "facets" && n.text("system") == coreNS && !slices.Contains(facetNames, n.text("name")) {
		report(n.child("name"), "%q is no facet of %s", n.text("name"), coreNS)
	}
}

// uniqueBy are the members that tell the items of a list apart, by the list's name.
var uniqueBy = map[string][]string{
	"responsible-parties": {"role-id"},
	"roles":               {"id"},
	"document-ids":        {"scheme", "identifier"},
	"rlinks":              {"href", "media-type"},
}

// uniqueInMetadata are those of lists in a document's metadata alone.
var uniqueInMetadata = map[string][]string{
	"props": {"name", "ns", "class", "group", "value"},
	"links": {"href", "rel", "media-type"},
}

func uniqueInList(_ *document, n *node, report reporter) {
	for _, list := range n.keys {
		at, members := n.child(list), uniqueBy[list]
		if members == nil && n.kind == "metadata" {
			members = uniqueInMetadata[list]
		}
		if members == nil {
			continue
		}

		seen := map[string]bool{}
		for i, item := range asArray(n.value[list]) {
			var id strings.Builder
			for _, member := range members {
				s, _ := asObject(item)[member].(string)
				id.WriteString(s + "\x00")
			}

			if seen[id.String()] {
				both := strings.Join(members, ", ")
				report(at+pointer(strconv.Itoa(i)), "%s: twice the same %s", list, both)
			}
			seen[id.String()] = true
		}
	}
}

// lineBreaks are all that may end a line, in JSON or in what renders it.
const lineBreaks = "\n\r\u2028\u2029"

func titleLine(_ *document, n *node, report reporter) {
	s, ok := n.value["title"].(string)
	if ok && (s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, lineBreaks)) {
		report(n.child("title"), "%q is no single line without blanks at its ends", s)
	}
}

// markup are the members that hold CommonMark, which may have lines and blanks. (Of
// titles a rule of their own asks more.)
var markup = strings.Fields(
	"title description remarks prose statement usage text purpose label expression choice")

func stringBlank(_ *document, n *node, report reporter) {
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

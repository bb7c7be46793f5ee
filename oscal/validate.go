package oscal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// Problem is one thing that is wrong with a document.
type Problem struct {
	// Path is a JSON pointer to it. Of a folder's document, the name of the file and
	// "#" stand before the pointer: "catalog.json#/catalog/uuid".
	Path string `json:"path"`
	// Rule is the id of the rule that is broken: one of [Rules], or of those that
	// are named there.
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

func (p Problem) String() string { return p.Path + ": " + p.Message + " [" + p.Rule + "]" }

// models are the names that the root of an OSCAL document may have.
var models = []string{
	"catalog", "profile", "mapping-collection", "component-definition", "system-security-plan",
	"assessment-plan", "assessment-results", "plan-of-action-and-milestones",
}

// Validate checks one OSCAL document in JSON. It must be strict JSON (never YAML),
// satisfy the JSON schema of its oscal-version (of our own documents: of 1.1.3 and of
// 1.2.2), and the [Rules]. An empty list means that the document is good.
//
// References into a document that is imported (to a component of a plan, a subject of
// a security plan) are followed in our own documents, which define all that they refer
// to, and left alone in others.
func Validate(data []byte) []Problem {
	_, problems := validate(data)
	return problems
}

// validate also returns what was read; nil if it is no OSCAL at all.
func validate(data []byte) (*document, []Problem) {
	root, err := snapshot.ParseObject(data)
	if err != nil {
		return nil, []Problem{{"", "json", err.Error()}}
	}

	doc, problem := open(root)
	if problem != nil {
		return nil, []Problem{*problem}
	}

	problems := append(doc.checkSchemas(), doc.checkRules()...)
	sortProblems(problems)

	return doc, slices.Compact(problems)
}

// document is a decoded OSCAL document.
type document struct {
	model   string // "assessment-results"
	version string // its oscal-version
	body    map[string]any
	ours    bool // written by ringfence: a property of its metadata has our namespace

	nodes       []*node // every object
	definitions map[definitionKey]*node
}

// node is one object of a document. Kind is the name of the array or member that
// holds it: "observations", "metadata". Parent is nil at the root.
type node struct {
	path   string // JSON pointer
	kind   string
	value  map[string]any
	keys   []string // of value, sorted
	parent *node
}

// text is a member that is a string; "" if it is none.
func (n *node) text(key string) string { s, _ := n.value[key].(string); return s }

// child is the path of a member.
func (n *node) child(keys ...string) string { return n.path + pointer(keys...) }

// definitionKey is a kind of objects and a uuid in lower case, or an id.
type definitionKey struct{ kind, id string }

const (
	anyUUID = "*uuid" // the kind of whatever has the uuid
	anyID   = "*id"   // the kind of whatever has the id, of those in idKinds
)

// idKinds are the objects of a catalog that share one space of ids.
var idKinds = []string{"groups", "controls", "parts", "params"}

// find is the first definition of a uuid or an id, or nil. Only the first is kept: a
// hostile document may repeat one a million times.
func (d *document) find(kind, id string) *node {
	return d.definitions[definitionKey{kind, strings.ToLower(id)}]
}

func (d *document) define(kind, id string, n *node) {
	key := definitionKey{kind, strings.ToLower(id)}
	if d.definitions[key] == nil {
		d.definitions[key] = n
	}
}

// open detects the model of a document and indexes its objects.
func open(root map[string]any) (*document, *Problem) {
	names := slices.DeleteFunc(sortedKeys(root), func(key string) bool { return key == "$schema" })
	if len(names) != 1 || !slices.Contains(models, names[0]) {
		found := shorten(value(strings.Join(names, ", ")), 200)
		return nil, &Problem{"", "model", "exactly one OSCAL model is expected, found " + found}
	}

	d := &document{model: names[0], definitions: map[definitionKey]*node{}}
	body, ok := root[d.model].(map[string]any)
	if !ok {
		return nil, &Problem{pointer(d.model), "model", "an object is expected"}
	}

	d.body = body
	meta := asObject(body["metadata"])
	d.version, _ = meta["oscal-version"].(string)
	d.ours = slices.ContainsFunc(asArray(meta["props"]), func(p any) bool { return asObject(p)["ns"] == NS })
	d.walk(&node{path: pointer(d.model), kind: d.model, value: body, keys: sortedKeys(body)})

	return d, nil
}

// walk lists every object below a node, in the order of the names of members, so that
// problems come in the same order each time.
func (d *document) walk(n *node) {
	d.nodes = append(d.nodes, n)
	if id := n.text("uuid"); id != "" {
		d.define(anyUUID, id, n)
		d.define(n.kind, id, n)
	}
	if id := n.text("id"); id != "" {
		d.define(n.kind, id, n)
		if slices.Contains(idKinds, n.kind) {
			d.define(anyID, id, n)
		}
	}

	for _, key := range n.keys {
		path := n.child(key)
		switch v := n.value[key].(type) {
		case map[string]any:
			d.walk(&node{path, key, v, sortedKeys(v), n})
		case []any:
			for i, item := range v {
				if m, ok := item.(map[string]any); ok {
					d.walk(&node{path + "/" + strconv.Itoa(i), key, m, sortedKeys(m), n})
				}
			}
		}
	}
}

// checkSchemas checks a document against the schema of the version that it names; our
// own against both versions that we promise.
func (d *document) checkSchemas() []Problem {
	if !d.ours {
		return checkSchema(d.version, d.model, d.body)
	}

	problems := checkSchema(Version, d.model, d.body)
	problems = append(problems, checkSchema(alsoValidAs, d.model, d.body)...)
	if d.version != Version {
		path := pointer(d.model, "metadata", "oscal-version")
		problems = append(problems, Problem{path, "oscal-version", "ringfence writes " + Version})
	}

	return problems
}

// checkRules runs every rule on every object.
func (d *document) checkRules() []Problem {
	var problems []Problem
	for _, rule := range Rules {
		report := func(path, format string, args ...any) {
			message := shorten(fmt.Sprintf(format, args...), maxMessage)
			problems = append(problems, Problem{path, rule.ID, message})
		}
		for _, n := range d.nodes {
			rule.check(d, n, report)
		}
	}

	return problems
}

// maxMessage is the length of a message, in characters: messages repeat what a hostile
// document says.
const maxMessage = 300

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return slices.Compare([]string{a.Path, a.Rule, a.Message}, []string{b.Path, b.Rule, b.Message})
	})
}

// asObject is v as an object; nil, which reads as empty, if it is none.
func asObject(v any) map[string]any { m, _ := v.(map[string]any); return m }

// asArray is v as an array; nil if it is none.
func asArray(v any) []any { l, _ := v.([]any); return l }

// stringsAt are the strings of a member that is a string or an array.
func stringsAt(n *node, key string) []string {
	if s, ok := n.value[key].(string); ok {
		return []string{s}
	}

	var list []string
	for _, item := range asArray(n.value[key]) {
		if s, ok := item.(string); ok {
			list = append(list, s)
		}
	}

	return list
}

package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// Problem is one thing that is wrong with a document. Path is a JSON pointer
// into it; for a folder, the file's name stands before it ("catalog.json#/…").
// Rule is a stable id.
type Problem struct {
	Path    string `json:"path"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

func (p Problem) String() string { return p.Path + ": " + p.Message + " [" + p.Rule + "]" }

// models are the roots that an OSCAL document may have.
var models = []string{
	"catalog", "profile", "mapping-collection", "component-definition", "system-security-plan",
	"assessment-plan", "assessment-results", "plan-of-action-and-milestones",
}

// Validate checks one OSCAL document in JSON: strict JSON (never YAML), the
// JSON schema of its oscal-version (our own documents: 1.1.3 and 1.2.2), and
// the rules that no schema has: see Rules. No problems, no nil: an empty list
// means that the document is good.
//
// References into a document that is imported (a plan's component, a security
// plan's subject) are followed in our own documents, which are self-contained,
// and left alone in others.
func Validate(data []byte) []Problem {
	_, problems := validate(data)
	return problems
}

// validate also returns what was read; nil when it is no OSCAL at all.
func validate(data []byte) (*document, []Problem) {
	root, err := snapshot.ParseObject(data)
	if err != nil {
		return nil, []Problem{{"", "json", err.Error()}}
	}

	doc, problem := open(root)
	if problem != nil {
		return nil, []Problem{*problem}
	}

	problems := doc.schema()
	problems = append(problems, doc.check()...)
	sortProblems(problems)

	return doc, slices.Compact(problems)
}

// document is a decoded OSCAL document.
type document struct {
	model   string
	version string
	body    map[string]any
	own     bool // written by ringfence: a metadata property of ours says so
	nodes   []*node
	defs    map[definitionKey]*node
}

// definitionKey finds the first object of a kind with a uuid (in lower case) or
// an id. Kind anyUUID is whatever has the uuid; anyID whatever has an id that a
// catalog shares among controls, parts, parameters and groups.
type definitionKey struct{ kind, id string }

const (
	anyUUID = "*uuid"
	anyID   = "*id"
)

// find is the first definition, or nil. Only the first is kept: a hostile
// document may repeat a uuid a million times.
func (d *document) find(kind, id string) *node {
	return d.defs[definitionKey{kind, strings.ToLower(id)}]
}

func (d *document) define(kind, id string, n *node) {
	key := definitionKey{kind, strings.ToLower(id)}
	if d.defs[key] == nil {
		d.defs[key] = n
	}
}

// open detects the model and indexes the document.
func open(root map[string]any) (*document, *Problem) {
	var found []string
	for key := range root {
		if key != "$schema" {
			found = append(found, key)
		}
	}

	slices.Sort(found)

	if len(found) != 1 || !slices.Contains(models, found[0]) {
		return nil, &Problem{"", "model", fmt.Sprintf("exactly one OSCAL model is expected, found %s", shorten(value(strings.Join(found, ", ")), 200))}
	}

	d := &document{model: found[0], defs: map[definitionKey]*node{}}
	body, ok := root[d.model].(map[string]any)
	if !ok {
		return nil, &Problem{pointer(d.model), "model", "an object is expected"}
	}

	d.body = body
	meta := object(body["metadata"])
	d.version, _ = meta["oscal-version"].(string)
	for _, p := range children(meta["props"]) {
		d.own = d.own || object(p)["ns"] == NS
	}

	d.walk(&node{path: pointer(d.model), kind: d.model, value: body, keys: sortedKeys(body)})
	return d, nil
}

// schema checks the version that the document names; our own under both that
// we promise.
func (d *document) schema() []Problem {
	versions := []string{d.version}
	if d.own {
		versions = []string{Version, alsoValidAs}
	}

	var problems []Problem
	for _, v := range versions {
		problems = append(problems, checkSchema(v, d.model, any(d.body))...)
	}

	if d.own && d.version != Version {
		problems = append(problems, Problem{pointer(d.model, "metadata", "oscal-version"), "oscal-version", "ringfence writes " + Version})
	}

	return problems
}

// node is one object of the document. Kind is the name of the array or member
// that holds it ("observations", "metadata"); parent is nil at the root.
type node struct {
	path   string
	kind   string
	value  map[string]any
	keys   []string // of value, sorted
	parent *node
}

func (n *node) text(key string) string { s, _ := n.value[key].(string); return s }

// child is the path of a member.
func (n *node) child(keys ...string) string { return n.path + pointer(keys...) }

// walk lists every object in the order of their names, so that problems come in
// the same order each time.
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

// check runs every rule on every object.
func (d *document) check() []Problem {
	var problems []Problem
	for _, r := range Rules {
		report := func(path, format string, args ...any) {
			problems = append(problems, Problem{path, r.ID, shorten(fmt.Sprintf(format, args...), 300)})
		}
		for i := range d.nodes {
			r.check(d, d.nodes[i], report)
		}
	}

	return problems
}

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
}

// object is v as an object; nil, which reads as empty, if it is none.
func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

// children is v as an array; nil if it is none.
func children(v any) []any { l, _ := v.([]any); return l }

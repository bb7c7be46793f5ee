package soundness

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// Mutation: snapshots that no collector would write, made of real ones and
// sealed like them.

// draw gives choices out of bytes: of a generator's, or of those that a fuzzer
// makes up. After the last byte every choice is the first one.
type draw struct{ bytes []byte }

func (d *draw) below(n int) int {
	if n < 2 || len(d.bytes) < 2 {
		return 0
	}

	v := int(d.bytes[0])<<8 | int(d.bytes[1])
	d.bytes = d.bytes[2:]
	return v % n
}

func (d *draw) oneIn(n int) bool { return d.below(n) == n-1 }

// pick chooses an element; the list must have one.
func pick[T any](d *draw, list []T) T { return list[d.below(len(list))] }

// mutant is a piece of evidence in the making. What it changes it copies first.
type mutant struct {
	*draw
	evidence
	all      []*evidence // whose values and documents may turn up here
	reseal   map[string]bool
	tampered bool
}

// mutate applies 1 to 20 mutations and returns the evidence, sealed.
func mutate(t *testing.T, all []*evidence, choices []byte) *evidence {
	t.Helper()
	m := &mutant{draw: &draw{choices}, all: all, reseal: map[string]bool{}}
	m.evidence = *pick(m.draw, all)
	m.datasets, m.sealed = maps.Clone(m.datasets), maps.Clone(m.sealed)
	for n := 1 + m.below(20); n > 0 && len(m.bytes) > 0; n-- {
		m.mutateOnce()
	}

	for name := range m.reseal {
		delete(m.sealed, name)
		if d, has := m.datasets[name]; has {
			m.sealed[name] = seal(t, d)
		}
	}

	if m.oneIn(16) {
		m.tamper()
	}

	return &m.evidence
}

// mutateOnce applies one mutation: mostly to a value, else to documents, a dataset or
// the promise.
func (m *mutant) mutateOnce() {
	switch n := m.below(20); {
	case n < 13:
		m.changeDocument(m.changeValue)
	case n < 17:
		pick(m.draw, []func(){
			m.deleteDocument, m.copyDocument, m.copyDocument, m.swapScopes, m.moveScope, m.moveToObserved,
		})()
	case n < 19:
		m.changeCoverage()
	default:
		m.changePromise()
	}
}

// withDocuments are the datasets that have documents, sorted.
func (m *mutant) withDocuments() []string {
	names := slices.Sorted(maps.Keys(m.datasets))
	return slices.DeleteFunc(names, func(name string) bool { return len(m.datasets[name].Documents) == 0 })
}

// changeDataset copies the documents of a dataset and lets change have them.
func (m *mutant) changeDataset(change func(name string, docs []snapshot.Document) []snapshot.Document) {
	names := m.withDocuments()
	if len(names) == 0 {
		return
	}

	name := pick(m.draw, names)
	d := m.datasets[name]
	d.Documents = change(name, slices.Clone(d.Documents))
	d.Coverage.Scopes = recount(d)
	m.datasets[name], m.reseal[name] = d, true
}

func (m *mutant) changeDocument(change func(name string, doc *snapshot.Document)) {
	m.changeDataset(func(name string, docs []snapshot.Document) []snapshot.Document {
		change(name, &docs[m.below(len(docs))])
		return docs
	})
}

func (m *mutant) deleteDocument() {
	m.changeDataset(func(_ string, docs []snapshot.Document) []snapshot.Document {
		i := m.below(len(docs))
		return slices.Delete(docs, i, i+1)
	})
}

// copyDocument adds a document of this or another client, with its id or a new
// one.
func (m *mutant) copyDocument() {
	m.changeDataset(func(name string, docs []snapshot.Document) []snapshot.Document {
		doc := pick(m.draw, docs)
		if others := pick(m.draw, m.all).datasets[name].Documents; len(others) > 0 && m.oneIn(2) {
			doc = pick(m.draw, others)
			if doc.Scope != "" && m.oneIn(2) {
				doc.Scope = pick(m.draw, docs).Scope
			}
		}

		for slices.ContainsFunc(docs, func(d snapshot.Document) bool { return d.ID == doc.ID }) {
			doc.ID += "0"
		}

		return append(docs, doc)
	})
}

func (m *mutant) swapScopes() {
	m.changeDataset(func(_ string, docs []snapshot.Document) []snapshot.Document {
		a, b := m.below(len(docs)), m.below(len(docs))
		docs[a].Scope, docs[b].Scope = docs[b].Scope, docs[a].Scope
		return docs
	})
}

func (m *mutant) moveScope() {
	m.changeDocument(func(_ string, doc *snapshot.Document) { doc.Scope = pick(m.draw, m.identifiers()) })
}

// moveToObserved moves a property to observed, and rarely has it in both places, which
// is an error.
func (m *mutant) moveToObserved() {
	m.changeDocument(func(_ string, doc *snapshot.Document) {
		if len(doc.Spec) == 0 {
			return
		}

		name := pick(m.draw, slices.Sorted(maps.Keys(doc.Spec)))
		both := !m.tampered && m.oneIn(8)
		m.tampered = m.tampered || both
		value := doc.Spec[name]

		doc.Observed = maps.Clone(doc.Observed)
		if doc.Observed == nil {
			doc.Observed = map[string]any{}
		}

		doc.Observed[name] = value
		if doc.Spec = maps.Clone(doc.Spec); !both {
			delete(doc.Spec, name)
		}
	})
}

// changeValue changes one value of a document, at any depth.
func (m *mutant) changeValue(name string, doc *snapshot.Document) {
	part, rest := &doc.Spec, doc.Observed
	if len(doc.Observed) > 0 && m.oneIn(8) {
		part, rest = &doc.Observed, doc.Spec
	}

	at := m.path(*part)
	if len(at) == 0 {
		*part = m.extend(*part).(map[string]any)
	} else {
		*part = edit(*part, at, func(v any) (any, bool) { return m.change(name, at, v) }).(map[string]any)
	}

	for property := range rest {
		delete(*part, property) // a copy: see edit
	}
}

// path walks from a value down to one of those below it.
func (m *mutant) path(v any) (at []string) {
	for {
		switch x := v.(type) {
		case map[string]any:
			if len(x) == 0 || len(at) > 0 && m.oneIn(4) {
				return at
			}
			key := pick(m.draw, slices.Sorted(maps.Keys(x)))
			at, v = append(at, key), x[key]

		case []any:
			if len(x) == 0 || m.oneIn(3) {
				return at
			}
			i := m.below(len(x))
			at, v = append(at, strconv.Itoa(i)), x[i]

		default:
			return at
		}
	}
}

// edit is a copy of a value in which the value at a path is another one, or
// with keep false is not there.
func edit(v any, at []string, change func(any) (to any, keep bool)) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		if len(at) > 1 {
			c[at[0]] = edit(v[at[0]], at[1:], change)
		} else if to, keep := change(v[at[0]]); keep {
			c[at[0]] = to
		} else {
			delete(c, at[0])
		}

		return c

	case []any:
		c := slices.Clone(v)
		i, _ := strconv.Atoi(at[0])

		if len(at) > 1 {
			c[i] = edit(v[i], at[1:], change)
		} else if to, keep := change(v[i]); keep {
			c[i] = to
		} else {
			c = slices.Delete(c, i, i+1)
		}

		return c
	}

	return v
}

// change makes another value of one, false for none.
func (m *mutant) change(name string, at []string, v any) (any, bool) {
	switch m.below(12) {
	case 0, 1:
		return nil, false
	case 2:
		return nil, true
	case 3, 4:
		return m.sibling(name, at, v), true
	case 5:
		return pick(m.draw, m.identifiers()), true
	case 6:
		return m.anything(), true
	case 7:
		return m.extend(v), true
	case 8:
		return []any{v, v}, true
	}

	return m.ofSameType(v), true
}

// ofSameType is another value of the same type.
func (m *mutant) ofSameType(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case string:
		return pick(m.draw, []string{
			strings.ToUpper(v), strings.ToLower(v), v + "x", " " + v, "",
			"Guest", "Member", "active", "allowed", "AllUsers", "global",
		})
	case json.Number:
		return pick(m.draw, []any{
			json.Number("0"), json.Number("-1"), json.Number("89.5"), json.Number("9007199254740991"),
			"9007199254740993", json.Number("1e30"),
		})
	case []any:
		return []any{}
	case map[string]any:
		return map[string]any{}
	}

	return m.anything()
}

// sibling is what another document has at the same path.
func (m *mutant) sibling(name string, at []string, v any) any {
	docs := pick(m.draw, m.all).datasets[name].Documents
	if len(docs) == 0 {
		return v
	}

	var other any = pick(m.draw, docs).Spec
	for _, step := range at {
		switch x := other.(type) {
		case map[string]any:
			other = x[step]
		case []any:
			if len(x) == 0 {
				return v
			}
			other = pick(m.draw, x)
		default:
			return v
		}
	}

	return other
}

// identifiers are what documents name each other and their tenants by.
func (m *mutant) identifiers() []string {
	ids := []string{m.tenant, strings.ToUpper(m.tenant), m.intent.MSP.TenantID, ""}
	ids = append(ids, m.intent.Client.ServiceProviders...)
	d := pick(m.draw, m.all).datasets

	if m.oneIn(2) {
		d = m.datasets
	}

	for _, doc := range d[pick(m.draw, slices.Sorted(maps.Keys(d)))].Documents {
		name := doc.ID[strings.LastIndex(doc.ID, "/")+1:]
		ids = append(ids, doc.ID, doc.Scope, strings.ToUpper(doc.ID), name)
	}

	return ids
}

// strangeNames are names that no schema knows, some that many schemas know, and those
// that the engine adds to documents.
var strangeNames = []string{
	"", "é", "c/~", "a\"b\\c", "\u0000", "zz",
	"id", "name", "type", "properties", "tenantId", "status", "observed",
	"_id", "_scope", "_subject", "*", "0",
}

// extend adds to what a value holds: a property, a key of a map, an element.
func (m *mutant) extend(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		c[pick(m.draw, strangeNames)] = m.anything()
		return c
	case []any:
		return append(slices.Clone(v), m.anything())
	}

	return map[string]any{pick(m.draw, strangeNames): v}
}

// anything is a value of any type.
func (m *mutant) anything() any {
	docs := pick(m.draw, m.datasetsWithDocuments(pick(m.draw, m.all)))
	switch m.below(14) {
	case 0:
		return true
	case 1:
		return json.Number("9007199254740991")
	case 2:
		return "-9007199254740993" // as Parse gives it
	case 3:
		return strings.Repeat("huge \" é\n", 1+m.below(8000))
	case 4:
		return []any{}
	case 5:
		return map[string]any{}
	case 6:
		return []any{nil, "x", json.Number("1"), map[string]any{"tenantId": nil}, []any{}}
	case 7:
		return map[string]any{"zz": []any{map[string]any{"name": "x"}}, "tenantId": m.tenant}
	case 8:
		return json.Number("0.1")
	case 9:
		return false
	case 10:
		return ""
	}

	var v any = pick(m.draw, docs.Documents).Spec
	if at := m.path(v); len(at) > 0 {
		edit(v, at, func(found any) (any, bool) { v = found; return nil, false })
	}

	return v
}

// datasetsWithDocuments are the datasets with documents; every client has some.
func (m *mutant) datasetsWithDocuments(v *evidence) (list []snapshot.Dataset) {
	for _, name := range slices.Sorted(maps.Keys(v.datasets)) {
		if d := v.datasets[name]; len(d.Documents) > 0 {
			list = append(list, d)
		}
	}
	return list
}

// changeCoverage changes what is said of how a dataset was read.
func (m *mutant) changeCoverage() {
	if len(m.datasets) == 0 {
		return
	}

	name := pick(m.draw, slices.Sorted(maps.Keys(m.datasets)))
	d := m.datasets[name]
	c := &d.Coverage
	c.Scopes = slices.Clone(c.Scopes)
	statuses := append(slices.Clone(incompleteStatuses), snapshot.Complete)

	m.reseal[name] = true
	switch m.below(8) {
	case 0:
		delete(m.datasets, name)
		return
	case 1, 2:
		c.Status = pick(m.draw, statuses)
	case 3:
		c.EndedAt = pick(m.draw, []string{"", now.Add(-1000 * time.Hour).Format(time.RFC3339)})
	case 4:
		c.Proof = "declared"
	case 5:
		c.Status, d.Documents, c.Count, c.Digest = snapshot.NotLicensed, nil, 0, ""
	default:
		m.changeScopes(c, statuses)
	}

	m.datasets[name] = d
}

func (m *mutant) changeScopes(c *snapshot.Coverage, statuses []snapshot.Status) {
	c.Status = pick(m.draw, []snapshot.Status{snapshot.Partial, c.Status})
	if len(c.Scopes) == 0 || m.oneIn(4) {
		scope := pick(m.draw, append(m.identifiers(), snapshot.ScopeUnknown))
		if !slices.ContainsFunc(c.Scopes, func(s snapshot.Scope) bool { return s.Scope == scope }) {
			c.Scopes = append(c.Scopes, snapshot.Scope{Scope: scope, Status: pick(m.draw, statuses)})
		}
		return
	}

	i := m.below(len(c.Scopes))
	if c.Scopes[i].Status = pick(m.draw, statuses); m.oneIn(4) {
		c.Scopes = slices.Delete(c.Scopes, i, i+1)
	}
}

// changePromise changes what the client was promised.
func (m *mutant) changePromise() {
	client, msp := &m.intent.Client, "msp"
	switch m.below(6) {
	case 0:
		client.Fence = nil
	case 1:
		client.Fence = &intent.Fence{Name: "empty", Regions: []string{}, Countries: []string{}}
	case 2:
		client.ServiceProviders = nil
	case 3:
		client.ServiceProviders = []string{m.tenant, pick(m.draw, m.identifiers())}
	case 4:
		client.Keys = &intent.Keys{Owner: &msp}

	default:
		client.Params = map[string]map[string]any{
			"RF-T-08": {"allow_members_to_invite": true},
			"RF-K-04": {"min_retention_days": 91},
			"RF-G-03": {"global_types": []string{}},
		}
	}
}

// tamper changes bytes of one dataset and signs for them: what is left may not
// be JSON.
func (m *mutant) tamper() {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(m.sealed)), func(name string) bool {
		return len(m.sealed[name].data) == 0
	})
	if m.tampered || len(names) == 0 {
		return
	}

	name := pick(m.draw, names)
	f := m.sealed[name]
	i := m.below(len(f.data))
	scrap := []string{
		"", "\"", "\\", " ", "{", "}", ",", "0", "1e999", "9007199254740993",
		"\xff", "\x01", "\u2028", "-", "tru", `"a":1,`, "\n",
	}
	f.data = slices.Concat(f.data[:i], []byte(pick(m.draw, scrap)), f.data[i+m.below(2):])
	f.coverage.Digest = snapshot.Digest(f.data)
	m.sealed[name] = f
}

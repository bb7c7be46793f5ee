package main

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// times says how often each dataset is copied so that it has about n documents. Of what is
// told apart by something else there are as many copies as of that: a subscription comes
// with its list of regions, a group with its members, a client with its relationship.
func (t *template) times(datasets []string, n int) copies {
	held := t.snap.Manifest.Datasets
	c := copies{}
	for name, coverage := range held {
		c[name] = 1
		if grows(name, datasets) && coverage.Count > 0 {
			c[name] = max(1, n/coverage.Count)
		}
	}

	if slices.Contains(datasets, "azure.locations") {
		c["azure.subscriptions"] = c["azure.locations"]
	}

	for _, proof := range []string{"azure.caller_access", "azure.role_definitions"} {
		if held[proof].Count > 0 {
			c[proof] = c["azure.subscriptions"] // each subscription has its own
		}
	}

	c[clientsOf] = max(1, c["gdap.relationships"])
	for _, name := range datasets {
		if held[name].Count > 0 && t.isToldByParent(name) {
			c[name] = t.parentCopies(name, c)
		}
	}

	return c
}

// isToldByParent reports whether some document of a dataset has no name of its own.
func (t *template) isToldByParent(dataset string) bool {
	if slices.Contains(unnamed, dataset) {
		return true
	}

	docs, err := t.snap.Documents(dataset)
	return err == nil && slices.ContainsFunc(docs, func(d snapshot.Document) bool {
		return t.ownName(dataset, d) == ""
	})
}

// parentCopies is how often a dataset's parents are there, at most: the tenant is there once.
func (t *template) parentCopies(dataset string, c copies) int {
	most := 1
	for _, parent := range snapshot.Schemas()[dataset].Parents() {
		most = max(most, c[parent])
	}
	return most
}

// grows reports whether a dataset has more documents where the datasets of a plan have: it is
// one of them, or the parent of one.
func grows(name string, datasets []string) bool {
	return !slices.Contains(one, name) && slices.ContainsFunc(datasets, func(d string) bool {
		return d == name || slices.Contains(snapshot.Schemas()[d].Parents(), name)
	})
}

// copy makes the grown snapshot of some datasets.
func (t *template) copy(datasets []string, times copies) (snapshot.Snapshot, int, error) {
	m := t.snap.Manifest
	m.Datasets = map[string]snapshot.Coverage{}
	files, documents := map[string][]byte{}, 0

	for _, name := range append([]string{snapshot.SKUDataset}, withProof(datasets)...) {
		c, held := t.snap.Manifest.Datasets[name]
		if !held || m.Datasets[name].Holds() {
			continue
		}

		if c.Holds() {
			lines, err := t.lines(name, times)
			if err != nil {
				return snapshot.Snapshot{}, 0, err
			}

			files[name] = bytes.Join(lines, nil)
			digest := snapshot.Digest(files[name])
			c.Count, c.Digest, c.SpecDigest = len(lines), digest, digest
			documents += c.Count
		}

		c.Scopes = counted(t.scopes(c.Scopes, name, times), files[name])
		m.Datasets[name] = c
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		return snapshot.Snapshot{}, 0, err
	}
	if m, err = snapshot.ParseManifest(raw); err != nil {
		return snapshot.Snapshot{}, 0, err
	}

	open := func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[name])), nil
	}
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: open}, documents, nil
}

// withProof adds the datasets that others are read by, and those that prove what the caller
// sees in Azure.
func withProof(datasets []string) (all []string) {
	for _, name := range append(slices.Clone(datasets), snapshot.Guards(snapshot.GuardSubscriptions)...) {
		for ; name != "" && !slices.Contains(all, name); name = snapshot.ParentOf(name) {
			all = append(all, name)
		}
	}
	return all
}

// counted are scopes with the number of documents that a dataset's file has of each.
func counted(scopes []snapshot.Scope, file []byte) []snapshot.Scope {
	if len(scopes) == 0 {
		return nil
	}

	counts := map[string]int{}
	for line := range bytes.Lines(file) {
		if doc, err := snapshot.DecodeLine(bytes.TrimSuffix(line, []byte("\n"))); err == nil {
			counts[doc.Scope]++
		}
	}

	for i := range scopes {
		scopes[i].Count = counts[scopes[i].Scope]
	}

	return scopes
}

// lines are the documents of one dataset, copied and in order. What lies at a place that has
// fewer copies, as the tenant's root has none, is not repeated.
func (t *template) lines(dataset string, times copies) ([][]byte, error) {
	docs, err := t.snap.Documents(dataset)
	if err != nil {
		return nil, err
	}

	type line struct {
		id   string
		text []byte
	}

	var all []line
	made := map[string]bool{}
	for _, d := range docs {
		text, err := snapshot.Canonical(d)
		if err != nil {
			return nil, err
		}

		own, id, body := t.ownName(dataset, d), t.cut(d.ID), t.cut(string(text)+"\n")
		for k := range times[dataset] {
			called := t.join(id, own, k, times)
			if made[called] {
				continue
			}
			made[called] = true
			all = append(all, line{called, []byte(t.join(body, own, k, times))})
		}
	}

	slices.SortFunc(all, func(a, b line) int { return strings.Compare(a.id, b.id) })
	out := make([][]byte, len(all))
	for i, l := range all {
		out[i] = l.text
	}

	return out, nil
}

// scopes are the places at which a dataset is read, copied as often as their documents are: a
// place of the tenant as a whole once.
func (t *template) scopes(list []snapshot.Scope, dataset string, times copies) (all []snapshot.Scope) {
	parents := snapshot.Schemas()[dataset].Parents()
	made := map[string]bool{}
	for _, scope := range list {
		p, own := t.cut(scope.Scope), scope.Scope[strings.LastIndexByte(scope.Scope, '/')+1:]
		parent := t.names[own]
		if !slices.Contains(parents, parent) {
			parent = snapshot.Schemas()[dataset].Parent
		}

		for k := range max(1, times[parent]) {
			scope.Scope = t.join(p, own, k, times)
			if !made[scope.Scope] {
				made[scope.Scope] = true
				all = append(all, scope)
			}
		}
	}

	return all
}

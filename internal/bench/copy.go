package main

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// times says how often each dataset is copied so that it has about n documents. Of what is
// told apart by something else there are no more copies than of that: a subscription comes
// with its list of regions, a client with its relationship.
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
		if slices.Contains(unnamed, name) && held[name].Count > 0 {
			c[name] = min(c[name], c[snapshot.Schemas()[name].Parent])
		}
	}

	return c
}

// grows reports whether a dataset has more documents where the datasets of a plan have: it is
// one of them, or the parent of one.
func grows(name string, datasets []string) bool {
	return !slices.Contains(one, name) && slices.ContainsFunc(datasets, func(d string) bool {
		return d == name || snapshot.Schemas()[d].Parent == name
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

// lines are the documents of one dataset, copied and in order.
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
	for _, d := range docs {
		text, err := snapshot.Canonical(d)
		if err != nil {
			return nil, err
		}

		own, id, body := nameOf(dataset, d.ID), t.cut(d.ID), t.cut(string(text)+"\n")
		for k := range times[dataset] {
			copied := line{t.join(id, own, k, times), []byte(t.join(body, own, k, times))}
			all = append(all, copied)
		}
	}

	slices.SortFunc(all, func(a, b line) int { return strings.Compare(a.id, b.id) })
	out := make([][]byte, len(all))
	for i, l := range all {
		out[i] = l.text
	}

	return out, nil
}

// scopes are the parents of a dataset, copied as often as these are.
func (t *template) scopes(list []snapshot.Scope, dataset string, times copies) (all []snapshot.Scope) {
	s := snapshot.Schemas()[dataset]
	for _, scope := range list {
		p, own := t.cut(scope.Scope), nameOf(s.Parent, scope.Scope)
		for k := range max(1, times[s.Parent]) {
			scope.Scope = t.join(p, own, k, times)
			all = append(all, scope)
		}
	}

	return all
}

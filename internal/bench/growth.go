package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/policyset"
	"ringfence/policies"
)

// growth is what one control costs on ever more documents.
type growth struct {
	Control string      `json:"control"`
	Sizes   []growthRow `json:"sizes"`
}

// growthRow: Per is about how many documents each dataset of the control's plan
// has, Documents how many there are in all.
type growthRow struct {
	Per       int     `json:"per_dataset"`
	Documents int     `json:"documents"`
	NsPerDoc  float64 `json:"ns_per_document"`
	Over      bool    `json:"over,omitempty"` // it took longer than maxJudging and was ended
}

// maxJudging bounds one evaluation: what is quadratic would never end.
const maxJudging = 3 * time.Minute

// growthSizes are documents per dataset.
var growthSizes = []int{300, 3000, 30000, 300000}

// judge is one control on a grown snapshot, all in memory.
type judge struct {
	documents int
	evaluate  func(context.Context) (finding.Set, error)
}

// grow makes the snapshot that one control is measured on: each dataset of its
// plan has about n documents.
func (t *templates) grow(c finding.Control, n int) (*judge, error) {
	e, err := loadOnly(c)
	if err != nil {
		return nil, err
	}

	plan, _ := e.Plan(c.ID)
	from := &t.client

	if c.Scope != "client" {
		from = &t.msp
	}

	times := from.times(plan.Datasets(), n)
	snap, documents, err := from.copy(plan.Datasets(), times)
	if err != nil {
		return nil, err
	}

	at, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		return nil, err
	}

	j := &judge{documents: documents}

	if c.Scope == "client" {
		in := from.growIntent(times)
		j.evaluate = func(ctx context.Context) (finding.Set, error) { return e.Evaluate(ctx, snap, in, at) }
	} else {
		fleet := from.growFleet(times)
		j.evaluate = func(ctx context.Context) (finding.Set, error) { return e.Evaluate(ctx, snap, fleet, at) }
	}

	return j, nil
}

// loadOnly loads the policy set of one control, and the library.
func loadOnly(c finding.Control) (*engine.Engine, error) {
	files, err := policyset.Read(policies.FS)
	if err != nil {
		return nil, err
	}

	maps.DeleteFunc(files, func(path string, _ []byte) bool {
		return path != c.File && !strings.Contains(path, "/lib/")
	})
	return engine.LoadFiles(files)
}

// times says how often each dataset is copied so that it has about n documents.
// Of what is told apart by something else there are no more copies than of
// that: a subscription comes with its list of regions, a client with its
// relationship.
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

// grows reports whether a dataset has more documents where the datasets of a
// plan have: it is one of them, or the parent of one.
func grows(name string, datasets []string) bool {
	return !slices.Contains(one, name) && slices.ContainsFunc(datasets, func(d string) bool {
		return d == name || snapshot.Schemas()[d].Parent == name
	})
}

// copy makes the grown snapshot of some datasets.
func (t *template) copy(datasets []string, times copies) (snapshot.Snapshot, int, error) {
	m, files, documents := t.snap.Manifest, map[string][]byte{}, 0
	m.Datasets = map[string]snapshot.Coverage{}
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
			c.Count, c.Digest = len(lines), snapshot.Digest(files[name])
			c.SpecDigest = c.Digest
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

	open := func(name string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files[name])), nil }
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: open}, documents, nil
}

// withProof adds the datasets that others are read by, and those that prove what the
// caller sees in Azure.
func withProof(datasets []string) (all []string) {
	for _, name := range append(slices.Clone(datasets), "azure.caller_access", "azure.role_definitions") {
		for ; name != "" && !slices.Contains(all, name); name = snapshot.Schemas()[name].Parent {
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
			all = append(all, line{t.join(id, own, k, times), []byte(t.join(body, own, k, times))})
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

func growthText(w io.Writer, all []growth) {
	if len(all) == 0 {
		return
	}

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "growth: ns/document\t")

	for _, n := range growthSizes {
		fmt.Fprintf(t, "%d per dataset\t", n)
	}

	fmt.Fprintln(t, "last÷first\t")

	for _, g := range all {
		fmt.Fprintf(t, "%s\t", g.Control)
		for i := range growthSizes {
			switch {
			case i >= len(g.Sizes):
				fmt.Fprint(t, "\t")
			case g.Sizes[i].Over:
				fmt.Fprintf(t, "over %s\t", maxJudging)
			default:
				fmt.Fprintf(t, "%.0f\t", g.Sizes[i].NsPerDoc)
			}
		}

		if last := g.Sizes[len(g.Sizes)-1]; !last.Over {
			fmt.Fprintf(t, "%.2f", last.NsPerDoc/g.Sizes[0].NsPerDoc)
		}

		fmt.Fprintln(t, "\t")
	}

	t.Flush()
}

// growthTable measures every control alone on ever more documents, up to most
// per dataset: the best of what fits in half a second, at least one run.
func growthTable(ctx context.Context, controls []finding.Control, most int) ([]growth, error) {
	t, err := newTemplates(ctx)
	if err != nil {
		return nil, err
	}

	var all []growth
	for _, c := range controls {
		progress("growth: %s", c.ID)
		g, err := t.measure(ctx, c, most)
		if err != nil {
			return nil, err
		}

		all = append(all, g)
	}

	return all, nil
}

func (t *templates) measure(ctx context.Context, c finding.Control, most int) (growth, error) {
	g := growth{Control: c.ID}
	for _, n := range growthSizes {
		if n > most || len(g.Sizes) > 0 && g.Sizes[len(g.Sizes)-1].Over {
			break
		}

		j, err := t.grow(c, n)
		if err != nil {
			return g, err
		}

		best, err := j.best(ctx, 500*time.Millisecond)
		over := errors.Is(err, context.DeadlineExceeded)
		if err != nil && !over {
			return g, err
		}

		g.Sizes = append(g.Sizes, growthRow{n, j.documents, float64(best.Nanoseconds()) / float64(j.documents), over})
	}

	return g, nil
}

// best repeats the evaluation for a while and returns its shortest time.
func (j *judge) best(ctx context.Context, within time.Duration) (best time.Duration, err error) {
	for start := time.Now(); best == 0 || time.Since(start) < within; {
		at := time.Now()
		if err := j.once(ctx); err != nil {
			return 0, err
		}
		if took := time.Since(at); best == 0 || took < best {
			best = took
		}
	}

	return best, nil
}

// once evaluates, for no longer than maxJudging.
func (j *judge) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxJudging)
	defer cancel()

	_, err := j.evaluate(ctx)

	return err
}

package soundness

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/internal/effort"
)

// Ablation takes evidence away, seals the snapshot again, and looks at which verdicts
// change. Missing evidence is never a pass, so none may become satisfied. Every control
// in the tree goes through it, whatever its name.
//
// Each dataset that a control reads is ablated at least once in every go test:
// some statuses in the place of complete, a few documents removed, each property
// of a document taken away. "make soak" does this for each client that the control
// has something to say about, with every status, and for more documents.

// baseline is one client's snapshot and what a control says about it.
type baseline struct {
	t           *testing.T
	fleet       *fleet
	client      string
	datasets    map[string]snapshot.Dataset
	sealed      map[string]file
	tenant      string
	promise     intent.Promise
	engine      *engine.Engine
	policyWords map[string]bool // names of properties that a policy spells are among these
	control     finding.Control
	before      map[string]finding.Outcome
	outcome     finding.Outcome
	judged      int // snapshots
}

// violation is a broken promise: what was taken away, and which verdict became better.
type violation struct{ what, how string }

func (v violation) String() string { return v.what + ": " + v.how }

// ablated is what an ablation of one control came to.
type ablated struct {
	broken    []violation
	judged    int             // snapshots
	changed   int             // property ablations that change an outcome
	datasets  map[string]bool // that were removed, or had another status
	documents map[string]bool // datasets of which a document lost properties
	filled    map[string]bool // datasets of which some client has documents
}

// ablations are those of the built-in controls that were made, for the table of all of
// them ([TestControlTable]).
var (
	ablations = map[string]ablated{}
	ablating  sync.Mutex // guards ablations
)

func TestAblation(t *testing.T) {
	effort.WithoutRace(t)
	f := sharedFleet(t)
	whole := builtin(t)
	ids := slices.DeleteFunc(idsOf(whole), func(id string) bool { // there is no evidence to take away
		p, _ := whole.Plan(id)
		return len(p.Datasets()) == 0 && !judgesEvidence(whole, id)
	})
	for _, id := range pickFrom(ids, effort.Of(4, len(ids), len(ids)), "controls") {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			single, f := only(t, whole, id), f
			if compares(single.Controls()[0]) {
				f = comparedFleet(t)
			}
			a := ablate(t, f, single, effort.Soaking())
			ablating.Lock()
			ablations[id] = a
			ablating.Unlock()
			for _, v := range a.broken {
				t.Error(v)
			}

			if a.changed == 0 {
				t.Errorf("no property ablation changes an outcome of %s: it does not look at what it reads", id)
			}

			p, _ := single.Plan(id)
			for _, name := range p.Datasets() {
				if !a.datasets[name] || !a.documents[name] && a.filled[name] {
					t.Errorf("%s was not ablated for %s", name, id)
				}
			}

			t.Logf("%d snapshots judged, %d of %d datasets with documents",
				a.judged, len(a.documents), len(a.datasets))
		})
	}
}

// TestAblationCatches: controls that are known to be unsound do not pass ablation.
func TestAblationCatches(t *testing.T) {
	effort.WithoutRace(t)
	f := sharedFleet(t)
	unsound, err := engine.Load(os.DirFS("testdata/unsound"))
	if err != nil {
		t.Fatal(err)
	}

	for _, id := range idsOf(unsound) {
		if a := ablate(t, f, only(t, unsound, id), true); len(a.broken) == 0 {
			t.Errorf("the unsound control %s passes ablation", id)
		}
	}
}

// idsOf are those of a policy set's controls, sorted.
func idsOf(e *engine.Engine) (ids []string) {
	for _, c := range e.Controls() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// only is a policy set's engine with one control, so that an evaluation costs one.
func only(t *testing.T, e *engine.Engine, id string) *engine.Engine {
	t.Helper()
	single, err := e.Only(id)
	if err != nil {
		t.Fatal(err)
	}
	return single
}

// judgesEvidence: a control is about how datasets were read, and not about what is in them.
func judgesEvidence(e *engine.Engine, id string) bool {
	p, _ := e.Plan(id)
	return p.Reads("snapshot")
}

// ablate takes every kind of evidence away from clients that the control says
// something about: for each dataset all of it from one client, and the dataset as a
// whole from the others. With everything, all of it from each client.
func ablate(t *testing.T, f *fleet, e *engine.Engine, everything bool) ablated {
	t.Helper()
	a := ablated{datasets: map[string]bool{}, documents: map[string]bool{}, filled: map[string]bool{}}

	for _, b := range chooseClients(t, f, e) {
		before := b.judged
		for _, name := range b.reads() {
			docs := len(b.datasets[name].Documents)
			a.filled[name] = a.filled[name] || docs > 0
			all := everything || docs > 0 && !a.documents[name] || !a.datasets[name]

			broken, changed := b.removeDataset(t, name, all)
			a.broken = append(a.broken, broken...)
			a.datasets[name] = true
			if !b.readsDocuments(name) {
				a.changed += changed // of such a control there are no properties to take away
				continue
			}
			if docs == 0 || !all {
				continue
			}

			broken, changed = b.removeProperties(t, name)
			a.broken = append(append(a.broken, b.removeDocuments(t, name)...), broken...)
			a.changed += changed
			a.documents[name] = true
		}
		a.judged += b.judged - before
	}

	return a
}

// chooseClients picks the clients of which the control says most: three of those where
// it finds something, and each one that adds an outcome for a dataset that no client
// before had.
func chooseClients(t *testing.T, f *fleet, e *engine.Engine) (picked []*baseline) {
	t.Helper()
	seen, words := map[string]bool{}, wordsOfPolicies(t, e)
	for _, label := range labelsJudged(f, e) {
		b := newBaseline(t, f, e, words, label)
		if b == nil {
			continue
		}

		adds := b.outcome == finding.NotSatisfied && len(picked) < 3
		for s, o := range b.before {
			kind := snapshot.SubjectDataset(s) + " " + string(o)
			adds, seen[kind] = adds || !seen[kind], true
		}

		if adds {
			picked = append(picked, b)
		}
	}

	// The first one loses its properties: where all is as promised, more can change.
	slices.SortStableFunc(picked, func(a, b *baseline) int {
		return cmp.Compare(rank(a.outcome), rank(b.outcome))
	})
	return picked
}

// rank is 0 for satisfied, and 1 for every other outcome.
func rank(o finding.Outcome) int {
	if o == finding.Satisfied {
		return 0
	}
	return 1
}

// labelsJudged are the labels that a control judges: every client, or the fleet.
func labelsJudged(f *fleet, e *engine.Engine) []string {
	if e.Controls()[0].Scope == "msp" {
		return []string{snapshot.FleetClient}
	}
	return everyone(f.file)
}

func newBaseline(t *testing.T, f *fleet, e *engine.Engine, words map[string]bool, client string) *baseline {
	t.Helper()
	snap := f.snapshot(t, client)
	b := &baseline{
		t:           t,
		fleet:       f,
		client:      client,
		tenant:      snap.Manifest.TenantID,
		engine:      e,
		policyWords: words,
		control:     e.Controls()[0],
		datasets:    map[string]snapshot.Dataset{},
		sealed:      map[string]file{},
	}

	var err error
	if b.promise, err = f.file.Promise(client); err != nil {
		t.Fatal(err)
	}

	for _, name := range append(withParents(b.evidence()), snapshot.SKUDataset) {
		c, has := snap.Manifest.Datasets[name]
		if !has {
			continue
		}

		docs, err := snap.Documents(name)
		if err != nil {
			t.Fatal(err)
		}

		b.datasets[name] = snapshot.Dataset{Name: name, Documents: docs, Coverage: c}
		b.sealed[name] = seal(t, b.datasets[name])
	}

	b.before, b.outcome = b.judge(t, nil)
	if b.outcome == finding.NotApplicable {
		return nil
	}

	return b
}

// emulated is the cloud of the demo's fleet file.
const emulated = "unsafe:emulator"

// manifest is that of a client's snapshot, collected now, without datasets.
func manifest(client, tenant string) snapshot.Manifest {
	return snapshot.Manifest{
		Schema:      snapshot.SchemaName,
		Client:      client,
		TenantID:    tenant,
		CollectedAt: now.Format(time.RFC3339),
		Tool:        "test",
		Cloud:       emulated,
		Datasets:    map[string]snapshot.Coverage{},
	}
}

// withParents adds the datasets that some are read by, and those that say what there
// is in Azure and prove that the caller sees it, without which nothing is proven.
func withParents(names []string) []string {
	all := map[string]bool{}
	for _, name := range append(names, snapshot.Guards(snapshot.GuardSubscriptions)...) {
		for ; name != "" && !all[name]; name = snapshot.ParentOf(name) {
			all[name] = true
			if schema, err := snapshot.SchemaFor(name); err == nil {
				for _, further := range schema.MoreParents {
					all[further] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// evidence are the datasets that the control's verdicts rest on, sorted: those of its plan,
// those of which input.snapshot tells it, and those of what the client is compared by.
func (b *baseline) evidence() []string {
	p, _ := b.engine.Plan(b.control.ID)
	names := p.Datasets()
	if judgesEvidence(b.engine, b.control.ID) {
		names = append(names, b.engine.Accounts(b.control.Scope)...)
	}
	for _, kind := range p.Joins() {
		if kind == plan.PathJoin || kind == plan.ReachJoin {
			kind = "" // all of them
		}
		names = append(names, b.engine.FactReads(kind)...)
	}

	slices.Sort(names)
	return slices.Compact(names)
}

// readsDocuments: the control looks at the documents of a dataset, and not only at how
// they were read.
func (b *baseline) readsDocuments(name string) bool {
	p, _ := b.engine.Plan(b.control.ID)
	return slices.Contains(p.Datasets(), name)
}

// reads are the datasets of the control's evidence that the snapshot has, sorted.
func (b *baseline) reads() []string {
	return slices.DeleteFunc(b.evidence(), func(name string) bool { _, has := b.datasets[name]; return !has })
}

// judge evaluates the snapshot, sealed again with some datasets replaced (nil:
// removed). It returns the outcome of each subject, and that of the control.
func (b *baseline) judge(t *testing.T, change map[string]*snapshot.Dataset) (
	map[string]finding.Outcome, finding.Outcome,
) {
	t.Helper()
	b.judged++
	sealed := maps.Clone(b.sealed)
	for name, d := range change {
		if delete(sealed, name); d != nil {
			sealed[name] = seal(t, *d)
		}
	}

	m := manifest(b.client, b.tenant)
	for name, f := range sealed {
		m.Datasets[name] = f.coverage
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		t.Fatal(err)
	}

	snap := snapshot.Snapshot{Manifest: m, Raw: raw, Open: func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(sealed[name].data)), nil
	}}
	set, err := b.evaluate(snap)
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]finding.Outcome{}
	for _, v := range set.Verdicts {
		got[v.Subject] = v.Outcome
	}

	return got, set.Controls[0].Outcome
}

func (b *baseline) evaluate(snap snapshot.Snapshot) (finding.Set, error) {
	e := b.engine
	switch {
	case !compares(b.control):
	case b.control.Scope == finding.MSPScope:
		e = e.Surveying(b.fleet.surveyed(b.t, snap))
	default:
		e = e.Hearing(b.fleet.hears(b.t, snap)[b.client])
	}
	return e.Evaluate(context.Background(), snap, b.promise, now)
}

// file is one dataset as it is sealed.
type file struct {
	coverage snapshot.Coverage
	data     []byte
}

// seal recomputes count and digests; a dataset without a file stays without.
func seal(t testing.TB, d snapshot.Dataset) file {
	t.Helper()
	if !d.Coverage.Holds() {
		return file{coverage: d.Coverage}
	}

	data, digest, spec, err := snapshot.Encode(d.Documents)
	if err != nil {
		t.Fatal(err)
	}

	d.Coverage.Count, d.Coverage.Digest, d.Coverage.SpecDigest = len(d.Documents), digest, spec
	return file{d.Coverage, data}
}

// compare holds the outcomes after evidence was taken away to the promise: no subject
// became satisfied, and none vanished from a control that is satisfied or does not
// apply. What says what was taken away; gone is the subject whose own document it was,
// "" if it was another.
func (b *baseline) compare(
	what, gone string, after map[string]finding.Outcome, outcome finding.Outcome,
) (broken []violation, changed bool) {
	for subject, got := range after {
		if before := b.before[subject]; got == finding.Satisfied && before != finding.Satisfied {
			how := subject + " turned from " + string(before) + " to satisfied"
			broken = append(broken, violation{what, how})
		}
	}

	for subject, before := range b.before {
		got, there := after[subject]
		changed = changed || got != before
		if !there && subject != gone && (outcome == finding.Satisfied || outcome == finding.NotApplicable) {
			how := subject + " vanished, and the control is " + string(outcome)
			broken = append(broken, violation{what, how})
		}
	}

	return broken, changed
}

// incompleteStatuses are the statuses of a dataset that is not complete.
var incompleteStatuses = []snapshot.Status{
	snapshot.Partial, snapshot.Denied, snapshot.NotLicensed, snapshot.Throttled,
	snapshot.Failed, snapshot.Skipped, snapshot.Stale,
}

// removeDataset takes away a dataset that subjects or pass reads, or makes it incomplete,
// so that nothing may be satisfied. It tries all ways to do so (a plain go test: three of
// them, others for each control and client), or one of them.
//
// Of a control about the evidence itself, that one dataset is missing is said by one subject.
func (b *baseline) removeDataset(t *testing.T, name string, all bool) (broken []violation, changed int) {
	t.Helper()
	p, _ := b.engine.Plan(b.control.ID)
	_, inSubjects := p.Subjects.Datasets[name]
	_, inPass := p.Pass.Datasets[name]

	changes := map[string]*snapshot.Dataset{"removed": nil}
	for _, status := range incompleteStatuses {
		if d, lowered := b.withStatus(name, status); lowered {
			changes[string(status)] = &d
		}
	}

	names := slices.Sorted(maps.Keys(changes))
	tried := 1
	if all {
		tried = effort.Of(2, 2, len(names))
	}
	names = pickFrom(names, tried, b.control.ID+b.client+name)

	for _, how := range names {
		what := fmt.Sprintf("%s: %s %s", b.client, name, how)
		after, outcome := b.judge(t, map[string]*snapshot.Dataset{name: changes[how]})
		v, differs := b.compare(what, "", after, outcome)
		broken = append(broken, v...)
		if differs {
			changed++
		}
		for s, o := range after {
			if o == finding.Satisfied && (inSubjects || inPass || s == snapshot.AccountSubject(name)) {
				broken = append(broken, violation{what, s + " is still satisfied"})
			}
		}

		if outcome == finding.NotApplicable && inSubjects {
			broken = append(broken, violation{what, "the control became not-applicable"})
		}
	}

	return broken, changed
}

// withStatus is a dataset with another status than it was collected with. There is
// none where that status proves that the dataset is complete with nothing in it, or is
// itself what the control asks about, and proven.
func (b *baseline) withStatus(name string, status snapshot.Status) (snapshot.Dataset, bool) {
	d := b.datasets[name]
	licence := snapshot.Schemas()[name].WithoutLicence
	judged := judgesEvidence(b.engine, b.control.ID)
	provesEmpty := status == snapshot.NotLicensed && licence != nil && (licence.Means == "empty" || judged)
	if d.Coverage.Status == status || provesEmpty {
		return d, false
	}

	d.Coverage.Status = status
	return d, true
}

// removeDocuments takes away documents of a dataset that the control reads, one by one.
// Those that nothing refers to (a membership, a delegation) are left: nobody can tell
// from what remains that they are missing. DESIGN.md says so.
func (b *baseline) removeDocuments(t *testing.T, name string) (broken []violation) {
	t.Helper()
	docs := b.datasets[name].Documents

	for _, i := range picks(len(docs), effort.Of(2, 2, 7), b.control.ID+name) {
		if !b.isSubject(name, docs[i]) && !b.isReferredTo(name, docs[i]) {
			continue
		}

		d := b.datasets[name]
		d.Documents = slices.Delete(slices.Clone(docs), i, i+1)
		d.Coverage.Scopes = recount(d)
		gone := snapshot.Subject(name, docs[i].ID)
		after, outcome := b.judge(t, map[string]*snapshot.Dataset{name: &d})
		v, _ := b.compare(b.client+": document "+gone+" removed", gone, after, outcome)
		broken = append(broken, v...)
	}

	return broken
}

func (b *baseline) isSubject(name string, doc snapshot.Document) bool {
	_, is := b.before[snapshot.Subject(name, doc.ID)]
	return is
}

// isReferredTo reports whether another document names this one: by its id, or,
// where the id is not made of its parent's, by the id's last part.
func (b *baseline) isReferredTo(name string, doc snapshot.Document) bool {
	id := strings.ToLower(doc.ID)
	names := []string{id}

	if !snapshot.Schemas()[name].ID.Child {
		names = append(names, path.Base(id))
	}

	for other, d := range b.datasets {
		for _, o := range d.Documents {
			isItself := other == name && o.ID == doc.ID
			if !isItself && (slices.Contains(names, o.Scope) || mentions(o.Spec, names)) {
				return true
			}
		}
	}

	return false
}

// mentions reports whether some string below a value is one of the names.
func mentions(v any, names []string) bool {
	switch v := v.(type) {
	case string:
		return slices.Contains(names, strings.ToLower(v))
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return mentions(e, names) })
	case map[string]any:
		for _, e := range v {
			if mentions(e, names) {
				return true
			}
		}
	}

	return false
}

// removeProperties takes away properties of documents that the control reads, at any
// depth: those whose name stands in a policy one by one, all others at once.
func (b *baseline) removeProperties(t *testing.T, name string) (broken []violation, changed int) {
	t.Helper()
	docs := b.datasets[name].Documents

	for _, i := range b.documentsToPrune(name, effort.Of(1, 1, 7)) {
		rest := any(docs[i].Spec)
		for _, ptr := range pointers(docs[i].Spec, nil) {
			if !b.policyWords[ptr[len(ptr)-1]] {
				rest = prune(rest, ptr)
				continue
			}
			v, c := b.withSpec(t, name, i, prune(docs[i].Spec, ptr), "without /"+strings.Join(ptr, "/"))
			broken, changed = append(broken, v...), changed+c
		}

		v, _ := b.withSpec(t, name, i, rest, "without what no policy names")
		broken = append(broken, v...)
	}

	return broken, changed
}

// documentsToPrune picks documents of a dataset, first of those that are satisfied
// subjects, then of other subjects: without one of its properties such a document may
// lose its verdict.
func (b *baseline) documentsToPrune(name string, most int) (picked []int) {
	var kinds [3][]int
	for i, doc := range b.datasets[name].Documents {
		outcome, isSubject := b.before[snapshot.Subject(name, doc.ID)]
		switch {
		case outcome == finding.Satisfied:
			kinds[0] = append(kinds[0], i)
		case isSubject:
			kinds[1] = append(kinds[1], i)
		default:
			kinds[2] = append(kinds[2], i)
		}
	}

	for _, of := range kinds {
		picked = append(picked, pickFrom(of, most-len(picked), b.control.ID+name)...)
	}
	return picked
}

// withSpec judges with another spec of one document.
func (b *baseline) withSpec(
	t *testing.T, name string, i int, spec any, how string,
) (broken []violation, changed int) {
	t.Helper()
	d := b.datasets[name]
	d.Documents = slices.Clone(d.Documents)
	d.Documents[i].Spec = spec.(map[string]any)
	after, outcome := b.judge(t, map[string]*snapshot.Dataset{name: &d})
	what := fmt.Sprintf("%s: %s %s", b.client, snapshot.Subject(name, d.Documents[i].ID), how)
	broken, differs := b.compare(what, "", after, outcome)
	if differs {
		changed = 1
	}

	return broken, changed
}

var word = regexp.MustCompile(`[A-Za-z@][A-Za-z0-9_.@]*`)

// wordsOfPolicies are the words in a policy set's files.
func wordsOfPolicies(t *testing.T, e *engine.Engine) map[string]bool {
	t.Helper()
	bundle, err := e.Bundle()
	if err != nil {
		t.Fatal(err)
	}

	files, err := policyset.OpenBundle(bundle)
	if err != nil {
		t.Fatal(err)
	}

	// A single control of a set comes with the whole set. One that compares clients rests on facts.
	own, isSingle := path.Dir(e.Controls()[0].File), len(e.Controls()) == 1
	shared := []string{"/lib/"}
	if compares(e.Controls()[0]) {
		shared = append(shared, "/facts/")
	}
	words := map[string]bool{}
	for name, data := range files {
		isShared := func(folder string) bool { return strings.Contains(name, folder) }
		isOther := path.Dir(name) != own && !slices.ContainsFunc(shared, isShared)
		if isSingle && isOther {
			continue
		}
		for _, w := range word.FindAllString(string(data), -1) {
			for _, part := range strings.Split(w, ".") {
				words[part] = true
			}
		}
	}

	return words
}

// recount is the coverage by scope of a dataset, with the numbers of its documents.
func recount(d snapshot.Dataset) []snapshot.Scope {
	scopes := slices.Clone(d.Coverage.Scopes)
	for i := range scopes {
		scopes[i].Count = 0
		for _, doc := range d.Documents {
			if doc.Scope == scopes[i].Scope {
				scopes[i].Count++
			}
		}
	}

	return scopes
}

// pointers lists the paths of all properties below a value; of an array only
// the first element is entered.
func pointers(v any, at []string) (all [][]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p := append(slices.Clone(at), key)
			all = append(append(all, p), pointers(v[key], p)...)
		}
	case []any:
		if len(v) > 0 {
			all = append(all, pointers(v[0], append(slices.Clone(at), "0"))...)
		}
	}

	return all
}

// prune is a copy of a value without the property at a path.
func prune(v any, at []string) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		if len(at) == 1 {
			delete(c, at[0])
		} else if below, has := c[at[0]]; has {
			c[at[0]] = prune(below, at[1:])
		}
		return c

	case []any:
		c := slices.Clone(v)
		c[0] = prune(v[0], at[1:])
		return c
	}

	return v
}

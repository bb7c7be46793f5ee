package soundness

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// A snapshot that somebody hands in, edited and sealed again so that every digest
// is right: it must be refused, or say less than it did. How many are tried is
// RINGFENCE_SOAK ("make soak": thousands); the choice follows from the number of
// the try, so that a failure can be repeated.

// tampered is a client's evidence with an edit in it.
type tampered struct {
	client, tenant string
	intent         intent.Intent
	datasets       map[string]snapshot.Dataset

	// read are the datasets that some control reads: nobody looks at the lines of others.
	read map[string]bool
	// sealedEdits are edits of what was sealed: the manifest, and the files by dataset.
	sealedEdits []func(*snapshot.Manifest, map[string][]byte)
}

// tampering is one kind of edit. It returns the datasets that can no longer be
// complete, everything for a snapshot that must be refused, and whether the
// client has anything to edit.
type tampering struct {
	name string
	do   func(r *rand.Rand, v *tampered) (lowered []string, possible bool)
}

// refused stands for a snapshot of which there must be no result at all.
var refused = []string{"refused"}

var tamperings = []tampering{
	{"a subscription is declared", func(r *rand.Rand, v *tampered) ([]string, bool) {
		declared := []string{guid(r)}
		if v.intent.Client.Azure != nil {
			declared = append(declared, v.intent.Client.Azure.Subscriptions...)
		}

		v.intent.Client.Azure = &intent.Azure{Subscriptions: declared}
		return v.azureDatasets(), true
	}},
	{"nothing is said of Azure", func(r *rand.Rand, v *tampered) ([]string, bool) {
		v.intent.Client.Azure = nil
		return v.azureDatasets(), true
	}},
	{"none is declared", func(r *rand.Rand, v *tampered) ([]string, bool) {
		v.intent.Client.Azure = &intent.Azure{None: true}
		return refused, len(v.datasets[snapshot.SubscriptionDataset].Documents) > 0
	}},
	{"another cloud", func(r *rand.Rand, v *tampered) ([]string, bool) {
		v.intent.Client.Cloud = "china"
		return refused, true
	}},
	{"a vault is declared", func(r *rand.Rand, v *tampered) ([]string, bool) {
		sub, ok := v.subscription(r)
		group := "/subscriptions/" + sub + "/resourcegroups/rg"
		id := group + "/providers/microsoft.keyvault/vaults/v" + strconv.Itoa(r.IntN(1000))
		v.intent.Client.Keys = &intent.Keys{Vaults: []string{id}}

		return []string{"keyvault.vaults"}, ok && v.holds("keyvault.vaults")
	}},
	{"a scope is left out", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.perParent(r)
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		parents := v.parents(name)
		i := r.IntN(len(d.Coverage.Scopes))
		left := d.Coverage.Scopes[i]
		d.Coverage.Scopes = slices.Delete(slices.Clone(d.Coverage.Scopes), i, i+1)
		v.datasets[name] = d

		return []string{name}, left.Count > 0 || slices.Contains(parents, left.Scope)
	}},
	{"all scopes are left out", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.perParent(r)
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		d.Coverage.Status, d.Coverage.Scopes, d.Coverage.Evidence = snapshot.Complete, nil, nil
		v.datasets[name] = d

		return []string{name}, len(v.parents(name)) > 0 || len(d.Documents) > 0
	}},
	{"a scope counts another number", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.perParent(r)
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		d.Coverage.Scopes = slices.Clone(d.Coverage.Scopes)
		d.Coverage.Scopes[r.IntN(len(d.Coverage.Scopes))].Count += 1 + r.IntN(3)
		v.datasets[name] = d

		return []string{name}, true
	}},
	{"another count", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, holds)
		v.sealedEdits = append(v.sealedEdits, func(m *snapshot.Manifest, _ map[string][]byte) {
			c := m.Datasets[name]
			c.Count += 1 + r.IntN(5)
			m.Datasets[name] = c
		})
		return []string{name}, ok
	}},
	{"a singleton is empty", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, func(d snapshot.Dataset) bool {
			s := snapshot.Schemas()[d.Name]
			isSingleton := s.ID.Form == snapshot.Singleton || d.Name == "entra.organization"
			mayBeNone := s.NotFound != nil || len(d.Documents) == 0 // nothing was asked
			return isComplete(d) && isSingleton && !mayBeNone
		})
		v.empty(name)
		return []string{name}, ok
	}},
	{"the list of subscriptions is empty", func(r *rand.Rand, v *tampered) ([]string, bool) {
		had := len(v.datasets[snapshot.SubscriptionDataset].Documents)
		v.empty(snapshot.SubscriptionDataset)
		return []string{snapshot.SubscriptionDataset}, had > 0 && v.intent.Client.Azure != nil
	}},
	{"it ended before it started", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, isComplete)
		d := v.datasets[name]
		d.Coverage.EndedAt = now.Add(-time.Hour).Format(time.RFC3339)
		d.Coverage.StartedAt = now.Add(-time.Minute).Format(time.RFC3339)
		v.datasets[name] = d

		return []string{name}, ok
	}},
	{"it ended after it was collected", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, holds)
		d := v.datasets[name]
		d.Coverage.EndedAt = now.Add(time.Hour).Format(time.RFC3339)
		v.datasets[name] = d

		return refused, ok
	}},
	{"it is old", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, holds)
		d := v.datasets[name]
		d.Coverage.EndedAt = now.Add(-25 * time.Hour).Format(time.RFC3339)
		d.Coverage.StartedAt = d.Coverage.EndedAt
		v.datasets[name] = d

		return []string{name}, ok
	}},
	{"the dataset is gone", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, func(snapshot.Dataset) bool { return true })
		delete(v.datasets, name)
		return []string{name}, ok
	}},
	{"another status", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, isComplete)
		d := v.datasets[name]
		d.Coverage.Status = []snapshot.Status{snapshot.Partial, snapshot.Denied, snapshot.Throttled,
			snapshot.Failed, snapshot.Skipped, snapshot.Stale}[r.IntN(6)]
		v.datasets[name] = d

		return []string{name}, ok
	}},
	{"a scope that proved nothing says complete", func(r *rand.Rand, v *tampered) ([]string, bool) {
		unproven := func(s snapshot.Scope) bool {
			return s.Evidence != nil && s.Evidence.Code == snapshot.VisibilityUnproven
		}
		name, ok := v.someDataset(r, func(d snapshot.Dataset) bool {
			return snapshot.Schemas()[d.Name].Parent == snapshot.SubscriptionDataset && d.Name != "azure.caller_access" &&
				d.Name != "azure.role_definitions" && slices.ContainsFunc(d.Coverage.Scopes, unproven)
		})

		d := v.datasets[name]
		d.Coverage.Scopes = slices.Clone(d.Coverage.Scopes)
		for i := range d.Coverage.Scopes {
			d.Coverage.Scopes[i].Status, d.Coverage.Scopes[i].Evidence = snapshot.Complete, nil
		}

		d.Coverage.Status, d.Coverage.Evidence, d.Coverage.Proof = snapshot.Complete, nil, "role_assignment"
		if d.Documents == nil {
			d.Documents, d.Coverage.Digest = []snapshot.Document{}, "to be sealed"
		}

		v.datasets[name] = d
		return []string{name}, ok
	}},
	{"a subscription is added to the list", func(r *rand.Rand, v *tampered) ([]string, bool) {
		d := v.datasets[snapshot.SubscriptionDataset]
		id := guid(r)
		d.Documents = append(slices.Clone(d.Documents), snapshot.Document{ID: id, Spec: map[string]any{
			"id": "/subscriptions/" + id, "subscriptionId": id, "tenantId": v.tenant, "state": "Enabled",
		}})
		v.datasets[snapshot.SubscriptionDataset] = d

		return v.perSubscription(), d.Coverage.Status == snapshot.Complete
	}},
	{"a subscription is taken out of the list", func(r *rand.Rand, v *tampered) ([]string, bool) {
		d := v.datasets[snapshot.SubscriptionDataset]
		declared := v.intent.Client.Azure
		if len(d.Documents) == 0 || declared == nil {
			return nil, false
		}
		if !slices.Contains(declared.Subscriptions, d.Documents[0].ID) {
			return nil, false
		}

		d.Documents = slices.Clone(d.Documents[1:])
		v.datasets[snapshot.SubscriptionDataset] = d
		return v.azureDatasets(), true
	}},
	{"a document twice", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, v.readWith(1))
		v.sealedEdits = append(v.sealedEdits, func(m *snapshot.Manifest, files map[string][]byte) {
			first, _, _ := bytes.Cut(files[name], []byte("\n"))
			replace(m, files, name, slices.Concat(first, []byte("\n"), files[name]), 1)
		})
		return refused, ok
	}},
	{"documents out of order", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, v.readWith(2))
		v.sealedEdits = append(v.sealedEdits, func(m *snapshot.Manifest, files map[string][]byte) {
			lines := bytes.SplitAfter(files[name], []byte("\n"))
			lines[0], lines[1] = lines[1], lines[0]
			replace(m, files, name, bytes.Join(lines, nil), 0)
		})
		return refused, ok
	}},
	{"a document of another subscription", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, i, ok := v.armDocument(r)
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		d.Documents = slices.Clone(d.Documents)
		d.Documents[i].ID = strings.Replace(d.Documents[i].ID, d.Documents[i].Scope, guid(r), 1)
		v.datasets[name] = d

		return refused, true
	}},
	{"a document in a scope that is not its own", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, i, ok := v.armDocument(r)
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		d.Documents = slices.Clone(d.Documents)
		d.Documents[i].Scope = guid(r)
		scope := snapshot.Scope{Scope: d.Documents[i].Scope, Status: snapshot.Complete, Count: 1}
		d.Coverage.Scopes = append(recount(d), scope)
		v.datasets[name] = d

		return refused, true
	}},
	{"a child of another parent", func(r *rand.Rand, v *tampered) ([]string, bool) {
		name, ok := v.someDataset(r, func(d snapshot.Dataset) bool {
			return v.read[d.Name] && len(d.Documents) > 0 && snapshot.Schemas()[d.Name].ID.Child
		})
		if !ok {
			return nil, false
		}

		d := v.datasets[name]
		d.Documents = slices.Clone(d.Documents)
		_, id, _ := strings.Cut(d.Documents[0].ID, "/")
		d.Documents[0].ID = guid(r) + "/" + id
		v.datasets[name] = d

		return refused, true
	}},
}

// TestSoak: no edit makes a verdict better, and each is noticed.
func TestSoak(t *testing.T) {
	effort.WithoutRace(t)
	n := effort.Of(1, 3, 0) * len(tamperings)
	if text := os.Getenv("RINGFENCE_SOAK"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("RINGFENCE_SOAK: %v", err)
		}
	}

	e, clients := builtin(t), slices.DeleteFunc(slices.Clone(allEvidence(t)), func(v *evidence) bool {
		return v.client == snapshot.FleetClient
	})
	before := map[string]finding.Set{}
	for _, v := range clients {
		set, err := newTampered(v, e).judge(t, e)
		if err != nil {
			t.Fatalf("%s: %v", v.client, err)
		}
		before[v.client] = set
	}

	tried, verified := map[string]int{}, 0
	for try := range n {
		r := rand.New(rand.NewPCG(1, uint64(try)))
		x := tamperings[try%len(tamperings)]
		v, edited, lowered := x.attempt(r, clients, e)
		if v == nil {
			continue
		}

		tried[x.name]++
		set, err := edited.judge(t, e)
		for _, problem := range problemsOf(before[v.client], set, err, lowered) {
			t.Errorf("try %d, %s, %s: %s", try, v.client, x.name, problem)
		}

		if try%(len(tamperings)/2+1) == 0 { // one kind after the other
			verified++
			if r := verifyForgery(t, e, newTampered(v, e), edited); len(r.Problems) == 0 {
				t.Errorf("try %d, %s, %s: verify confirms it: %+v", try, v.client, x.name, r)
			}
		}
	}

	if verified == 0 {
		t.Error("nothing was verified")
	}

	for _, x := range tamperings {
		if tried[x.name] == 0 {
			t.Errorf("never tried: %s", x.name)
		}
	}

	t.Logf("%d snapshots edited, %d run folders verified: %v", n, verified, tried)
}

// attempt edits the evidence of one of the clients, chosen by chance among those
// that have something to edit. v is nil if none has.
func (x tampering) attempt(
	r *rand.Rand, clients []*evidence, e *engine.Engine,
) (v *evidence, edited *tampered, lowered []string) {
	for _, i := range r.Perm(len(clients)) {
		edited := newTampered(clients[i], e)
		if lowered, possible := x.do(r, edited); possible {
			return clients[i], edited, lowered
		}
	}
	return nil, nil, nil
}

// problemsOf says what is wrong with a result after an edit.
func problemsOf(before, after finding.Set, err error, lowered []string) (problems []string) {
	if err != nil {
		return nil // refused
	}
	if slices.Equal(lowered, refused) {
		return []string{"it is not refused"}
	}

	for _, name := range lowered {
		c, has := after.Coverage[name]
		if has && c.Status == string(snapshot.Complete) && !provenWithoutLicence(name, c) {
			problems = append(problems, fmt.Sprintf("%s is complete: %+v", name, c))
		}
	}

	outcomes := map[[2]string]finding.Outcome{}
	for _, v := range before.Verdicts {
		outcomes[[2]string{v.Control, v.Subject}] = v.Outcome
	}

	for _, v := range after.Verdicts {
		if v.Control == "RF-E-01" && strings.Contains(v.Subject, "/ffffffff-") {
			continue // a subscription that was made up names its tenant, and nothing else is asked of it
		}
		if v.Outcome == finding.Satisfied && outcomes[[2]string{v.Control, v.Subject}] != finding.Satisfied {
			problems = append(problems, fmt.Sprintf("%s %s became satisfied", v.Control, v.Subject))
		}
	}

	for i, c := range after.Controls {
		judged := before.Controls[i].Outcome
		vanished := c.Outcome == finding.NotApplicable && judged != finding.NotApplicable
		if vanished && !strings.HasPrefix(c.Reason, "not promised") {
			problems = append(problems, fmt.Sprintf("%s became not-applicable, it was %s", c.ID, judged))
		}
	}

	return problems
}

// provenWithoutLicence: nothing of a dataset can exist in a tenant without the licence,
// wherever it was read.
func provenWithoutLicence(name string, c finding.Coverage) bool {
	licence := snapshot.Schemas()[name].WithoutLicence
	return licence != nil && licence.Means == "empty" && strings.Contains(c.Reason, "no subscribed SKU has")
}

// verifyForgery signs the edited evidence together with the results of the honest one,
// every digest and the run's id made to fit, and verifies that: whoever holds the
// machine's key can do so.
func verifyForgery(t *testing.T, e *engine.Engine, honest, edited *tampered) run.Report {
	t.Helper()
	judged, _, err := honest.seal(t)
	if err != nil {
		t.Fatal(err)
	}

	key, dir := keyOf(t, "machine"), filepath.Join(t.TempDir(), honest.client)
	in := run.Inputs{Snapshot: judged, Promise: honest.intent, Engine: e, AsOf: now}
	rendered, err := run.Render(t.Context(), in, false)
	if err != nil {
		t.Fatal(err)
	}

	floors := run.Floors{FailOn: "low", UndeterminedOn: "low"}
	clock := func() time.Time { return now }
	o := run.Options{Key: key, Floors: floors, Start: now, Now: clock}
	fill := func(create runfolder.Create) error { return rendered.WriteFiles(t.Context(), create, o, false) }
	out, err := runfolder.OpenOut(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()

	if err := out.Put(honest.client, false, fill); err != nil {
		t.Fatal(err)
	}

	forged, files, _ := edited.seal(t) // what is wrong with its manifest is verify's to find
	promise, err := edited.intent.Canonical()
	if err != nil {
		t.Fatal(err)
	}

	promised := snapshot.Digest(rendered.Files[layout.Intent])
	fit := replaceDigests(judged, forged, promised, snapshot.Digest(promise), rendered)
	for name, text := range contents(t, dir, layout.Bundle) {
		write(t, filepath.Join(dir, name), []byte(fit.Replace(text)))
	}

	write(t, filepath.Join(dir, layout.Intent), promise)
	snaps := filepath.Join(dir, layout.SnapshotDir)
	if err := os.RemoveAll(snaps); err != nil {
		t.Fatal(err)
	}

	if err := os.Mkdir(snaps, 0o700); err != nil {
		t.Fatal(err)
	}

	write(t, filepath.Join(snaps, snapshot.ManifestFile), forged.Raw)

	for name, c := range forged.Manifest.Datasets {
		if c.Holds() {
			write(t, filepath.Join(snaps, snapshot.DataFile(name)), files[name])
		}
	}

	write(t, filepath.Join(dir, layout.Bundle), resign(t, key, dir, contents(t, dir, layout.Bundle)))
	return verify(t, dir, run.Anchor{Key: key.Public()})
}

// replaceDigests replaces the digests of the honest evidence, and the id of its run, by
// those of the forged.
func replaceDigests(judged, forged snapshot.Snapshot, promise, edited string, r *run.Rendered) *strings.Replacer {
	pairs := []string{judged.Digest(), forged.Digest(), promise, edited,
		r.ID, finding.RunID(forged.Digest(), edited, r.Set.Policies, engine.Version, r.Set.AsOf)}
	for name, c := range judged.Manifest.Datasets {
		if other := forged.Manifest.Datasets[name].Digest; c.Digest != "" && other != "" {
			pairs = append(pairs, c.Digest, other)
		}
	}
	return strings.NewReplacer(pairs...)
}

func newTampered(v *evidence, e *engine.Engine) *tampered {
	read := map[string]bool{}
	for _, c := range e.Controls() {
		if compares(c) {
			continue // nobody is compared, so that these read nothing
		}
		p, _ := e.Plan(c.ID)
		for _, name := range p.Datasets() {
			read[name] = true
		}
	}

	return &tampered{
		client: v.client, tenant: v.tenant, intent: v.intent,
		datasets: maps.Clone(v.datasets), read: read,
	}
}

// judge seals the edited datasets again and evaluates them, as a file that was
// handed in.
func (v *tampered) judge(t *testing.T, e *engine.Engine) (finding.Set, error) {
	t.Helper()
	snap, _, err := v.seal(t)
	if err != nil {
		return finding.Set{}, err
	}

	return e.Evaluate(t.Context(), snap, v.intent, now)
}

// seal makes a snapshot of the edited datasets, with every digest right, and its
// files. An error is what reading its manifest says.
func (v *tampered) seal(t *testing.T) (snapshot.Snapshot, map[string][]byte, error) {
	t.Helper()
	m := manifest(v.client, v.tenant)
	files := map[string][]byte{}
	for name, d := range v.datasets {
		f := seal(t, d)
		m.Datasets[name], files[name] = f.coverage, f.data
	}

	for _, edit := range v.sealedEdits {
		edit(&m, files)
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		t.Fatal(err)
	}

	m, err = snapshot.ParseManifest(raw)
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[name])), nil
	}}, files, err
}

// replace puts other bytes into the place of a dataset's, with the right digests.
func replace(m *snapshot.Manifest, files map[string][]byte, name string, data []byte, more int) {
	c := m.Datasets[name]
	files[name], c.Digest, c.Count = data, snapshot.Digest(data), c.Count+more
	if len(c.Scopes) > 0 {
		c.Scopes = slices.Clone(c.Scopes)
		c.Scopes[0].Count += more
	}

	m.Datasets[name] = c
}

func isComplete(d snapshot.Dataset) bool { return d.Coverage.Status == snapshot.Complete }

func holds(d snapshot.Dataset) bool { return d.Coverage.Holds() }

// readWith asks for a dataset that some control reads, with so many documents at least.
func (v *tampered) readWith(documents int) func(snapshot.Dataset) bool {
	return func(d snapshot.Dataset) bool { return v.read[d.Name] && len(d.Documents) >= documents }
}

// someDataset is a dataset that is so, by chance.
func (v *tampered) someDataset(r *rand.Rand, is func(snapshot.Dataset) bool) (string, bool) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(v.datasets)) {
		if is(v.datasets[name]) {
			names = append(names, name)
		}
	}

	if len(names) == 0 {
		return "", false
	}

	return names[r.IntN(len(names))], true
}

// perParent is a dataset that lists scopes and is not a list of failures alone.
func (v *tampered) perParent(r *rand.Rand) (string, bool) {
	return v.someDataset(r, func(d snapshot.Dataset) bool {
		return snapshot.Schemas()[d.Name].Parent != "" && len(d.Coverage.Scopes) > 0 &&
			(d.Coverage.Status == snapshot.Complete || d.Coverage.Status == snapshot.Partial)
	})
}

// parents are the ids by which a dataset must have been read.
func (v *tampered) parents(name string) (ids []string) {
	s := snapshot.Schemas()[name]
	for _, d := range v.datasets[s.Parent].Documents {
		if asks, _ := s.Asks(d); asks {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

func (v *tampered) holds(name string) bool { return v.datasets[name].Coverage.Holds() }

// azureDatasets are the datasets of Azure Resource Manager that were read;
// perSubscription those
// that are read per subscription.
func (v *tampered) azureDatasets() []string {
	return append(v.perSubscription(), snapshot.SubscriptionDataset)
}

func (v *tampered) perSubscription() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(v.datasets)) {
		if snapshot.Schemas()[name].Parent == snapshot.SubscriptionDataset {
			names = append(names, name)
		}
	}
	return names
}

func (v *tampered) subscription(r *rand.Rand) (string, bool) {
	docs := v.datasets[snapshot.SubscriptionDataset].Documents
	if len(docs) == 0 {
		return "", false
	}
	return docs[r.IntN(len(docs))].ID, true
}

// armDocument is a document whose id says which subscription it is of.
func (v *tampered) armDocument(r *rand.Rand) (name string, i int, ok bool) {
	of := func(d snapshot.Document) bool {
		return d.Scope != "" && strings.HasPrefix(d.ID, "/subscriptions/"+d.Scope+"/")
	}
	name, ok = v.someDataset(r, func(d snapshot.Dataset) bool {
		return v.read[d.Name] && slices.ContainsFunc(d.Documents, of)
	})
	return name, slices.IndexFunc(v.datasets[name].Documents, of), ok
}

// empty leaves a dataset complete with nothing in it.
func (v *tampered) empty(name string) {
	d := v.datasets[name]
	d.Documents = []snapshot.Document{}
	d.Coverage.Scopes = recount(d)
	v.datasets[name] = d
}

func guid(r *rand.Rand) string {
	return fmt.Sprintf("ffffffff-0000-4000-8000-%012x", r.Uint64()&0xffffffffffff)
}

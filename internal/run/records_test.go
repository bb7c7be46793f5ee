package run

import (
	"encoding/json"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

// gateEngine judges guests, as a critical control, and whether a preflight was attested.
func gateEngine(t *testing.T) *engine.Engine {
	t.Helper()
	const file = "ringfence/provisioning/attested_preflight/attested_preflight.rego"
	attested, err := fs.ReadFile(policies.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return load(t, strings.Replace(guestsRego, "severity: high", "severity: critical", 1), string(attested))
}

// gateFleet is the fixture's fleet in a state, with a gate and two reviewers.
func gateFleet(t *testing.T, state string) *fleetfile.Fleet {
	t.Helper()
	people := ""
	for name, key := range map[string]*attest.Key{"lead": lead(), "auditor": auditor()} {
		people += "reviewer \"" + name + "\" {\n email = \"" + name + "@northwind-msp.example\"\n org = \"msp\"\n" +
			" key_sha256 = \"" + key.Public().SPKI() + "\"\n}\n"
	}
	return fleetHCL(t, `state     = "live"`, `state = "`+state+`"`+"\n gate = \"attested\"",
		`client "fabrikam" {`, people+`client "fabrikam" {`)
}

// preflighted is a store with the preflight of a client, and what is needed to review it.
func preflighted(t *testing.T, label, tenant string, o Options, userTypes ...string) (*inMemory, *reviewed) {
	t.Helper()
	promise, err := gateFleet(t, "onboarding").Intent(label)
	if err != nil {
		t.Fatal(err)
	}

	store := newMemory()
	in := Inputs{
		Snapshot: snap(t, label, tenant, userTypes...), Promise: promise, Engine: gateEngine(t), AsOf: asOf,
	}
	outcome, err := Judge(t.Context(), store, in, o)
	if err != nil {
		t.Fatal(err)
	}

	x := &reviewed{run: outcome.Run, digests: map[string]string{}}
	for name, file := range store.runs[outcome.Run] {
		x.digests[name] = snapshot.Digest(file.Data)
	}
	x.set, err = finding.Parse(store.runs[outcome.Run][layout.Findings].Data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return store, x
}

// TestAttestedPreflight: preflight, attestation, state live, audit; and each way to fake it.
func TestAttestedPreflight(t *testing.T) {
	effort.WithoutRace(t)
	usual := options(machine())
	usual.Kind, usual.Requester = runfolder.Preflight, "ada"
	byLead, audit := usual, usual
	byLead.Requester, audit.Kind = "lead", ""
	at := now.Add(10 * time.Minute)

	for name, tc := range map[string]struct {
		options Options
		users   []string
		key     *attest.Key // of the review; nil: there is none
		at      time.Time
		fake    func(store *inMemory, run string)
		want    finding.Outcome
		message string
	}{
		"attested":         {usual, []string{"Member"}, lead(), at, nil, finding.Satisfied, ""},
		"nobody's":         {usual, []string{"Member"}, nil, at, nil, finding.NotSatisfied, "no preflight of the client was attested"},
		"by the requester": {byLead, []string{"Member"}, lead(), at, nil, finding.NotSatisfied, "only lead, who asked"},
		"by the machine":   {usual, []string{"Member"}, machine(), at, nil, finding.NotSatisfied, "does not count: "},
		"by the auditor as lead": {usual, []string{"Member"}, auditor(), at, nil, finding.NotSatisfied,
			"does not count: the review is in the name of"},
		"still to come":   {usual, []string{"Member"}, lead(), at.Add(time.Hour), nil, finding.NotSatisfied, "still to come"},
		"before the run":  {usual, []string{"Member"}, lead(), asOf, nil, finding.NotSatisfied, "before there was something"},
		"an audit":        {audit, []string{"Member"}, lead(), at, nil, finding.NotSatisfied, "no preflight"},
		"a shut gate":     {usual, []string{"Guest"}, lead(), at, nil, finding.NotSatisfied, "the gate was shut"},
		"edited findings": {usual, []string{"Guest"}, lead(), at, editFindings, finding.NotSatisfied, "was changed"},
		"another run's":   {usual, []string{"Member"}, lead(), at, moved, finding.NotSatisfied, "in the place of run"},
	} {
		t.Run(name, func(t *testing.T) {
			store, x := preflighted(t, "fabrikam", fabrikamTenant, tc.options, tc.users...)
			if tc.key != nil {
				addReview(t, store, x, tc.key, tc.at)
			}
			if tc.fake != nil {
				tc.fake(store, x.run)
			}
			holdRecord(t, store, tc.want, tc.message)
		})
	}
}

// TestRecordsOfAnotherClient: an attested run of somebody else opens nobody's gate.
func TestRecordsOfAnotherClient(t *testing.T) {
	o := options(machine())
	o.Kind, o.Requester = runfolder.Preflight, "ada"
	store, x := preflighted(t, "contoso", contosoTenant, o, "Member")
	addReview(t, store, x, lead(), now.Add(10*time.Minute))
	holdRecord(t, store, finding.NotSatisfied, "of contoso, in the place of run")
}

func addReview(t *testing.T, store *inMemory, x *reviewed, key *attest.Key, at time.Time) {
	t.Helper()
	bundle := x.sign(t, key, attest.Review{Reviewer: "lead", ReviewedAt: at}, attest.Confirmed)
	for name, data := range map[string][]byte{
		layout.Review("lead"): []byte(bundle), layout.ReviewKey("lead"): lead().Public().PEM(),
		layout.ReviewKey("auditor"): auditor().Public().PEM(),
	} {
		if err := store.AddReview(x.run, strings.TrimPrefix(name, layout.ReviewDir+"/"), data); err != nil {
			t.Fatal(err)
		}
	}
}

func editFindings(store *inMemory, run string) {
	files := maps.Clone(store.runs[run])
	data := strings.ReplaceAll(string(files[layout.Findings].Data), "not-satisfied", "satisfied")
	files[layout.Findings] = &fstest.MapFile{Data: []byte(data)}
	store.runs[run] = files
}

func moved(store *inMemory, run string) {
	store.runs[otherRun] = store.runs[run]
	delete(store.runs, run)
}

// holdRecord judges the client as live, by what a store knows, and verifies the run folder.
func holdRecord(t *testing.T, store *inMemory, want finding.Outcome, message string) {
	t.Helper()
	fleet, later := gateFleet(t, "live"), now.Add(30*time.Minute)
	promise, err := fleet.Intent("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	in := Inputs{
		Snapshot: snap(t, "fabrikam", fabrikamTenant, "Member"), Promise: promise, Engine: gateEngine(t), AsOf: later,
	}
	if in.Records, err = Recorded(store, fleet, "fabrikam", later); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, in, options(machine()))
	checkVerdict(t, read(t, dir), want, message)

	if r := verified(t, dir, anchored()); r.Code() != ExitOK {
		t.Errorf("code %d: %v %s", r.Code(), r.Problems, r.Reevaluated)
	}
	put(t, dir, layout.Records, strings.Replace(read(t, dir)[layout.Records], `"runs":[`, `"runs": [`, 1))
	has(t, verified(t, dir, anchored()), layout.Records, "was changed")

	// Without a store nobody knows.
	in.Records = nil
	checkVerdict(t, read(t, folder(t, in, options(machine()))), finding.Undetermined, "")
}

func checkVerdict(t *testing.T, files map[string]string, want finding.Outcome, message string) {
	t.Helper()
	set, err := finding.Parse([]byte(files[layout.Findings]), []byte(files[layout.Verdicts]))
	if err != nil {
		t.Fatal(err)
	}

	var got finding.Outcome
	for _, v := range set.Verdicts {
		if v.Control == "RF-P-02" {
			got = v.Outcome
		}
	}
	text, err := json.Marshal(set.Findings)
	if err != nil || got != want || !strings.Contains(string(text), message) {
		t.Errorf("%v: %s, want %s and %q: %s", err, got, want, message, text)
	}
}

package attest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	findingA = "11111111-1111-5111-8111-111111111111"
	findingB = "22222222-2222-5222-8222-222222222222"
)

// subjects are the files that the reviews of these tests are about.
var subjects = []string{
	"assessment-results.json",
	"assessment-results.json.sigstore.json",
	"intent.json",
	"policies.tar.gz",
	"snapshot/manifest.json",
}

// world is a run folder with its keys: what a check of a review starts from.
type world struct {
	machine, alice, bob *Key
	files               map[string]string
	findings            []string
}

func newWorld(t testing.TB) *world {
	w := &world{machine: newKey(t), alice: newKey(t), bob: newKey(t), files: map[string]string{}}
	for _, name := range subjects {
		w.files[name] = digestOf(name)
	}

	w.files["assessment-results.json.sigstore.json"] = digestOf(string(signed(t, w.machine)))
	w.findings = []string{findingA, findingB}
	return w
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func (w *world) roster() []ReviewerKey {
	return []ReviewerKey{
		{"alice", w.alice.Public().SPKI(), w.alice.Public()},
		{"bob", w.bob.Public().SPKI(), w.bob.Public()},
	}
}

func (w *world) machines() []string { return []string{w.machine.Public().SPKI()} }

func review() Review {
	return Review{
		Run: "9d0c7a3e-0000-5000-8000-000000000001", Client: "fabrikam", Reviewer: "alice",
		ReviewedAt: time.Date(2026, 11, 23, 16, 0, 0, 123, time.FixedZone("", 3600)),
		Decisions:  []Decision{{findingB, Disputed, "guest left <yesterday>"}, {findingA, Confirmed, ""}},
	}
}

func prepare(t testing.TB, r Review, files map[string]string, findings []string) string {
	t.Helper()
	data, err := PrepareReview(r, files, findings)
	if err != nil {
		t.Fatal(err)
	}

	return string(data)
}

func TestPrepareReviewGolden(t *testing.T) {
	files := map[string]string{}
	for _, name := range subjects {
		files[name] = digestOf(name)
	}
	golden(t, "testdata/review.json", []byte(prepare(t, review(), files, []string{findingA, findingB})))
}

func TestPrepareReviewRefuses(t *testing.T) {
	w := newWorld(t)
	without := maps.Clone(w.files)
	without["intent.json"] = ""

	set := func(ds ...Decision) func(*Review) { return func(r *Review) { r.Decisions = ds } }
	for name, c := range map[string]struct {
		edit  func(*Review)
		files map[string]string
		want  string
	}{
		"missing file": {func(*Review) {}, without, `"intent.json" has no SHA-256`},
		"no client":    {func(r *Review) { r.Client = "" }, w.files, "lacks its run, client or reviewer"},
		"no time":      {func(r *Review) { r.ReviewedAt = time.Time{} }, w.files, "lacks its time"},
		"undecided":    {set(Decision{findingA, Confirmed, ""}), w.files, findingB + " is not decided"},
		"no decision":  {set(Decision{findingA, "", ""}), w.files, `"" is no decision`},
		"no note":      {set(Decision{findingA, AcceptedRisk, " "}), w.files, "needs a note"},
	} {
		r := review()
		c.edit(&r)
		if _, err := PrepareReview(r, c.files, w.findings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestCheckReview(t *testing.T) {
	w := newWorld(t)
	bundle := signRaw(t, w.alice, prepare(t, review(), w.files, w.findings), payloadType)
	got, err := CheckReview(bundle, w.roster(), w.machines(), w.files, w.findings)
	if err != nil {
		t.Fatal(err)
	}

	want := review()
	want.HITL.Level = "L3"
	want.ReviewedAt = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	slices.Reverse(want.Decisions)

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A run without findings can be reviewed too.
func TestCheckReviewNothingFound(t *testing.T) {
	w := newWorld(t)
	r := review()
	r.Decisions = nil
	bundle := signRaw(t, w.alice, prepare(t, r, w.files, nil), payloadType)
	if _, err := CheckReview(bundle, w.roster(), w.machines(), w.files, nil); err != nil {
		t.Fatal(err)
	}
}

// The separation of duties: every way in which a machine, a stranger or a
// reviewer could make a review count that should not, each refused in its own
// words (signing.md, threats 5, 8, 9).
func TestSeparationOfDuties(t *testing.T) {
	w := newWorld(t)
	honest := prepare(t, review(), w.files, w.findings)
	machineResults := signed(t, w.machine)

	other := func(path string) map[string]string {
		files := maps.Clone(w.files)
		files[path] = digestOf("another")
		return files
	}

	noKey := func() []ReviewerKey { r := w.roster(); r[0].Key = nil; return r }
	wrongPub := func() []ReviewerKey { r := w.roster(); r[0].Key = w.bob.Public(); return r }
	twins := append(w.roster(), ReviewerKey{"carol", w.alice.Public().SPKI(), w.alice.Public()})
	machineInRoster := append(w.roster(), ReviewerKey{"robot", w.machine.Public().SPKI(), w.machine.Public()})
	robot := strings.Replace(honest, `"reviewer":"alice"`, `"reviewer":"robot"`, 1)
	resigned := signed(t, w.machine)
	afterResign := maps.Clone(w.files)
	afterResign["assessment-results.json.sigstore.json"] = digestOf(string(resigned))
	report := `{"name":"report.html","digest":{"sha256":"` + hexA + `"}},`
	extra := strings.Replace(honest, `"subject":[`, `"subject":[`+report, 1)
	_, after, _ := strings.Cut(honest, `"subject":[`)
	first, _, _ := strings.Cut(after, `,{"name"`)
	missing := strings.Replace(honest, first+",", "", 1)
	decided := func(old, new string) string { return string(edited(t, []byte(honest), old, new)) }
	decisionA := `{"uuid":"` + findingA + `","decision":"confirmed","note":""}`

	seen := map[string]string{}
	for _, c := range []struct {
		name     string
		key      *Key
		payload  string
		bundle   []byte
		roster   []ReviewerKey
		machines []string
		files    map[string]string
		findings []string
		want     string
	}{
		{
			name: "self-attest: the machine is in the roster",
			key:  w.machine, payload: robot, roster: machineInRoster,
			want: `the key of reviewer "robot" is a machine key`,
		},
		{
			name: "the roster's machine key, upper case",
			key:  w.machine, payload: robot, roster: machineInRoster,
			machines: []string{strings.ToUpper(w.machine.Public().SPKI())},
			want:     `the key of reviewer "robot" is a machine key`,
		},
		{
			name: "a rotated machine key",
			key:  w.alice, machines: []string{w.machine.Public().SPKI(), w.alice.Public().SPKI()},
			want: `the key of reviewer "alice" is a machine key`,
		},
		{name: "a machine key signs the review", key: w.machine, want: "signed with machine key"},
		{
			name:   "the machine's bundle as review, machine in the roster without machine list",
			bundle: machineResults, roster: machineInRoster, machines: []string{},
			want: "which is no review",
		},
		{name: "unknown reviewer", key: newKey(t), want: "not signed with the key of any reviewer"},
		{name: "in another's name", key: w.bob, want: `in the name of "alice" but signed with the key of "bob"`},
		{name: "public key missing", key: w.alice, roster: noKey(), want: `public key of reviewer "alice"`},
		{name: "public key swapped", key: w.alice, roster: wrongPub(), want: `reviewer "alice": the public key is`},
		{name: "two reviewers, one key", key: w.alice, roster: twins, want: "have the same key"},
		{
			name: "results swapped", key: w.alice, files: other("assessment-results.json"),
			want: "covers another assessment-results.json (sha",
		},
		{
			name: "machine bundle re-signed", key: w.alice, files: afterResign,
			want: "covers another assessment-results.json.sigstore.json",
		},
		{
			name: "old snapshot", key: w.alice, files: other("snapshot/manifest.json"),
			want: "covers another snapshot/manifest.json",
		},
		{
			name: "policies swapped", key: w.alice, files: other("policies.tar.gz"),
			want: "covers another policies.tar.gz",
		},
		{name: "promise swapped", key: w.alice, files: other("intent.json"), want: "covers another intent.json"},
		{name: "extra subject", key: w.alice, payload: extra, want: "covers report.html"},
		{name: "missing subject", key: w.alice, payload: missing, want: "does not cover assessment-results.json"},
		{
			name: "missing finding", key: w.alice, payload: decided(decisionA+",", ""),
			want: findingA + " is not decided",
		},
		{
			name: "foreign finding", key: w.alice, findings: []string{findingA},
			want: findingB + " is decided but not in this run",
		},
		{
			name: "decided twice", key: w.alice, payload: decided(decisionA, decisionA+","+decisionA),
			want: "decided twice",
		},
		{
			name: "no decision", key: w.alice, payload: decided(`"confirmed"`, `"approved"`),
			want: `"approved" is no decision`,
		},
		{
			name: "dispute without reason", key: w.alice, payload: decided("guest left <yesterday>", ""),
			want: "needs a note",
		},
		{name: "lower level", key: w.alice, payload: decided(`"L3"`, `"L0"`), want: `level is "L0"`},
		{
			name: "unknown member", key: w.alice, payload: decided(`"client":`, `"approve_all":true,"client":`),
			want: "unknown",
		},
		{
			name: "no time", key: w.alice, payload: decided(`"reviewed_at":"2026-11-23T15:00:00Z",`, ""),
			want: "lacks its time",
		},
		{name: "not a bundle", bundle: []byte("{}"), want: "malformed bundle"},
		{
			name: "empty roster", key: w.alice, roster: []ReviewerKey{},
			want: "not signed with the key of any reviewer",
		},
	} {
		if c.payload == "" {
			c.payload = honest
		}

		if c.bundle == nil {
			c.bundle = signRaw(t, c.key, c.payload, payloadType)
		}

		if c.roster == nil {
			c.roster = w.roster()
		}

		if c.machines == nil {
			c.machines = w.machines()
		}

		if c.files == nil {
			c.files = w.files
		}

		if c.findings == nil {
			c.findings = w.findings
		}

		r, err := CheckReview(c.bundle, c.roster, c.machines, c.files, c.findings)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
			continue
		}

		if !cmp.Equal(r, Review{}) {
			t.Errorf("%s: a review came with the error", c.name)
		}

		seen[err.Error()] = c.name
	}

	if len(seen) < 22 {
		t.Errorf("only %d different messages", len(seen))
	}
}

// A review that the machine's own code path would sign does not exist.
func TestSignRefusesPreparedReview(t *testing.T) {
	w := newWorld(t)
	s, err := parseStatement([]byte(prepare(t, review(), w.files, w.findings)))
	if err != nil {
		t.Fatal(err)
	}

	if _, err := Sign(context.Background(), w.alice, s); err == nil {
		t.Fatal("signed")
	}
}

func TestParseDecisions(t *testing.T) {
	got, err := ParseDecisions([]byte(`[{"uuid":"` + findingA + `","decision":"accepted-risk","note":"x"}]`))
	if diff := cmp.Diff([]Decision{{findingA, AcceptedRisk, "x"}}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, bad := range []string{"", "{}", `[{"uid":"x"}]`, `[{"uuid":"a","uuid":"b"}]`, `[] []`} {
		if _, err := ParseDecisions([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzCheckReview(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte(prepare(f, review(), w.files, w.findings)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		bundle := signRaw(t, w.alice, string(payload), payloadType)
		r, err := CheckReview(bundle, w.roster(), w.machines(), w.files, w.findings)
		if err == nil && (r.Reviewer != "alice" || len(r.Decisions) != len(w.findings)) {
			t.Fatalf("accepted %s", payload)
		}
	})
}

package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/runfolder/layout"
	"ringfence/policies"
)

// TestVerify: a folder as it was written, by who vouches for it.
func TestVerify(t *testing.T) {
	signed, unsigned := folder(t, fabrikam(t), options(machine())), folder(t, fabrikam(t), options(nil))
	for name, tc := range map[string]struct {
		dir         string
		anchor      Anchor
		code        int
		reevaluated string
	}{
		"key":                 {signed, anchored(), ExitOK, "yes"},
		"fleet file":          {signed, Anchor{MachineKeys: []string{machine().Public().SPKI()}}, ExitOK, "yes"},
		"nobody":              {signed, Anchor{}, ExitUndetermined, "no: policies.tar.gz is not this program's own"},
		"another key":         {signed, Anchor{Key: lead().Public()}, ExitEvidence, "no"},
		"another fleet":       {signed, Anchor{MachineKeys: []string{lead().Public().SPKI()}}, ExitEvidence, "no"},
		"a fleet's no keys":   {signed, Anchor{MachineKeys: []string{}}, ExitEvidence, "no"},
		"unsigned, by nobody": {unsigned, Anchor{}, ExitUndetermined, "no: policies.tar.gz is not this program's own"},
		"unsigned, by a key":  {unsigned, anchored(), ExitEvidence, "no"},
		"no folder":           {filepath.Join(signed, "none"), anchored(), ExitEvidence, "no"},
		"no folder, a file":   {filepath.Join(signed, layout.Run), Anchor{}, ExitEvidence, "no"},
	} {
		r := verified(t, tc.dir, tc.anchor)
		if r.Code() != tc.code || !strings.HasPrefix(r.Reevaluated, tc.reevaluated) {
			t.Errorf("%s: code %d, re-evaluated %q: %v", name, r.Code(), r.Reevaluated, r.Problems)
		}
	}

	r := verified(t, signed, anchored())
	want := finding.Counts{Satisfied: 1, NotSatisfied: 2}
	if r.Client != "fabrikam" || r.TenantID != fabrikamTenant || r.Counts != want || !r.Signed || !r.Anchored ||
		r.Signer != machine().Public().SPKI() || r.Collected != "2026-11-23T11:59:30Z" ||
		r.AsOf != "2026-11-23T12:00:00Z" {
		t.Errorf("%+v", r)
	}
}

// TestTamper: one byte changed, a file emptied, removed or added: verify names it.
func TestTamper(t *testing.T) {
	dir := folder(t, fabrikam(t), options(machine()))
	for name, data := range read(t, dir) {
		for at, how := range map[int]string{0: "first", len(data) / 2: "middle", len(data) - 1: "last"} {
			changed := []byte(data)
			changed[at] ^= 1
			put(t, dir, name, string(changed))
			t.Log(how, "byte of", name)
			has(t, verified(t, dir, anchored()), name, "")
		}

		put(t, dir, name, "")
		has(t, verified(t, dir, anchored()), name, "")
		remove(t, dir, name)
		has(t, verified(t, dir, anchored()), name, "is missing")
		put(t, dir, name, data)
	}

	put(t, dir, "snapshot/entra.extra.ndjson", "{}\n")
	has(t, verified(t, dir, anchored()), "snapshot/entra.extra.ndjson", "is foreign: the signature does not cover it")
}

// TestLies: whoever holds the machine's key can sign anything, and each step of
// verify still finds what does not fit.
func TestLies(t *testing.T) {
	effort.WithoutRace(t)
	set := func(name string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			editRecord(t, dir, func(record map[string]any) { record[name] = value })
		}
	}
	file := func(name, data string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { put(t, dir, name, data) }
	}
	replace := func(name, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			data := read(t, dir)[name]
			if !strings.Contains(data, old) {
				t.Fatalf("%s has no %s", name, old)
			}
			put(t, dir, name, strings.Replace(data, old, new, 1))
		}
	}
	zeros := strings.Repeat("0", 64)

	for name, tc := range map[string]struct {
		lie     func(*testing.T, string)
		claim   bool // the signature claims what run.json says now
		file    string
		message string
	}{
		"run.json, no JSON": {file(layout.Run, "{"), false, layout.Run, ""},
		"run.json, a name twice": {replace(layout.Run, `"client":`, `"client":"x","client":`), false,
			layout.Run, ""},
		"run.json, its schema":    {set("schema", "ringfence.run/9"), true, layout.Run, "ringfence.run/9"},
		"run.json, no time":       {set("as_of", "today"), true, layout.Run, "as_of"},
		"another client":          {set("client", "contoso"), false, layout.Run, "is not what the signature states"},
		"another client, claimed": {set("client", "contoso"), true, layout.Run, "the inputs give"},
		"another as-of": {set("as_of", "2026-11-23T12:00:01Z"), false, layout.Run,
			"is not what the signature states"},
		"another zone": {set("as_of", "2026-11-23T12:00:00+00:00"), true, layout.Run, "the inputs give"},
		"counts": {set("counts", map[string]int{"satisfied": 9}), true, layout.Run,
			"the inputs give"},
		"the snapshot's digest": {set("snapshot", zeros), true, layout.Run, "the inputs give"},
		"the policies' digest":  {set("policies", zeros), true, layout.Run, "the inputs give"},
		"errors":                {set("errors", []string{"RF-Z-01: no"}), true, layout.Run, "the inputs give"},
		"a condition made up":   {set("conditions", []int{ExitUsage}), true, layout.Run, "says exit conditions"},
		"a condition left out":  {set("conditions", []int{}), true, "", ""}, // a floor of critical has none
		"no snapshot":           {file(layout.Manifest, "{}"), true, layout.Manifest, ""},
		"another snapshot":      {replace(layout.Manifest, "test", "tset"), true, layout.Run, "the inputs give"},
		"no promise":            {file(layout.Intent, "{}"), true, layout.Intent, ""},
		"another promise": {replace(layout.Intent, "fabrikam.example", "fabrikam2.example"), true,
			layout.Run, "the inputs give"},
		"no policies": {file(layout.Policies, "x"), true, layout.Policies, ""},
		"documents": {replace("snapshot/entra.users.ndjson", "Guest", "Quest"), true,
			"snapshot/entra.users.ndjson", "SHA-256"},
		"findings": {replace(layout.Findings, "not-satisfied", "not-satisfiet"), true,
			layout.Findings, "is not what the inputs give"},
		"verdicts": {replace(layout.Verdicts, "not-satisfied", "satisfied"), true,
			layout.Verdicts, "is not what the inputs give"},
		"results": {replace(layout.Results, "fabrikam", "fabrikan"), true, layout.Results,
			"is not what the inputs give"},
		"the report": {replace(layout.Report, "No guests", "No ghosts"), true, layout.Report,
			"is not what the inputs give"},
		"a file that no run makes": {file("notes.txt", "x"), true, "notes.txt", "is foreign: no run makes it"},
		"a dataset that none reads": {file("snapshot/entra.extra.ndjson", "{}\n"), true,
			"snapshot/entra.extra.ndjson", "is foreign: no run makes it"},
		"no report": {func(t *testing.T, dir string) { remove(t, dir, layout.Report) }, true,
			layout.Report, "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, fabrikam(t), options(machine()))
			tc.lie(t, dir)
			resign(t, dir, tc.claim)
			if r := verified(t, dir, anchored()); tc.file != "" {
				has(t, r, tc.file, tc.message)
			} else if r.Code() != ExitOK {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestUnvouched: policies that nobody vouches for are not run; run.json is held to
// the inputs without them.
func TestUnvouched(t *testing.T) {
	effort.WithoutRace(t)
	for name, tc := range map[string]struct {
		lie           func(*testing.T, string)
		file, message string
	}{
		"another run": {func(t *testing.T, dir string) {
			editRecord(t, dir, func(record map[string]any) { record["run"] = madeRun })
		}, layout.Run, "is not made of the digests beside it"},
		"another promise": {func(t *testing.T, dir string) {
			put(t, dir, layout.Intent, strings.Replace(read(t, dir)[layout.Intent], "fabrikam.example", "x.example", 1))
		}, layout.Intent, "was changed"},
		"another manifest": {func(t *testing.T, dir string) {
			put(t, dir, layout.Manifest, strings.Replace(read(t, dir)[layout.Manifest], "test", "tset", 1))
		}, layout.Manifest, "was changed"},
		"other documents": {func(t *testing.T, dir string) {
			put(t, dir, "snapshot/entra.users.ndjson",
				strings.Replace(read(t, dir)["snapshot/entra.users.ndjson"], "Guest", "Quest", 1))
		}, "snapshot/entra.users.ndjson", "SHA-256"},
		"other policies": {func(t *testing.T, dir string) {
			bundle, err := load(t, bombRego).Bundle()
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, layout.Policies, string(bundle))
		}, layout.Policies, "was changed: the policies' digest"},
		"no policies": {func(t *testing.T, dir string) { put(t, dir, layout.Policies, "x") }, layout.Policies, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, fabrikam(t), options(nil))
			tc.lie(t, dir)
			has(t, verified(t, dir, Anchor{}), tc.file, tc.message)
		})
	}
}

// bombRego takes all time there is.
const bombRego = `# METADATA
# title: A bomb
# custom:
#   id: RF-Z-01
#   severity: low
package p.isolation.bomb

subjects contains "client" if {
	some a in numbers.range(1, 20000)
	some b in numbers.range(1, 20000)
	a * b == 7.5
}

pass contains "client"
`

// TestBomb: a folder that is consistent in itself, with policies of a stranger.
func TestBomb(t *testing.T) {
	effort.WithoutRace(t)
	bomb := load(t, bombRego)
	bundle, err := bomb.Bundle()
	if err != nil {
		t.Fatal(err)
	}

	dir := folder(t, fabrikam(t), options(nil))
	put(t, dir, layout.Policies, string(bundle))
	editRecord(t, dir, func(record map[string]any) {
		text := func(name string) string { return record[name].(string) }
		record["policies"] = bomb.PolicyDigest()
		record["run"] = finding.RunID(text("snapshot"), text("intent"), bomb.PolicyDigest(), text("engine"),
			text("as_of"))
	})

	r := verified(t, dir, Anchor{})
	if r.Code() != ExitUndetermined || !strings.Contains(r.Reevaluated, "nobody vouches for it") {
		t.Errorf("code %d, %q, %v", r.Code(), r.Reevaluated, r.Problems)
	}
}

// TestOwnPolicies: those that this program has itself run without anybody's word.
func TestOwnPolicies(t *testing.T) {
	effort.WithoutRace(t)
	builtin, err := engine.Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	in := fabrikam(t)
	in.Engine = builtin
	if r := verified(t, folder(t, in, options(nil)), Anchor{}); r.Reevaluated != "yes" || r.Code() != ExitUndetermined {
		t.Errorf("code %d, %q, %v", r.Code(), r.Reevaluated, r.Problems)
	}
}

// TestMissingInputs: without what a result follows from there is nothing to
// evaluate, which is no problem of a folder that nobody signed.
func TestMissingInputs(t *testing.T) {
	for _, name := range []string{layout.Run, layout.Intent, layout.Policies, layout.Manifest} {
		dir := folder(t, fabrikam(t), options(nil))
		remove(t, dir, name)
		r := verified(t, dir, Anchor{})
		if r.Reevaluated != "no: "+name+" is missing" || r.Code() != ExitUndetermined {
			t.Errorf("%s: %d, %q, %v", name, r.Code(), r.Reevaluated, r.Problems)
		}
	}
}

// TestOtherEngine: of a folder of another engine version the verdicts are compared,
// and its documents only held to OSCAL's rules.
func TestOtherEngine(t *testing.T) {
	older := func(edit func(*testing.T, string)) Report {
		dir := folder(t, fabrikam(t), options(machine()))
		edit(t, dir)
		editRecord(t, dir, func(record map[string]any) {
			text := func(name string) string { return record[name].(string) }
			record["engine"] = "0"
			record["run"] = finding.RunID(text("snapshot"), text("intent"), text("policies"), "0", text("as_of"))
		})
		resign(t, dir, true)

		return verified(t, dir, anchored())
	}

	r := older(func(t *testing.T, dir string) { put(t, dir, layout.Report, "as it was then") })
	if r.Code() != ExitOK || r.Reevaluated != "yes" || r.OtherEngine != "0" {
		t.Errorf("%+v", r)
	}

	r = older(func(t *testing.T, dir string) {
		verdicts := read(t, dir)[layout.Verdicts]
		put(t, dir, layout.Verdicts, strings.Replace(verdicts, "not-satisfied", "satisfied", 1))
	})
	has(t, r, layout.Verdicts, "made other verdicts")
	has(t, older(func(t *testing.T, dir string) { put(t, dir, layout.Results, "{}") }), layout.Results+"#",
		"OSCAL model")

	if engine.Version == "0" {
		t.Error("version 0 is this one")
	}
}

// TestInterrupt: an interrupt is no problem of the folder.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := Verify(ctx, folder(t, fabrikam(t), options(machine())), anchored())
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestOwner: whose result a folder has to be.
func TestOwner(t *testing.T) {
	fleet := fleetHCL(t)
	swapped := fleetHCL(t, fabrikamTenant, "aaaaaaaa-0000-4000-8000-000000000099")
	without := fleetHCL(t, `"fabrikam"`, `"northwind-two"`)
	dir := folder(t, fabrikam(t), options(machine()))
	run := verified(t, dir, anchored()).Run

	for name, tc := range map[string]struct {
		label   string
		anchor  Anchor
		problem string
	}{
		"no name":           {"", Anchor{}, ""},
		"its client's name": {"fabrikam", Anchor{Fleet: fleet}, ""},
		"another client's name": {"contoso", Anchor{Fleet: fleet},
			"is a result of client fabrikam, in the folder of contoso"},
		"its run's name":         {run, Anchor{}, ""},
		"its run's name, fleet":  {run, Anchor{Fleet: fleet}, "in the folder of " + run},
		"another tenant":         {"fabrikam", Anchor{Fleet: swapped}, "the fleet file says that fabrikam has tenant"},
		"a client that was sold": {"fabrikam", Anchor{Fleet: without}, "which the fleet file does not have"},
	} {
		tc.anchor.Key = machine().Public()
		r, err := verifyNamed(t.Context(), dir, tc.label, tc.anchor, &Policies{})
		switch {
		case err != nil:
			t.Error(name, err)
		case tc.problem != "":
			has(t, r, layout.Run, tc.problem)
		case len(r.Problems) > 0:
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

// TestAge: how old, or new, an as-of may be.
func TestAge(t *testing.T) {
	dir := folder(t, fabrikam(t), options(machine()))
	for name, tc := range map[string]struct {
		maxAge time.Duration
		now    time.Time
		tooOld string
	}{
		"any age":             {0, asOf.AddDate(10, 0, 0), ""},
		"as old as it may be": {time.Hour, asOf.Add(time.Hour), ""},
		"older": {time.Hour, asOf.Add(time.Hour + time.Minute),
			"its as-of is 61 minutes old, 60 minutes at most is accepted"},
		"days older": {36 * time.Hour, asOf.Add(100 * time.Hour),
			"its as-of is 4 days old, 36 hours at most is accepted"},
		"a clock behind": {time.Hour, asOf.Add(-5 * time.Minute), ""},
		"to come":        {time.Hour, asOf.Add(-3 * time.Hour), "its as-of is 3 hours in the future"},
	} {
		r := verified(t, dir, Anchor{Key: machine().Public(), MaxAge: tc.maxAge, Now: tc.now})
		code := ExitOK
		if tc.tooOld != "" {
			code = ExitUndetermined
		}
		if r.TooOld != tc.tooOld || r.Code() != code {
			t.Errorf("%s: %q, code %d", name, r.TooOld, r.Code())
		}
	}
}

// TestPromise: the promise that was judged against is the fleet file's.
func TestPromise(t *testing.T) {
	dir := folder(t, fabrikam(t), options(machine()))
	r := verified(t, dir, Anchor{Key: machine().Public(), Fleet: fleetHCL(t)})
	if r.Code() != ExitOK || len(r.Promise) > 0 {
		t.Errorf("%+v", r)
	}

	changed := fleetHCL(t, "fabrikam.example", "fabrikam2.example")
	r = verified(t, dir, Anchor{Key: machine().Public(), Fleet: changed})
	if r.Code() != ExitUndetermined || len(r.Promise) != 1 || r.Promise[0].Attribute != "domains" {
		t.Errorf("%+v", r)
	}
}

// TestVerifyAll: a folder of run folders, held to a fleet file.
func TestVerifyAll(t *testing.T) {
	contoso := fabrikam(t)
	contoso.Snapshot = snap(t, "contoso", contosoTenant, "Member")
	promise, err := fleetHCL(t).Intent("contoso")
	if err != nil {
		t.Fatal(err)
	}
	contoso.Promise = promise

	one, other := folder(t, fabrikam(t), options(machine())), folder(t, contoso, options(machine()))
	place := func(t *testing.T, names map[string]string) string {
		dir := t.TempDir()
		for name, from := range names {
			if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	run := verified(t, one, anchored()).Run
	anchor := Anchor{Key: machine().Public(), Fleet: fleetHCL(t)}

	for name, tc := range map[string]struct {
		names   map[string]string // folder -> which run
		stray   string            // a file beside them
		anchor  Anchor
		exit    int
		missing string
		problem string
	}{
		"both clients":         {names: map[string]string{"fabrikam": one, "contoso": other}, anchor: anchor},
		"one client, no fleet": {names: map[string]string{"fabrikam": one}, anchor: anchored()},
		"a client without a folder": {names: map[string]string{"fabrikam": one}, anchor: anchor,
			exit: ExitUndetermined, missing: "contoso"},
		"swapped": {names: map[string]string{"fabrikam": other, "contoso": one},
			anchor: anchor, exit: ExitEvidence, problem: "in the folder of fabrikam"},
		"a file beside them": {names: map[string]string{"fabrikam": one, "contoso": other},
			stray: "notes.txt", anchor: anchor, exit: ExitEvidence, problem: "holds nothing else"},
		"the same result twice": {names: map[string]string{"fabrikam": one, run: one}, anchor: anchored(),
			exit: ExitEvidence, problem: "is a second result of client fabrikam"},
		"one folder by itself": {names: map[string]string{"": one}, anchor: anchor},
		"nothing": {names: map[string]string{}, anchor: anchor, exit: ExitUndetermined,
			missing: "contoso"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := place(t, tc.names)
			if tc.stray != "" {
				put(t, dir, tc.stray, "")
			}

			v, err := VerifyAll(t.Context(), dir, tc.anchor)
			if err != nil || v.Exit != tc.exit || tc.missing != "" &&
				!strings.Contains(strings.Join(v.Missing, " "), tc.missing) {
				t.Errorf("exit %d, want %d; missing %v, %v", v.Exit, tc.exit, v.Missing, err)
			}

			found := ""
			for _, r := range v.Runs {
				for _, p := range r.Problems {
					found += p.Message + "\n"
				}
			}
			if !strings.Contains(found, tc.problem) || tc.problem == "" && found != "" {
				t.Errorf("%q, want %q", found, tc.problem)
			}
		})
	}

	if _, err := VerifyAll(t.Context(), t.TempDir(), anchored()); !errors.As(err, new(*NoFolderError)) {
		t.Error(err)
	}
	if _, err := VerifyAll(t.Context(), filepath.Join(one, "none"), anchored()); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestSwappedAlone: a single folder may have any name but that of another client.
func TestSwappedAlone(t *testing.T) {
	anchor := Anchor{Key: machine().Public(), Fleet: fleetHCL(t)}
	for name, want := range map[string]int{"fabrikam": ExitOK, "evidence-2026": ExitOK, "contoso": ExitEvidence,
		snapshot.FleetClient: ExitEvidence} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(dir, os.DirFS(folder(t, fabrikam(t), options(machine())))); err != nil {
			t.Fatal(err)
		}

		v, err := VerifyAll(t.Context(), dir, anchor)
		if err != nil || v.Exit != want {
			t.Errorf("%s: exit %d, want %d: %v", name, v.Exit, want, err)
		}
	}
}

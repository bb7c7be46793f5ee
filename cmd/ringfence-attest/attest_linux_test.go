package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

const pass = "correct horse"

// pair is a key pair on disk.
type pair struct {
	key             *attest.Key
	private, public []byte
	file            string
}

// pairs are made once: scrypt is slow on purpose.
var pairs = sync.OnceValues(func() (made [3]pair, err error) {
	for i := range made {
		p := &made[i]
		if p.private, p.public, err = attest.GenerateKey([]byte(pass)); err != nil {
			return made, err
		}
		if p.key, err = attest.LoadKey(p.private, []byte(pass)); err != nil {
			return made, err
		}
	}

	return made, nil
})

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// world is a signed run of one client, a fleet file and the keys.
type world struct {
	t                     *testing.T
	dir, run              string
	machine, lead, nobody pair
	files                 map[string]string       // path -> digest, of the run folder
	change                func(*finding.Set)      // what a lying machine writes into findings.json
	changeRecord          func(*runfolder.Record) // and into run.json, but does not sign
}

const (
	tenant = "aaaaaaaa-0000-4000-8000-000000000010"
	asOf   = "2026-11-23T12:00:00Z"
	first  = "11111111-1111-5111-8111-111111111111"
	second = "22222222-2222-5222-8222-222222222222"
)

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	w := &world{t: t, dir: dir, run: filepath.Join(dir, "run")}

	made, err := pairs()
	if err != nil {
		t.Fatal(err)
	}

	for i := range made {
		made[i].file = filepath.Join(dir, fmt.Sprintf("%d.key", i))
		write(t, made[i].file, made[i].private)
	}

	w.machine, w.lead, w.nobody = made[0], made[1], made[2]
	w.fleet(w.lead)
	w.folder()

	return w
}

func (w *world) fleet(lead pair) {
	write(w.t, filepath.Join(w.dir, "fleet.hcl"), fmt.Appendf(nil, `
msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = [%q]
}
reviewer "security-lead" {
  email      = "lead@northwind-msp.example"
  org        = "msp"
  key_sha256 = %q
}
client "fabrikam" {
  tenant_id = %q
  domains   = ["fabrikam.example"]
  state     = "live"
}
`, w.machine.key.Public().SPKI(), lead.key.Public().SPKI(), tenant))
}

// folder writes the run folder, signed by the machine.
func (w *world) folder() {
	digest := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	files := map[string]string{
		"assessment-results.json": `{"assessment-results":{}}`, "intent.json": `{"schema":"ringfence.intent/1"}`,
		"policies.tar.gz": "policies", "snapshot/manifest.json": `{"schema":"ringfence.snapshot/1"}`,
		"machine.pub": string(w.machine.public),
	}

	set := finding.Set{
		Schema: finding.SchemaName, Client: "fabrikam", TenantID: tenant, AsOf: asOf,
		Snapshot: digest(files["snapshot/manifest.json"]), Intent: digest(files["intent.json"]), Policies: digest("p"),
		Controls: []finding.Summary{{ID: "RF-T-01", Outcome: finding.NotSatisfied,
			Subjects: finding.Counts{Satisfied: 7, NotSatisfied: 1, Undetermined: 1}}},
		Findings: []finding.Finding{
			{UUID: first, Control: "RF-T-01", Subject: "entra.users/1", Outcome: finding.NotSatisfied, Severity: "high",
				Message: "guest \x1b[2K\u202eevil may read", Observed: map[string]any{"userType": "Guest"},
				Expected: "Member", Evidence: []string{"entra.users/1#/userType"}},
			{UUID: second, Control: "RF-T-01", Subject: "entra.users/2", Outcome: finding.Undetermined,
				Severity: "high", Message: "no proof"},
		},
	}

	record := runfolder.Record{
		Schema: runfolder.RecordSchema, Run: finding.RunID(set.Snapshot, set.Intent, set.Policies, "1", asOf),
		Client: "fabrikam", TenantID: tenant, Engine: "1", AsOf: asOf,
		Snapshot: set.Snapshot, Intent: set.Intent, Policies: set.Policies, Wall: runfolder.Wall{Ended: asOf},
	}

	if w.changeRecord != nil {
		w.changeRecord(&record)
	}

	if w.change != nil {
		w.change(&set)
	}

	for name, content := range map[string]any{"findings.json": set, "run.json": record} {
		data, err := json.Marshal(content)
		if err != nil {
			w.t.Fatal(err)
		}
		files[name] = string(data)
	}

	s := attest.Statement{PredicateType: attest.TypeAssessmentResults}
	w.files = map[string]string{}
	for path, content := range files {
		write(w.t, filepath.Join(w.run, path), []byte(content))
		w.files[path] = digest(content)
		s.Subjects = append(s.Subjects, attest.Subject{Name: path, SHA256: w.files[path]})
	}

	s.Predicate = fmt.Appendf(nil, `{"run":%q,"client":"fabrikam","tenant_id":%q,"engine":"1","as_of":%q}`,
		finding.RunID(digest(files["snapshot/manifest.json"]), digest(files["intent.json"]), digest("p"), "1",
			asOf), tenant, asOf)
	bundle, err := attest.Sign(context.Background(), w.machine.key, s)
	if err != nil {
		w.t.Fatal(err)
	}

	write(w.t, filepath.Join(w.run, layout.Bundle), bundle)
	w.files[layout.Bundle] = digest(string(bundle))
}

// attest runs the program on a terminal; human types.
func (w *world) attest(env string, human func(*pty), args ...string) (code int, screen, errs string) {
	w.t.Helper()
	term := newTerminal(w.t)
	var stderr bytes.Buffer
	c := console{in: term.slave, out: term.slave, err: &stderr, getenv: func(string) string { return env }}
	done := make(chan int)
	go func() {
		done <- c.main(context.Background(),
			append([]string{w.run, "--fleet", filepath.Join(w.dir, "fleet.hcl")}, args...))
	}()
	human(term)
	term.master.WriteString("\x04") // end of input: a program that still asks must not hang the test
	code = <-done

	return code, term.screen(), stderr.String()
}

func (w *world) stored() []string {
	var names []string
	entries, _ := os.ReadDir(filepath.Join(w.run, layout.ReviewDir))
	for _, e := range entries {
		names = append(names, e.Name())
	}

	return names
}

// cosign runs stock cosign in the run folder, if there is one.
func (w *world) cosign(args ...string) {
	bin := os.Getenv("RINGFENCE_COSIGN")
	if bin == "" {
		w.t.Log("RINGFENCE_COSIGN is not set: stock cosign was not asked")
		return
	}

	cmd := exec.Command(bin, args...)
	cmd.Dir = w.run
	cmd.Env = []string{"HOME=" + w.dir, "HTTPS_PROXY=http://127.0.0.1:1"}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Verified OK") {
		w.t.Errorf("cosign: %v\n%s", err, out)
	}
}

// decideBoth answers for both findings, with one mistake on the way.
func decideBoth(x *pty) {
	x.answer("ccepted-risk?", "maybe")
	x.answer("ccepted-risk?", "c")
	x.answer("note:", "")
	x.answer("ccepted-risk?", "accepted-risk")
	x.answer("note:", "")
	x.answer("ccepted-risk?", "a")
	x.answer("note:", "log export is being bought")
}

func TestAttestOnATerminal(t *testing.T) {
	w := newWorld(t)
	code, screen, errs := w.attest("", func(x *pty) {
		x.secret("Passphrase of", pass)
		decideBoth(x)
		x.answer("Type the client's name (fabrikam)", "fabrikam")
		x.answer("Signed: review/security-lead.sigstore.json", "")
	}, "--key", w.lead.file)
	if code != 0 {
		t.Fatalf("code %d: %s\n%s", code, errs, screen)
	}

	if diff := cmp.Diff([]string{"security-lead.pub", "security-lead.sigstore.json"}, w.stored()); diff != "" {
		t.Error(diff)
	}

	bundle, err := os.ReadFile(filepath.Join(w.run, layout.Review("security-lead")))
	if err != nil {
		t.Fatal(err)
	}

	lead := w.lead.key.Public()
	r, err := attest.CheckReview(bundle, []attest.ReviewerKey{{Name: "security-lead", SPKI: lead.SPKI(), Key: lead}},
		[]string{w.machine.key.Public().SPKI()}, runfolder.Reviewed(w.files), []string{first, second})
	if err != nil {
		t.Fatal(err)
	}

	want := []attest.Decision{{UUID: first, Decision: attest.Confirmed},
		{UUID: second, Decision: attest.AcceptedRisk, Note: "log export is being bought"}}
	if diff := cmp.Diff(want, r.Decisions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for _, want := range []string{tenant, r.Run, asOf, "7 satisfied, 1 not satisfied, 1 undetermined",
		w.files["assessment-results.json"],
		`guest \x1b[2K\u202eevil may read`, `{"userType":"Guest"}`, "entra.users/1#/userType",
		`"maybe" is no decision`, "needs a note", lead.SPKI()} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q", want)
		}
	}

	if strings.Contains(screen, pass) || strings.ContainsAny(screen, "\x1b\u202e") {
		t.Errorf("the screen shows the passphrase or a control character:\n%q", screen)
	}

	w.cosign("verify-blob-attestation", "--key", layout.ReviewDir+"/security-lead.pub", "--bundle",
		layout.Review("security-lead"),
		"--type", attest.TypeReview, "--insecure-ignore-tlog", "assessment-results.json")

	// A second time nothing is overwritten.
	code, _, errs = w.attest(pass, func(*pty) {}, "--key", w.lead.file)
	if code != exitUsage || !strings.Contains(errs, "exists already") {
		t.Errorf("again: code %d, %s", code, errs)
	}
}

func TestAttestWithDecisionsFile(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(w.dir, "decisions.json")
	args := []string{"--key", w.lead.file, "--decisions", file, "--reviewer", "security-lead",
		"--passphrase-file", filepath.Join(w.dir, "pass")}
	write(t, filepath.Join(w.dir, "pass"), []byte(pass+"\n"))
	write(t, file, []byte(`[{"uuid":"`+first+`","decision":"confirmed"}]`))

	code, _, errs := w.attest("", func(*pty) {}, args...)
	if code != exitUsage || !strings.Contains(errs, second+" is not decided") {
		t.Errorf("one missing: code %d, %s", code, errs)
	}

	write(t, file, []byte(`[{"uuid":"`+second+`","decision":"disputed","note":"logs were there"},{"uuid":"`+first+`","decision":"confirmed"}]`))
	code, screen, errs := w.attest("", func(x *pty) { x.answer("Type the client's name", "contoso") }, args...)
	if code != exitTool || !strings.Contains(errs, "nothing was signed") || len(w.stored()) != 0 {
		t.Errorf("another name: code %d, %s, stored %v", code, errs, w.stored())
	}

	if !strings.Contains(screen, "DECISION   disputed  logs were there") || !strings.Contains(screen, "no proof") {
		t.Errorf("the screen lacks a finding or its decision:\n%s", screen)
	}

	code, _, errs = w.attest("", func(x *pty) { x.answer("Type the client's name", "fabrikam") }, args...)
	if code != 0 || !slices.Contains(w.stored(), "security-lead.sigstore.json") {
		t.Errorf("code %d, %s, stored %v", code, errs, w.stored())
	}
}

// The end of input is an interrupt: nothing is signed.
func TestAttestInputEnds(t *testing.T) {
	w := newWorld(t)
	code, _, errs := w.attest(pass, func(x *pty) { x.answer("ccepted-risk?", "\x04\x04") }, "--key", w.lead.file)
	if code != exitInterrupted || len(w.stored()) != 0 {
		t.Errorf("code %d, %s, stored %v", code, errs, w.stored())
	}
}

// No terminal, no review: this is what keeps pipelines out.
func TestAttestNeedsATerminal(t *testing.T) {
	w := newWorld(t)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	defer in.Close()

	out.WriteString("c\n\nc\n\nfabrikam\n")
	out.Close()
	var stdout, stderr bytes.Buffer
	c := console{in: in, out: &stdout, err: &stderr, getenv: func(string) string { return pass }}
	code := c.main(context.Background(), []string{w.run, "--fleet", filepath.Join(w.dir, "fleet.hcl"), "--key",
		w.lead.file})
	if code != exitUsage || !strings.Contains(stderr.String(), "stdin is not a terminal") || len(w.stored()) != 0 {
		t.Errorf("code %d, %s", code, stderr.String())
	}
}

// TestMain is the program itself when a test starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("RINGFENCE_ATTEST_PROCESS") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// Control-C at the passphrase: exit 130, the echo is on again, nothing stored.
func TestAttestInterrupted(t *testing.T) {
	w := newWorld(t)
	term := newTerminal(t)
	cmd := exec.Command(os.Args[0], w.run, "--fleet", filepath.Join(w.dir, "fleet.hcl"), "--key", w.lead.file)
	cmd.Env = []string{"RINGFENCE_ATTEST_PROCESS=1"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.slave, term.slave, term.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	term.secret("Passphrase of", "\x03")
	err := cmd.Wait()

	if cmd.ProcessState.ExitCode() != exitInterrupted || !term.echo() || len(w.stored()) != 0 {
		t.Errorf("%v, echo %v, stored %v\n%s", err, term.echo(), w.stored(), term.screen())
	}
}

// Everything that must stop the program before it shows or asks anything.
func TestAttestRefuses(t *testing.T) {
	inRun := func(name string) func(*world) string {
		return func(w *world) string { return filepath.Join(w.run, name) }
	}
	lie := func(change func(*finding.Set)) func(*world) {
		return func(w *world) { w.change = change; w.folder() }
	}
	record := func(change func(*runfolder.Record)) func(*world) {
		return func(w *world) { w.changeRecord = change; w.folder() }
	}
	for _, c := range []struct {
		name string
		edit func(*world)
		args func(*world) []string
		pass string
		code int
		want string
	}{
		{name: "changed results", edit: func(w *world) {
			write(w.t, inRun("assessment-results.json")(w),
				[]byte("{}"))
		}, code: 5, want: "assessment-results.json was changed"},
		{name: "changed findings", edit: func(w *world) { write(w.t, inRun("findings.json")(w), []byte("{}")) },
			code: 5, want: "findings.json was changed"},
		{name: "missing file", edit: func(w *world) { os.Remove(inRun("policies.tar.gz")(w)) }, code: 5,
			want: "policies.tar.gz is missing"},
		{name: "foreign file", edit: func(w *world) { write(w.t, inRun("snapshot/x.ndjson")(w), nil) }, code: 5,
			want: "snapshot/x.ndjson is foreign"},
		{name: "link", edit: func(w *world) { os.Symlink("/etc/passwd", inRun("x")(w)) }, code: 5,
			want: "x is no regular file"},
		{name: "no bundle", edit: func(w *world) { os.Remove(inRun(layout.Bundle)(w)) }, code: 5,
			want: layout.Bundle + " is missing"},
		{name: "not a bundle", edit: func(w *world) { write(w.t, inRun(layout.Bundle)(w), []byte("{}")) },
			code: 5, want: layout.Bundle + " malformed bundle"},
		{name: "another machine", edit: func(w *world) { w.machine = w.nobody; w.folder() }, code: 5,
			want: "is no machine key of the fleet file"},
		{name: "another signer", edit: func(w *world) {
			write(w.t, inRun(layout.Key)(w), w.machine.public)
			w.machine.key = w.nobody.key
			w.folder()
		}, code: 5, want: "signature"},
		{name: "another tenant", edit: lie(func(s *finding.Set) {
			s.TenantID = strings.ReplaceAll(tenant, "1",
				"2")
		}), code: 5, want: "its tenant is"},
		{name: "another snapshot", edit: lie(func(s *finding.Set) { s.Snapshot = s.Intent }), code: 5,
			want: "about another snapshot"},
		{name: "another intent", edit: lie(func(s *finding.Set) { s.Intent = s.Snapshot }), code: 5,
			want: "about another intent"},
		{name: "another run", edit: lie(func(s *finding.Set) { s.AsOf = "2026-11-24T12:00:00Z" }), code: 5,
			want: "the machine signed run"},
		{name: "another record", edit: record(func(r *runfolder.Record) { r.Client = "contoso" }), code: 5,
			want: "run.json is not what the signature states"},
		{name: "record of other inputs", edit: record(func(r *runfolder.Record) { r.Intent = r.Snapshot }),
			code: 5, want: "run.json run"},
		{name: "no record", edit: record(func(r *runfolder.Record) { r.Schema = "" }), code: 5, want: "run.json"},
		{name: "unknown schema", edit: lie(func(s *finding.Set) { s.Schema = "ringfence.findings/2" }), code: 5,
			want: "its schema is"},
		{name: "unknown client", edit: lie(func(s *finding.Set) { s.Client = "contoso" }), code: 2,
			want: `no client "contoso"`},
		{name: "machine key", args: func(w *world) []string { return []string{"--key", w.machine.file} },
			code: 2, want: "is a machine key: no machine reviews"},
		{name: "machine key in the roster", edit: func(w *world) { w.fleet(w.machine) },
			args: func(w *world) []string { return []string{"--key", w.machine.file} }, code: 2,
			want: "is also a machine key"},
		{name: "stranger", args: func(w *world) []string { return []string{"--key", w.nobody.file} }, code: 2,
			want: "is that of no reviewer"},
		{name: "another reviewer", args: func(w *world) []string {
			return []string{"--key", w.lead.file,
				"--reviewer", "bob"}
		}, code: 2, want: `"security-lead", not "bob"`},
		{name: "wrong passphrase", pass: "wrong", code: 2, want: "wrong passphrase"},
		{name: "key reference", args: func(*world) []string { return []string{"--key", "azurekms://v/k"} },
			code: 2, want: "cosign attest-blob --key azurekms://"},
		{name: "no key file", args: func(*world) []string { return []string{"--key", "/nowhere"} }, code: 2,
			want: "reading the key"},
		{name: "no key", args: func(*world) []string { return nil }, code: 2, want: "--fleet and --key are needed"},
		{name: "bad fleet file", edit: func(w *world) {
			write(w.t, filepath.Join(w.dir, "fleet.hcl"),
				[]byte("msp {"))
		}, code: 2, want: "fleet file cannot be used"},
		{name: "no run", edit: func(w *world) { os.RemoveAll(w.run) }, code: 2, want: "RUN is a run folder"},
		{name: "foreign public key", edit: func(w *world) {
			write(w.t, inRun("review/security-lead.pub")(w),
				w.nobody.public)
		}, code: 2, want: "holds another key"},
		{name: "reviewed already",
			edit: func(w *world) { write(w.t, inRun("review/security-lead.sigstore.json")(w), nil) }, code: 2,
			want: "exists already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			args := []string{"--key", w.lead.file}

			if c.edit != nil {
				c.edit(w)
			}

			if c.args != nil {
				args = c.args(w)
			}

			if c.pass == "" {
				c.pass = pass
			}

			before := w.stored()
			code, screen, errs := w.attest(c.pass, func(*pty) {}, args...)
			if code != c.code || !strings.Contains(errs, c.want) ||
				!strings.HasPrefix(errs, "ringfence-attest: error: ") &&
					!strings.Contains(errs, "\nringfence-attest: error: ") {
				t.Errorf("code %d, want %d with %q:\n%s", code, c.code, c.want, errs)
			}

			if screen != "" || !slices.Equal(before, w.stored()) {
				t.Errorf("it went on: stored %v\n%s", w.stored(), screen)
			}
		})
	}
}

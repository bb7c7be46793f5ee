package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ringfence/internal/effort"
)

// evil is a name as an attacker would choose it: it clears the screen, turns the
// writing direction, uses C1 and tags, and tries to begin a line of its own.
const evil = "e\x1b[2J\u202e\u009b\x7f\u200b\U000e0041\t\r\nINJECTED: verified"

// pack is a policy whose every text is hostile, and that repeats what a tenant says.
const pack = `# METADATA
# title: "T \e[31m \u202e \u009b T"
# description: |
#   D ` + "\u202e" + `
# custom:
#   id: NW-A-01
#   severity: low
package nw.a.evil

subjects contains o._subject if some o in input.entra.organization

pass contains o._subject if {
	some o in input.entra.organization
	o.displayName == "Fabrikam"
}

fail contains {"subject": o._subject, "message": o.displayName, "observed": o.displayName} if {
	some o in input.entra.organization
	o.displayName != "Fabrikam"
}
`

const (
	brokenPack = "package nw.a.evil\n\nsubjects contains \"\x1b[31m\u202e\" if ["
	badFleet   = "msp {\n  name = 7 # \u200f\n  colo\u00adur = 1\n}\n"
)

// hostileWorld is a folder with a hostile name that holds a fleet file, saved
// answers of a tenant with a hostile name, a policy set, and a file that is none.
func hostileWorld(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), evil)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("this system has no such names: ", err)
	}

	if err := os.CopyFS(dir, os.DirFS("../../testdata/fabrikam")); err != nil {
		t.Fatal(err)
	}

	organization := filepath.Join(dir, "saved", "entra.organization.json")
	data, err := os.ReadFile(organization)
	if err != nil {
		t.Fatal(err)
	}

	name, _ := json.Marshal(evil)
	displayName := regexp.MustCompile(`"displayName": "[^"]*"`)
	named := displayName.ReplaceAllLiteral(data, append([]byte(`"displayName": `), name...))
	if bytes.Equal(named, data) {
		t.Fatal("the organization has no name to change")
	}

	for path, text := range map[string]string{
		organization: string(named),
		filepath.Join(dir, "packs/nw/a/evil/evil.rego"):      pack,
		filepath.Join(dir, "broken/nw/a/evil/"+evil+".rego"): brokenPack,
		filepath.Join(dir, "bad.hcl"):                        badFleet,
		filepath.Join(dir, "pass"):                           "secret",
	} {
		os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

// hostileLines are command lines over every verb; {d} is the hostile folder,
// {e} a hostile name. They run in this order: later ones read what earlier ones
// wrote.
var hostileLines = []string{
	"keys init --dir {d}/keys --passphrase-file {d}/pass",
	"keys init --dir {d}/keys --passphrase-file {d}/pass",
	"keys init --dir {d}/person --passphrase-file {d}/pass --reviewer",
	"keys init --reviewer={e} --passphrase-file {d}/pass",
	"snapshot import --fleet {d}/fleet.hcl --client fabrikam --collected-at 2026-11-23T10:00:00Z " +
		"--from {d}/saved --out {d}/snap",
	"snapshot import --fleet {d}/fleet.hcl --client {e} --collected-at {e} --from {d}/{e} --out {d}/x",
	"snapshot show {d}/snap",
	"snapshot show {d}/{e}",
	"snapshot export --snapshot {d}/snap --out {d}/copy",
	"snapshot export --snapshot {d}/snap --out {d}/snap",
	"snapshot export --as-input --fleet {d}/fleet.hcl --snapshot {d}/snap --out {d}/input.json",
	"snapshot export --data {d}/store --client {e} --out {d}/x",
	"evaluate --fleet {d}/fleet.hcl --snapshot {d}/snap --policies-only --policies {d}/packs --out {d}/out " +
		"--key {d}/keys/machine.key --passphrase-file {d}/pass",
	"evaluate --fleet {d}/fleet.hcl --snapshot {d}/{e} --policies-only --policies {d}/packs --out {d}/out",
	"evaluate --fleet {d}/fleet.hcl --snapshot {d}/snap --snapshot {d}/copy",
	"evaluate --fleet {d}/fleet.hcl --snapshot {d}/snap --only {e} --as-of {e}",
	"evaluate --fleet {d}/fleet.hcl --snapshot {d}/snap --out {d}/pass/x",
	"audit --fleet {d}/fleet.hcl --data {d}/store --out {d}/audited --client {e}",
	"audit --fleet {d}/fleet.hcl --data {d}/pass --out {d}/audited",
	"audit --fleet {d}/fleet.hcl --data {d}/store --out {d}/store",
	"audit --fleet {d}/fleet.hcl --data {d}/store --out {d}/audited --fail-on {e}",
	"audit --fleet {d}/fleet.hcl --data {d}/store --out {d}/audited --key {d}/{e}",
	"audit --fleet {d}/fleet.hcl --data {d}/store --out {d}/audited --policies {d}/packs --policies-only",
	"collect --fleet {d}/fleet.hcl --data {d}/store",
	"verify {d}/out --key {d}/keys/machine.pub",
	"verify {d}/out",
	"verify {d}/{e}",
	"verify {d}/out --key {d}/pass",
	"fleet check --fleet {d}/fleet.hcl",
	"fleet check --fleet {d}/bad.hcl",
	"fleet check --fleet {d}/{e}.hcl",
	"fleet show --fleet {d}/fleet.hcl",
	"policy list --policies {d}/packs",
	"policy plan --policies {d}/packs",
	"policy explain NW-A-01 --policies {d}/packs",
	"policy explain {e} --policies {d}/packs",
	"policy list --policies {d}/broken",
	"policy list --policies {d}/{e}",
	"policy list --policies {d}/packs --replace {e}",
	"demo --dir {d}",
	"emulator --dir {d}",
	"emulator --dir {d}/lab --faults {d}/{e}",
	"emulator --dir {d}/lab --addr {e}",
	"{e}",
	"fleet {e}",
	"help {e}",
	"completion {e}",
	"policy list --{e}",
	"policy list --format {e}",
	"policy list --policies {e} --policies x",
}

// TestHostileNames: no name, wherever it is from, gets a character to a terminal
// that is not text, nor a line of its own, whatever the verb and the format.
func TestHostileNames(t *testing.T) {
	effort.WithoutRace(t)
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) { t.Parallel(); hostileNames(t, format) })
	}
}

func hostileNames(t *testing.T, format string) {
	dir := hostileWorld(t)
	seen := false
	for _, line := range hostileLines {
		if line == "verify {d}/out" { // a foreign file in the run folder, and one beside it
			os.WriteFile(filepath.Join(dir, "out", "fabrikam", evil), nil, 0o600)
			os.WriteFile(filepath.Join(dir, "out", evil), nil, 0o600)
		}

		args := strings.Fields(line)
		for j, a := range args {
			args[j] = strings.NewReplacer("{d}", dir, "{e}", evil).Replace(a)
		}

		args = append(args, "--log-format", format)

		if !strings.Contains(line, "--format") {
			args = append(args, "--format", format)
		}

		var stdout, stderr bytes.Buffer
		execute(t.Context(), args, &stdout, &stderr)

		for _, out := range []string{stdout.String(), stderr.String()} {
			seen = seen || strings.Contains(out, "INJECTED")
			safe(t, line+" in "+format, out)
		}

		if format == "json" {
			jsonOnly(t, line, stderr.String())
		}
	}

	if !seen {
		t.Error("no hostile name was ever printed: this test tests nothing")
	}
}

func safe(t *testing.T, what, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: not UTF-8: %q", what, out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(line), "INJECTED") {
			t.Errorf("%s: a name has a line of its own:\n%s", what, out)
		}
		for _, r := range strings.TrimSuffix(line, "\n") {
			if r != '\t' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError) {
				t.Errorf("%s: %U is printed: %q", what, r, line)
				break
			}
		}
	}
}

func jsonOnly(t *testing.T, what, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if v := map[string]any{}; json.Unmarshal([]byte(line), &v) != nil || v["level"] == nil {
			t.Errorf("%s: not a record: %q", what, line)
		}
	}
}

// TestPrinters: what is printed goes through console.go or terminal.Printf, in
// every verb, also in one that is added tomorrow.
func TestPrinters(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}

	raw := regexp.MustCompile(`\bfmt\.(Fprint|Print)|\bprint(ln)?\(|os\.Std(out|err)\.Write`)
	guarded := regexp.MustCompile(`a\.print\(|// our own text|^func `)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}

		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			if raw.MatchString(line) && !guarded.MatchString(line) {
				t.Errorf("%s:%d prints past the guard: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

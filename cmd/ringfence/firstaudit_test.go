package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/internal/effort"
)

// realTenant is what docs/first-audit.md shows for a real tenant: its fleet file,
// and its commands in one script.
func realTenant(t *testing.T) (hcl, script string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/first-audit.md")
	if err != nil {
		t.Fatal(err)
	}

	files := hclFence.FindAllStringSubmatch(string(text), -1)
	if len(files) != 1 {
		t.Fatalf("%d fleet files", len(files))
	}

	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		if strings.TrimSpace(m[1]) == "tenant" {
			script += m[2]
		}
	}

	if !strings.Contains(script, "ringfence audit") {
		t.Fatal("no audit of a real tenant")
	}

	return files[0][1], script
}

// filledIn is the document's fleet file with the ids that somebody has who reads
// it: those of the emulated tenants.
func (f *fleet) filledIn(hcl string) string {
	f.t.Helper()
	c := f.world.Client("tailspin")
	vault := regexp.MustCompile(`vaults +=\s*\["([^"]+)"\]`)
	replaced := []string{
		"aaaaaaaa-0000-4000-8000-000000000001", f.world.MSP.ID,
		"11111111-0000-4000-8000-000000000001", f.world.MSP.AppID,
		"aaaaaaaa-0000-4000-8000-000000000010", c.ID,
		"11111111-0000-4000-8000-000000000010", c.AppID,
		"<key_sha256 that keys init printed>", f.addresses.MachineKeys[0],
		vault.FindStringSubmatch(hcl)[1], vault.FindStringSubmatch(string(f.hcl))[1],
		"dddddddd-0000-4000-8000-000000000001", c.Subscriptions()[0],
	}

	for i := 0; i < len(replaced); i += 2 {
		if !strings.Contains(hcl, replaced[i]) {
			f.t.Fatalf("the fleet file has no %s", replaced[i])
		}
	}

	hcl = strings.NewReplacer(replaced...).Replace(hcl)

	// The emulated MSP runs one vault of this client by contract.
	operated := regexp.MustCompile(`operated_vaults = \[[^\]]*\]`).FindString(string(f.hcl))
	hcl = strings.Replace(hcl, `owner  = "client"`, `owner  = "client"`+"\n    "+operated, 1)
	hcl = regexp.MustCompile(`(?m)^  domains `).ReplaceAllString(hcl, "  cloud = cloud_unsafe.lab\n  domains ")

	return hcl + strings.ReplaceAll(cloudOfLab, "BASE", f.addresses.Base)
}

const cloudOfLab = `
cloud_unsafe "lab" {
  graph     = "BASE/graph"
  arm       = "BASE/arm"
  authority = "BASE/login"
  ca_file   = "ca.pem"
}
`

// granted gives the emulated applications what "policy list" says, and no more.
func granted(t *testing.T, w *emulator.World) {
	t.Helper()
	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}

	grant := needed(e)
	w.MSP.Roles = grant.MSP
	for _, c := range w.Clients {
		c.Roles = grant.Client
	}
}

// TestFirstAudit does what docs/first-audit.md says for a real tenant, word by
// word: with the permissions that it has printed, and its fleet file, an audit of
// a client that is kept as promised ends with 0.
func TestFirstAudit(t *testing.T) {
	effort.WithoutRace(t)
	if testing.Short() {
		t.Skip("audits a tenant, which takes long")
	}

	t.Parallel()
	hcl, script := realTenant(t)
	w := emulator.GenerateClients(1, []string{"tailspin"})
	granted(t, w)
	f := newFleet(t, w)
	f.write(f.filledIn(hcl))
	if err := os.Symlink(".", filepath.Join(f.dir, "keys")); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()

	cmd := exec.CommandContext(ctx, "bash", "-euc", strings.ReplaceAll(script, "…", "'"+w.Secret()+"'"))
	cmd.Dir, cmd.Env = f.dir, append(os.Environ(), "RINGFENCE_KEY_PASSPHRASE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, tail(string(out), 3000))
	} else if warnings := otherWarnings(string(out)); len(warnings) > 0 {
		t.Errorf("the fleet file warns: %q\n%s", warnings, out)
	}
}

// otherWarnings are those that the document does not announce.
func otherWarnings(out string) (others []string) {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "Warning: ") && !strings.HasPrefix(line, "Warning: Not promised: ") {
			others = append(others, line)
		}
	}
	return others
}

// undetermined are the controls that an audit of tailspin could not judge.
func (f *fleet) undetermined() (code int, controls []string) {
	f.t.Helper()
	code, out, _ := f.audit("--client", "tailspin", "--format", "json")

	var s struct {
		Clients []struct {
			Controls []struct{ ID, Outcome string }
		}
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil || len(s.Clients) != 1 {
		f.t.Fatalf("%v: %s", err, out)
	}

	for _, c := range s.Clients[0].Controls {
		if c.Outcome == "undetermined" {
			controls = append(controls, c.ID)
		}
	}

	return code, controls
}

// TestWithoutMSP: what the document says of a fleet file whose msp block has no
// graph block.
func TestWithoutMSP(t *testing.T) {
	effort.WithoutRace(t)
	t.Parallel()
	f := newFleet(t, emulator.GenerateClients(1, []string{"tailspin"}))
	block := regexp.MustCompile(`(?s)\A(msp \{.*?)  graph \{.*?\n  \}\n`)
	without := block.ReplaceAllString(string(f.hcl), "$1")
	if without == string(f.hcl) {
		t.Fatal("no graph block was taken away")
	}

	f.write(without)
	code, controls := f.undetermined()
	want := []string{"RF-E-02", "RF-E-03", "RF-M-02", "RF-M-03", "RF-M-04", "RF-M-05", "RF-M-06", "RF-P-03", "RF-T-11"}
	if diff := cmp.Diff(want, controls); code != 4 || diff != "" {
		t.Errorf("exit code %d, undetermined (-want +got):\n%s", code, diff)
	}

	text, _ := os.ReadFile("../../docs/first-audit.md")
	if named := strings.Join(controls, ", "); !strings.Contains(string(text), "("+named+")") {
		t.Errorf("docs/first-audit.md does not name %s", named)
	}
}

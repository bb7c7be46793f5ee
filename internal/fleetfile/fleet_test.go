package fleetfile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

const contract = "testdata/contract.hcl"

// loaded reads a fleet file that must be without errors.
func loaded(t *testing.T, path string) *Fleet {
	t.Helper()
	f, diags := Load(path)
	if diags.HasErrors() {
		t.Fatal(written(t, diags))
	}

	return f
}

func source(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile(contract)
	if err != nil {
		t.Fatal(err)
	}

	return string(src)
}

// file writes a fleet file into a folder of its own.
func file(t *testing.T, src string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}

	return path
}

func canonical(t *testing.T, f *Fleet, label string) []byte {
	t.Helper()
	in, err := f.Intent(label)
	if err != nil {
		t.Fatal(err)
	}

	b, err := in.Canonical()
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func TestIntent(t *testing.T) {
	f := loaded(t, contract)
	for _, label := range []string{"fabrikam", "contoso"} {
		b := canonical(t, f, label)
		golden(t, "testdata/contract."+label+".intent.json", b)
		if _, err := intent.Parse(b); err != nil {
			t.Error(err)
		}
	}

	if _, err := f.Intent("fabrikan"); err == nil || !strings.Contains(err.Error(), `Did you mean "fabrikam"?`) {
		t.Errorf("unknown client: %v", err)
	}

	b, err := f.FleetIntent().Canonical()
	if err != nil {
		t.Fatal(err)
	}

	golden(t, "testdata/contract.fleet.intent.json", b)
}

// TestIntentIsACopy: whoever changes an intent changes nobody's promise.
func TestIntentIsACopy(t *testing.T) {
	f := loaded(t, contract)
	before := canonical(t, f, "fabrikam")
	in, _ := f.Intent("fabrikam")
	in.Client.Domains[0], in.Client.Fence.Regions[0], in.Client.Partners[0].Allow[0] = "x", "x", "x"
	in.Client.Params["RF-T-08"]["allow_members_to_invite"] = "x"
	in.Client.Azure.Subscriptions[0], in.Client.Keys.Vaults[0], in.MSP.Domains[0] = "x", "x", "x"

	if diff := cmp.Diff(string(before), string(canonical(t, f, "fabrikam"))); diff != "" {
		t.Error(diff)
	}
}

// blocks splits a fleet file at its top-level blocks.
func blocks(src string) []string {
	var out []string
	for _, part := range strings.SplitAfter(src, "\n}\n") {
		if part != "" {
			out = append(out, part)
		}
	}
	return out
}

func TestOrderIsFree(t *testing.T) {
	parts := blocks(source(t))
	if len(parts) != 13 {
		t.Fatalf("%d blocks", len(parts))
	}

	slices.Reverse(parts)
	f, g := loaded(t, contract), loaded(t, file(t, strings.Join(parts, "")))
	for _, label := range []string{"fabrikam", "contoso"} {
		if diff := cmp.Diff(string(canonical(t, f, label)), string(canonical(t, g, label))); diff != "" {
			t.Errorf("%s: %s", label, diff)
		}
	}
}

// TestNonInterference renames, alters, adds and removes every other client.
func TestNonInterference(t *testing.T) {
	src := source(t)
	want := string(canonical(t, loaded(t, contract), "fabrikam"))
	ofOthers := func(block string) bool {
		return strings.Contains(block, "contoso") || strings.Contains(block, `vendor "`)
	}
	kept := slices.DeleteFunc(blocks(src), ofOthers)
	renamed := strings.NewReplacer("contoso", "adatum", "8000-000000000011", "8000-000000000077")
	altered := strings.NewReplacer(
		`"onboarding"`, `"offboarded"`,
		`"insurance"`, `"retail"`,
		"none = true", `subscriptions = ["dddddddd-0000-4000-8000-000000000777"]`,
	)

	const more = `
client "another" {
  tenant_id   = "aaaaaaaa-0000-4000-8000-000000000099"
  domains     = ["another.example"]
  partners    = [partner.tax-advisor]
  responsible = [reviewer.client-ciso]
  params      = { "RF-T-08" = { allow_members_to_invite = true, other = 1 } }
}
exception "another-x" {
  control     = "RF-T-07"
  client      = client.another
  reason      = "x"
  approved_by = reviewer.client-ciso
  expires     = "2027-01-31"
}
`

	cases := map[string]struct {
		src  string
		same bool
	}{
		"removed": {strings.Join(kept, ""), true},
		"renamed": {renamed.Replace(src), true},
		"altered": {altered.Replace(src), true},
		"added":   {src + more, true},
		"first":   {more + src, true},
		"itself":  {strings.Replace(src, "Fabrikam.example", "fabrikam2.example", 1), false},
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.src == src {
				t.Fatal("nothing was changed")
			}
			got := string(canonical(t, loaded(t, file(t, c.src)), "fabrikam"))
			if (got == want) != c.same {
				t.Errorf("same = %v, want %v: %s", got == want, c.same, cmp.Diff(want, got))
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	f := loaded(t, contract)
	c, ok := f.Client("contoso")
	if !ok {
		t.Fatal("no contoso")
	}

	lab, ok := f.Cloud(c.Cloud)
	want := Cloud{
		Name:      "unsafe:lab",
		Graph:     "https://127.0.0.1:8443/graph",
		ARM:       "https://127.0.0.1:8443/arm",
		Authority: "https://127.0.0.1:8443/login",
		CAFile:    "testdata/ca.pem",
	}
	if diff := cmp.Diff(want, lab); diff != "" || !ok {
		t.Error(diff)
	}

	graph := Graph{"11111111-0000-4000-8000-000000000011", "file:testdata/secrets/contoso"}
	if diff := cmp.Diff(graph, c.Graph); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff(Graph{"11111111-0000-4000-8000-000000000001", "azidentity"}, f.MSP.Graph); diff != "" {
		t.Error(diff)
	}

	if public, ok := f.Cloud(f.MSP.Cloud); !ok || public.Graph != "https://graph.microsoft.com" {
		t.Errorf("the MSP's cloud: %v", public)
	}

	if c.Fence != nil || c.Origins["fence"].From != FromClient {
		t.Errorf("fence = null does not win over the defaults: %v from %v", c.Fence, c.Origins["fence"])
	}

	if diff := cmp.Diff([]string{"fabrikam", "contoso"}, f.labels()); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff([]Gate{{"open_ticket", "L2"}}, f.Gates); diff != "" {
		t.Error(diff)
	}
}

// TestExceptionOfMSP: one about the MSP's own tenant is in the fleet's intent, with its approver,
// whatever it is about, and in no client's.
func TestExceptionOfMSP(t *testing.T) {
	const about = `
exception "automation-reaches-all" {
  control     = "RF-F-17"
  client      = msp
  subject     = "entra.service_principals/dddddddd-0000-4000-8000-000000000001"
  reason      = "it is replaced in January"
  approved_by = reviewer.security-lead
  expires     = "2027-01-31"
}
`
	for name, src := range map[string]string{
		"one subject":  about,
		"all subjects": regexp.MustCompile(`(?m)^  subject .*\n`).ReplaceAllString(about, ""),
	} {
		f := loaded(t, file(t, source(t)+src))
		last := len(f.Exceptions) - 1
		fleet := f.FleetIntent()
		if diff := cmp.Diff([]intent.Exception{f.Exceptions[last].Exception}, fleet.Exceptions); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(fleet.Reviewers) != 1 || fleet.Reviewers[0].Name != "security-lead" {
			t.Errorf("%s: reviewers %+v", name, fleet.Reviewers)
		}

		found := finding.Finding{Control: "RF-F-17", Outcome: finding.NotSatisfied,
			Subject: "entra.service_principals/dddddddd-0000-4000-8000-000000000001"}
		set := finding.Set{Client: "fleet", Controls: []finding.Summary{{ID: "RF-F-17"}}}
		if got := f.UnmatchedExceptions(set); len(got) != 1 {
			t.Errorf("%s: without a finding, %d unmatched", name, len(got))
		}
		set.Findings = []finding.Finding{found}
		if got := f.UnmatchedExceptions(set); len(got) != 0 {
			t.Errorf("%s: with its finding, %d unmatched", name, len(got))
		}

		in, err := f.Intent("fabrikam")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range in.Exceptions {
			if x.Control == "RF-F-17" {
				t.Errorf("%s: a client has it, too", name)
			}
		}
	}
}

func TestUnmatchedExceptions(t *testing.T) {
	f := loaded(t, contract)
	match := finding.Finding{
		Control: "RF-T-07",
		Subject: "entra.cross_tenant_partners/cccccccc-0000-4000-8000-000000000001",
		Outcome: finding.NotSatisfied,
	}
	other, gap := match, match
	other.Subject += "0"
	gap.Outcome = finding.Undetermined
	judged := []finding.Summary{{ID: "RF-T-07"}}
	set := func(client string, findings ...finding.Finding) finding.Set {
		return finding.Set{Client: client, Controls: judged, Findings: findings}
	}

	cases := map[string]struct {
		set  finding.Set
		want int
	}{
		"matched":        {set("fabrikam", other, match), 0},
		"other subject":  {set("fabrikam", other), 1},
		"other kind":     {set("fabrikam", gap), 1},
		"other client":   {set("contoso"), 0},
		"nothing at all": {set("fabrikam"), 1},
		"not judged":     {finding.Set{Client: "fabrikam"}, 0},
		"in the fleet":   {set("fleet", match), 0},
	}

	for name, c := range cases {
		if got := f.UnmatchedExceptions(c.set); len(got) != c.want {
			t.Errorf("%s: %d unmatched, want %d", name, len(got), c.want)
		}
	}

	f.Exceptions[0].Subject, f.Exceptions[0].Kind = nil, kindGap
	if got := f.UnmatchedExceptions(set("fabrikam", gap)); len(got) != 0 {
		t.Error("an exception of the whole control does not match")
	}

	fleet := f.FleetIntent()
	if len(fleet.Exceptions) != 1 || *fleet.Exceptions[0].Subject != "client/fabrikam" || len(fleet.Reviewers) != 1 {
		t.Errorf("in the fleet it is not about its own client: %+v", fleet.Exceptions)
	}

	gap.Subject = "client/contoso"
	if got := f.UnmatchedExceptions(set("fleet", gap)); len(got) != 1 {
		t.Error("an exception of one client matches another")
	}
}

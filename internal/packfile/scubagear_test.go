package packfile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/internal/packfile"
)

// scubaGear is a folder PowerShell/ScubaGear with CISA's pack and its samples: of a
// checkout that RINGFENCE_SCUBAGEAR names, or of a mirror on this machine. Nothing of
// it is in this repository.
func scubaGear(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("RINGFENCE_SCUBAGEAR"); dir != "" {
		return filepath.Join(dir, "PowerShell", "ScubaGear")
	}

	const mirror = "/work/.mirror/cisagov+ScubaGear/repo"
	if _, err := os.Stat(mirror); err != nil {
		t.Skip("RINGFENCE_SCUBAGEAR names no checkout of github.com/cisagov/ScubaGear")
	}

	dir := t.TempDir()
	archive := exec.Command("git", "-C", mirror, "archive", "HEAD",
		"PowerShell/ScubaGear/Rego", "PowerShell/ScubaGear/Sample-Reports")
	unpack := exec.Command("tar", "x", "-C", dir)
	data, err := archive.Output()
	if err != nil {
		t.Skip(err)
	}
	unpack.Stdin = bytes.NewReader(data)
	if err := unpack.Run(); err != nil {
		t.Skip(err)
	}
	return filepath.Join(dir, "PowerShell", "ScubaGear")
}

// theirs is one of CISA's own results.
type theirs struct {
	PolicyID       string `json:"PolicyId"`
	Criticality    string
	RequirementMet bool
}

func (r theirs) outcome() finding.Outcome {
	switch {
	case r.RequirementMet:
		return finding.Satisfied
	case strings.Contains(r.Criticality, "/"): // Not-Implemented, 3rd Party
		return finding.Undetermined
	}
	return finding.NotSatisfied
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), to); err != nil {
		t.Fatal(err)
	}
}

func scubaPack(t *testing.T, dir string) *foreign.Pack {
	t.Helper()
	products := []string{}
	files, err := filepath.Glob(filepath.Join(dir, "Rego", "*Config.rego"))
	if err != nil || len(files) == 0 {
		t.Skip("no Rego of ScubaGear in ", dir)
	}
	for _, path := range files {
		product, _ := strings.CutSuffix(strings.ToLower(filepath.Base(path)), "config.rego")
		products = append(products, fmt.Sprintf("%q", product))
	}

	hcl := filepath.Join(t.TempDir(), "scuba.hcl")
	text := fmt.Sprintf(`pack "scuba" {
  kind     = "scuba"
  title    = "CISA ScubaGear"
  source   = "https://github.com/cisagov/ScubaGear"
  licence  = "CC0-1.0"
  dir      = %q
  products = [%s]
}
`, filepath.Join(dir, "Rego"), strings.Join(products, ", "))
	if err := os.WriteFile(hcl, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	pack, err := packfile.Load(hcl)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := pack.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := foreign.Load(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func judgeAll(t *testing.T, p *foreign.Pack, input map[string]any) map[string]*finding.Opinion {
	t.Helper()
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		t.Fatal(err)
	}
	opinions, err := p.Judge(context.Background(), foreign.Seen{TenantID: "t", Input: value.(ast.Object)})
	if err != nil {
		t.Fatal(err)
	}
	return opinions
}

func readExport(t *testing.T, dir string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "Sample-Reports", "ProviderSettingsExport.json"))
	if err != nil {
		t.Skip(err)
	}
	input, err := snapshot.ParseObject(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.WithoutSecrets(input) // as it is sealed
}

var revision = regexp.MustCompile(`v[0-9]+$`)

// TestScubaGear: CISA's own sample through CISA's own pack gives the verdicts of
// CISA's own results, but for those that the gate withholds, each with its reason.
func TestScubaGear(t *testing.T) {
	dir := scubaGear(t)
	p := scubaPack(t, dir)
	opinions := judgeAll(t, p, readExport(t, dir))

	var results []theirs
	readJSON(t, filepath.Join(dir, "Sample-Reports", "TestResults.json"), &results)

	same, withheld, renamed := 0, 0, 0
	for _, r := range results {
		o := opinions[r.PolicyID]
		if o == nil {
			anyOf := func(id string) string { return revision.ReplaceAllString(id, "") }
			of := func(id string) bool { return anyOf(id) == anyOf(r.PolicyID) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(opinions)), of) {
				t.Errorf("%s is no policy of the pack, in no revision", r.PolicyID)
			}
			renamed++
			t.Logf("%s: the pack has another revision of it", r.PolicyID)
			continue
		}

		got := o.Verdicts[0].Outcome
		switch {
		case got == r.outcome():
			same++
		case got == finding.Undetermined && strings.Contains(o.Findings[0].Message, "not seen: "):
			withheld++
			t.Logf("%s: withheld: %s", r.PolicyID, o.Findings[0].Message)
		default:
			t.Errorf("%s: %s, CISA says %s: %+v", r.PolicyID, got, r.outcome(), o.Findings)
		}
	}
	t.Logf("%d results of CISA: %d the same, %d withheld, %d of another revision",
		len(results), same, withheld, renamed)
	if same < len(results)*9/10 {
		t.Errorf("only %d of %d are the same", same, len(results))
	}

	count := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(opinions)) {
		o := opinions[id]
		count[string(o.Verdicts[0].Outcome)]++
		if o.Error != "" {
			t.Errorf("%s: %s", id, o.Error)
		}
		if o.Verdicts[0].Outcome != finding.Undetermined {
			continue
		}

		f := o.Findings[0]
		switch {
		case strings.Contains(f.Message, "the pack does not check this"):
			count["not checked by the pack"]++
		case f.Lead:
			count["leads"]++
			if strings.HasPrefix(id, "MS.POWERBI.") {
				count["leads of PowerBI"]++
			}
		default:
			count["not seen"]++
		}
		if f.Message == "" {
			t.Errorf("%s is undetermined without a reason", id)
		}
	}
	t.Logf("%d policies: %v", len(opinions), count)
}

// TestScubaGearAblation: a key of the sample taken away makes no policy satisfied that
// was not, and leaves none satisfied that reads it.
func TestScubaGearAblation(t *testing.T) {
	dir := scubaGear(t)
	if testing.Short() {
		t.Skip("a judgement for each key of the sample")
	}

	p := scubaPack(t, dir)
	input := readExport(t, dir)
	before := judgeAll(t, p, input)
	read := map[string]bool{}
	for id := range before {
		keys, _ := p.Keys(id)
		for _, key := range keys {
			read[key] = read[key] || input[key] != nil
		}
	}
	maps.DeleteFunc(read, func(_ string, there bool) bool { return !there })

	withheld := 0
	for _, key := range slices.Sorted(maps.Keys(read)) {
		less := maps.Clone(input)
		delete(less, key)
		for id, o := range judgeAll(t, p, less) {
			if o.Verdicts[0].Outcome != finding.Satisfied {
				if before[id].Verdicts[0].Outcome == finding.Satisfied {
					withheld++
				}
				continue
			}
			if before[id].Verdicts[0].Outcome != finding.Satisfied {
				t.Errorf("without %s, %s is satisfied, which it was not", key, id)
			}
			if keys, _ := p.Keys(id); slices.Contains(keys, key) && key != "module_version" {
				t.Errorf("without %s, which it reads, %s is satisfied", key, id)
			}
		}
	}
	t.Logf("%d keys taken away one by one: %d passes withheld, none made", len(read), withheld)

	for id, o := range judgeAll(t, p, map[string]any{}) {
		if o.Verdicts[0].Outcome != finding.Undetermined {
			t.Errorf("of an empty input: %s is %s", id, o.Verdicts[0].Outcome)
		}
	}
}

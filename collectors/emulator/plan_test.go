package emulator

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/internal/effort"
)

const plan = `
limits    = true
page_size = 7
sizes     = "research"
troubles  = true

fault "a storm" {
  kind        = "throttle"
  client      = "fabrikam"
  dataset     = "entra.users"
  after       = 1
  times       = 3
  retry_after = "2.128"
}

fault "a slow service" {
  kind  = "slow"
  path  = "/arm/"
  value = "50ms"
}
`

func TestParsePlan(t *testing.T) {
	got, err := ParsePlan("plan.hcl", []byte(plan))
	want := Plan{Limits: true, PageSize: 7, Sizes: "research", Troubles: true, Faults: []Fault{
		{Name: "a storm", Kind: "throttle", Client: "fabrikam", Dataset: "entra.users", After: 1, Times: 3, RetryAfter: "2.128"},
		{Name: "a slow service", Kind: "slow", Path: "/arm/", Value: "50ms"}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}

	got, err = ParsePlan("plan.json", []byte(`[{"kind":"loop"}]`))
	if d := cmp.Diff(Plan{Faults: []Fault{{Kind: "loop"}}}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}

	for bad, says := range map[string]string{
		`limits = "perhaps"`:                       "plan.hcl:1",
		`limit = true`:                             "plan.hcl:1",
		`page_size = 1000`:                         "page_size is 1000",
		`sizes = "huge"`:                           `sizes is "huge"`,
		"fault \"x\" {\n kind = \"gremlins\"\n}":   `fault "x": kind "gremlins" is not one of`,
		"fault \"x\" {\n}":                         "plan.hcl:1",
		"fault {\n kind = \"loop\"\n}":             "plan.hcl:1",
		"fault \"x\" {\n kind = \"loop\"\n n = 1}": "plan.hcl:",
		"fault \"x\" {\n kind = \"loop\"\n dataset = \"entra.user\"\n}":          `dataset "entra.user"`,
		"fault \"x\" {\n kind = \"loop\"\n}\nfault \"x\" {\n kind = \"loop\"\n}": `two faults "x"`,
		"fault \"x\" {": "plan.hcl:1",
	} {
		if _, err := ParsePlan("lab/plan.hcl", []byte(bad)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", bad, err, says)
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add([]byte(plan))
	f.Add([]byte("fault \"x\" {\n kind = \"loop\"\n}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePlan("plan.hcl", data)
		if err == nil && p.check() != nil {
			t.Errorf("accepted: %+v", p)
		}
	})
}

// TestEveryKindIsTold: the package comment and the page for users list each kind of fault,
// and the page's plan is one.
func TestEveryKindIsTold(t *testing.T) {
	effort.WithoutRace(t)
	doc, page := readFile(t, "doc.go"), readFile(t, "../../docs/emulator.md")
	_, example, _ := strings.Cut(page, "```hcl\n")
	example, _, _ = strings.Cut(example, "```")
	if p, err := ParsePlan("emulator.md", []byte(example)); err != nil || !p.Limits || len(p.Faults) != 1 {
		t.Errorf("the page's plan: %+v %v", p, err)
	}

	for kind := range faultKinds {
		if !strings.Contains(page, "\n| `"+kind+"` |") {
			t.Errorf("docs/emulator.md does not say what %s does", kind)
		}
		if !strings.Contains(doc, "\n//\t"+kind+" ") {
			t.Errorf("doc.go does not say what %s does", kind)
		}
	}
}

package fleetfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
)

// TestAzureOfTheMSP: what must be visible in the MSP's own tenant has the grammar
// of a client's, and claims its subscriptions.
func TestAzureOfTheMSP(t *testing.T) {
	const sub = "dddddddd-0000-4000-8000-000000000001"
	msp := func(block string) string {
		return strings.TrimSuffix(mspBlock, "}\n") + block + "\n}\n"
	}
	const client = `
client "c" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000002"
  azure {
    subscriptions = ["` + sub + `"]
  }
}
`
	subscriptions := func(id string) string { return "azure {\n subscriptions = [\"" + id + "\"]\n}" }

	for _, tc := range []struct {
		src, problem string
		want         *intent.Azure
	}{
		{msp(""), "", nil},
		{msp("azure {\n none = true\n}"), "", &intent.Azure{None: true}},
		{msp(subscriptions(strings.ToUpper(sub))), "", &intent.Azure{Subscriptions: []string{sub}}},
		{msp("azure {\n}"), "Missing attribute", nil},
		{msp("azure {\n regions = []\n none = true\n}"), "regions", nil},
		{msp(subscriptions(sub)) + client, sub, nil},
	} {
		path := filepath.Join(t.TempDir(), "fleet.hcl")
		if err := os.WriteFile(path, []byte(tc.src), 0o600); err != nil {
			t.Fatal(err)
		}

		f, problems := Load(path)
		wantsProblem := tc.problem != ""
		if problems.HasErrors() != wantsProblem || wantsProblem && !strings.Contains(problems.Error(), tc.problem) {
			t.Errorf("%s: %v", tc.src, problems)
		}

		if d := cmp.Diff(tc.want, f.MSP.Azure); tc.problem == "" && d != "" {
			t.Errorf("%s: %s", tc.src, d)
		}
	}
}

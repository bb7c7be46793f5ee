package trial

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
)

const policy = `# METADATA
# title: Vaults are protected
# custom:
#   id: AC-K-01
#   severity: high
#   params:
#     least: {type: integer, default: 90, description: days}
package acme.keys.protected

subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	print("asked about", v.location)
	v.properties.enablePurgeProtection == true
	v.properties.softDeleteRetentionInDays >= input.params.least
	count([l | some l in input.azure.locations]) >= 0
}

fail contains {"subject": v._subject, "message": "off"} if {
	some v in input.keyvault.vaults
	v.properties.enablePurgeProtection == false
}
`

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func try(t *testing.T, text string) (engine.Trial, *engine.Engine) {
	t.Helper()
	e, err := engine.Load(fstest.MapFS{"p.rego": {Data: []byte(policy)}})
	if err != nil {
		t.Fatal(err)
	}

	d, err := Read([]byte(text), Base{Client: Nobody(), AsOf: at})
	if err != nil {
		t.Fatal(err)
	}

	result, err := e.TryDocument(context.Background(), "ac-k-01", d)
	if err != nil {
		t.Fatal(err)
	}
	return result, e
}

const vault = `{"_id": "v", "location": "here",
	"properties": {"enablePurgeProtection": true, "softDeleteRetentionInDays": 90}}`

// TestTry: a dataset that is not there is missing, one that is there is all that there
// is, unless the document says otherwise.
func TestTry(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"all there":            {`{"keyvault": {"vaults": [` + vault + `]}, "azure": {"locations": []}}`, "pass, satisfied"},
		"a dataset is missing": {`{"keyvault": {"vaults": [` + vault + `]}}`, "pass, undetermined: not seen: azure.locations: skipped (not in the input)"},
		"a dataset is denied": {
			`{"keyvault": {"vaults": [` + vault + `]}, "coverage": {"azure.locations": "denied"}}`,
			"pass, undetermined: not seen: azure.locations: denied, needs Azure role Reader on the subscription",
		},
		"as it is exported": {
			`{"keyvault": {"vaults": [` + vault + `]}, "azure": {"locations": []},
				"coverage": {"datasets": {"azure.locations": {"status": "partial", "reason": "cut"}}, "controls": {}}}`,
			"pass, undetermined: not seen: azure.locations: partial (cut)",
		},
		"params": {
			`{"keyvault": {"vaults": [` + vault + `]}, "azure": {"locations": []}, "params": {"least": 91, "others": 1}}`,
			"neither, undetermined",
		},
		"a violation beside what is missing": {
			`{"keyvault": {"vaults": [` + strings.Replace(vault, "true", "false", 1) + `]}}`, "fail, not-satisfied: off",
		},
		"an id of the API": {
			`{"keyvault": {"vaults": [` + strings.Replace(vault, `"_id": "v"`, `"id": "/subscriptions/S/x"`, 1) + `]}, "azure": {"locations": []}}`,
			"pass, satisfied",
		},
	} {
		result, _ := try(t, c.text)
		if len(result.Opinion.Verdicts) != 1 {
			t.Errorf("%s: %v", name, result.Opinion.Verdicts)
			continue
		}

		v := result.Opinion.Verdicts[0]
		got := result.Said[v.Subject] + ", " + string(v.Outcome)
		if len(result.Opinion.Findings) > 0 {
			got += ": " + result.Opinion.Findings[0].Message
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestPrint: what the policy prints, with its place.
func TestPrint(t *testing.T) {
	result, e := try(t, `{"keyvault": {"vaults": [`+vault+`]}}`)
	var printed bytes.Buffer
	if err := Print(context.Background(), &printed, e, result.Control, result.Input); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("p.rego:14: asked about here\n", printed.String()); diff != "" {
		t.Error(diff)
	}
}

// TestReadRefuses: what cannot be meant is said, with what was perhaps meant.
func TestReadRefuses(t *testing.T) {
	for text, problem := range map[string]string{
		`[]`:                            "",
		`{"a": 1, "a": 2}`:              "",
		`{"keyvolt": {}}`:               `"keyvolt" is no part of the input: do you mean "keyvault"?`,
		`{"keyvault": {"vualts": []}}`:  `"keyvault.vualts" is no dataset: do you mean "keyvault.vaults"?`,
		`{"keyvault": []}`:              "keyvault: it is no object",
		`{"keyvault": {"vaults": {}}}`:  "keyvault.vaults: it is no list",
		`{"keyvault": {"vaults": [1]}}`: "keyvault.vaults[0]: it is no object",
		`{"keyvault": {"vaults": [{"_id": "a"}, {"_id": "a"}]}}`: `keyvault.vaults: two documents have the id "a"`,
		`{"as_of": "yesterday"}`:                                 "as_of is not a time",
		`{"client": {"tenantid": "x"}}`:                          `client: "tenantid" is no attribute of a client: do you mean "tenant_id"?`,
		`{"client": {"domains": 1}}`:                             "client: ",
		`{"msp": 1}`:                                             "msp: it is no object",
		`{"coverage": {"entra.uzers": "denied"}}`:                `coverage: "entra.uzers" is no dataset: do you mean "entra.users"?`,
		`{"coverage": {"entra.users": 1}}`:                       "coverage: entra.users: write",
		`{"coverage": {"entra.users": "gone"}}`:                  `status "gone"`,
		`{"coverage": {"entra.users": {"scopes": [{}]}}}`:        "status",
	} {
		_, err := Read([]byte(text), Base{Client: Nobody(), AsOf: at})
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzRead: whatever somebody writes, it is read or refused, and what is read can be
// judged.
func FuzzRead(f *testing.F) {
	f.Add(`{"keyvault": {"vaults": [` + vault + `]}, "coverage": {"azure.locations": "denied"}}`)
	f.Add(`{"client": {"fence": {"regions": ["westeurope"]}}, "params": {"least": 1}}`)
	e, err := engine.Load(fstest.MapFS{"p.rego": {Data: []byte(policy)}})
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, text string) {
		d, err := Read([]byte(text), Base{Client: Nobody(), AsOf: at})
		if err != nil {
			return
		}

		result, err := e.TryDocument(context.Background(), "AC-K-01", d)
		if err != nil {
			return
		}
		for _, v := range result.Opinion.Verdicts {
			if snapshot.SubjectDataset(v.Subject) != "keyvault.vaults" {
				t.Errorf("%s: a verdict on %s", text, v.Subject)
			}
		}
	})
}

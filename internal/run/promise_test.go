package run

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDifferences: attributes are named as in the fleet file; what is promised
// to nobody is nothing, however it is written.
func TestDifferences(t *testing.T) {
	for name, tc := range map[string]struct{ signed, fleet, want string }{
		"equal":              {`{"client": {"name": "a", "keys": {"owner": "msp", "vaults": null}}}`, `{"client": {"name": "a", "keys": {"vaults": null, "owner": "msp"}, "name": "a"}}`, `[]`},
		"an attribute":       {`{"client": {"name": "a", "keys": {"owner": "msp"}}}`, `{"client": {"name": "a", "keys": {"owner": "client"}}}`, `[{"attribute": "keys.owner", "signed": "msp", "fleet_file": "client"}]`},
		"one not promised":   {`{"client": {"name": "a", "keys": {"owner": null}}}`, `{"client": {"name": "a", "keys": {"owner": "client"}}}`, `[{"attribute": "keys", "signed": null, "fleet_file": {"owner": "client"}}]`},
		"a block":            {`{"client": {"name": "a", "fence": null}}`, `{"client": {"name": "a", "fence": {"regions": ["westeurope"]}}}`, `[{"attribute": "fence", "signed": null, "fleet_file": {"regions": ["westeurope"]}}]`},
		"an empty block":     {`{"client": {"name": "a", "azure": {"none": null}}}`, `{"client": {"name": "a", "azure": null}}`, `[]`},
		"nothing, or none":   {`{"client": {"name": "a", "azure": {"subscriptions": []}}}`, `{"client": {"name": "a", "azure": {"subscriptions": null, "none": false}}}`, `[{"attribute": "azure.none", "signed": null, "fleet_file": false}, {"attribute": "azure.subscriptions", "signed": [], "fleet_file": null}]`},
		"a parameter":        {`{"client": {"name": "a", "params": {"RF-T-08": {"x": 1}}}}`, `{"client": {"name": "a", "params": {"RF-T-08": {"x": 2}}}}`, `[{"attribute": "params.RF-T-08.x", "signed": 1, "fleet_file": 2}]`},
		"an added exception": {`{"exceptions": [{"name": "old", "control": "RF-K-02"}]}`, `{"exceptions": []}`, `[{"attribute": "exception.old", "signed": {"name": "old", "control": "RF-K-02"}, "fleet_file": null}]`},
		"a longer exception": {`{"exceptions": [{"name": "old", "expires": "2027-01-01"}]}`, `{"exceptions": [{"name": "old", "expires": "2026-01-01"}]}`, `[{"attribute": "exception.old.expires", "signed": "2027-01-01", "fleet_file": "2026-01-01"}]`},
		"a partner":          {`{"client": {"name": "a", "partners": [{"name": "p", "allow": ["b2b", "sync"]}]}}`, `{"client": {"name": "a", "partners": [{"name": "p", "allow": ["b2b"]}]}}`, `[{"attribute": "partner.p.allow", "signed": ["b2b", "sync"], "fleet_file": ["b2b"]}]`},
		"no partners at all": {`{"client": {"name": "a", "partners": null}}`, `{"client": {"name": "a", "partners": [{"name": "p"}]}}`, `[{"attribute": "partners", "signed": null, "fleet_file": [{"name": "p"}]}]`},
		"the fleet's client": {`{"clients": [{"name": "a", "state": "onboarding"}]}`, `{"clients": [{"name": "a", "state": "live"}]}`, `[{"attribute": "client.a.state", "signed": "onboarding", "fleet_file": "live"}]`},
		"the MSP":            {`{"msp": {"domains": ["a", "b"]}}`, `{"msp": {"domains": ["a"]}}`, `[{"attribute": "msp.domains", "signed": ["a", "b"], "fleet_file": ["a"]}]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := differences([]byte(tc.signed), []byte(tc.fleet))
			if err != nil {
				t.Fatal(err)
			}

			data, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}

			var a, b any
			if err := json.Unmarshal(data, &a); err != nil {
				t.Fatal(err)
			}

			if err := json.Unmarshal([]byte(tc.want), &b); err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(b, a); diff != "" {
				t.Error(diff)
			}
		})
	}
}

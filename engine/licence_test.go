package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

const eligibility = `
subjects contains e._subject if some e in input.entra.role_eligibility

pass contains e._subject if {
	some e in input.entra.role_eligibility
	e.principalId == "x"
}
`

// TestLicenceNeedsTwoProofs: that the API says "no licence" is not enough; the
// subscribed SKUs of the same snapshot have to show that there is none.
func TestLicenceNeedsTwoProofs(t *testing.T) {
	sku := func(plan, status string) string {
		return `{"id":"t_s","skuId":"s","skuPartNumber":"P","capabilityStatus":"` + status + `","prepaidUnits":{"enabled":5},"servicePlans":[{"servicePlanId":"i","servicePlanName":"` + plan + `","provisioningStatus":"Success"}]}`
	}
	denied := data(t, snapshot.SKUDataset, map[string][]string{})
	denied.Documents, denied.Coverage = nil, snapshot.Coverage{Status: snapshot.Denied}

	skus := func(body string) *snapshot.Dataset {
		d := data(t, snapshot.SKUDataset, map[string][]string{"": {body}})
		return &d
	}

	for name, tc := range map[string]struct {
		skus *snapshot.Dataset
		want finding.Outcome
	}{
		"none has it":        {skus(sku("EXCHANGE_S_STANDARD", "Enabled")), finding.NotApplicable},
		"one has it":         {skus(sku("AAD_PREMIUM_P2", "Enabled")), finding.Undetermined},
		"one had it":         {skus(sku("AAD_PREMIUM_P2", "Suspended")), finding.NotApplicable},
		"they are unread":    {&denied, finding.Undetermined},
		"they are not there": {nil, finding.Undetermined},
	} {
		t.Run(name, func(t *testing.T) {
			unlicensed := snapshot.Dataset{Name: "entra.role_eligibility", Coverage: snapshot.Coverage{
				Status: snapshot.NotLicensed, EndedAt: "2026-11-23T11:59:30Z", StartedAt: "2026-11-23T11:59:00Z"}}
			datasets := []snapshot.Dataset{unlicensed, other(t)}

			if tc.skus != nil {
				datasets = append(datasets, *tc.skus)
			}

			got := verdicts(t, pack(t, eligibility), seal(t, datasets...), promise(), "RF-Z-01")
			if diff := cmp.Diff(tc.want, got["="]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

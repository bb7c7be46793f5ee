package snapshot

import (
	"testing"
)

// TestServicePlans: which SKUs give the plan P2. Only a proven lack is one.
func TestServicePlans(t *testing.T) {
	need := &WithoutLicence{Plans: []string{"aad_premium_p2"}}
	for name, tc := range map[string]struct {
		sku     string
		lacking bool
	}{
		"enabled":           {`{"capabilityStatus":"Enabled","prepaidUnits":{"enabled":7},PLANS}`, false},
		"in days of grace":  {`{"capabilityStatus":"Warning","prepaidUnits":{"enabled":0,"warning":7},PLANS}`, false},
		"nothing known":     {`{PLANS}`, false},
		"suspended":         {`{"capabilityStatus":"Suspended","prepaidUnits":{"enabled":7},PLANS}`, true},
		"deleted":           {`{"capabilityStatus":"Deleted","prepaidUnits":{"enabled":7},PLANS}`, true},
		"no units":          {`{"prepaidUnits":{"enabled":0},PLANS}`, true},
		"no units in grace": {`{"prepaidUnits":{"enabled":0,"warning":0},PLANS}`, true},
		"a plan switched off": {
			`{"servicePlans":[{"servicePlanName":"AAD_PREMIUM_P2","provisioningStatus":"Disabled"}]}`, true,
		},
		"another plan": {`{"servicePlans":[{"servicePlanName":"EXCHANGE"}]}`, true},
	} {
		const plans = `"servicePlans":[{"servicePlanName":"AAD_Premium_P2","provisioningStatus":"Success"}]`
		spec := parsed(t, replacing("PLANS", plans)(tc.sku))
		if got := need.Lacking(ServicePlans([]Document{{Spec: spec}})); got != tc.lacking {
			t.Errorf("%s: %v", name, got)
		}
	}

	if (&WithoutLicence{}).Lacking(nil) {
		t.Error("a dataset that needs no plan")
	}
}

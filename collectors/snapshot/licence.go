package snapshot

import (
	"encoding/json"
	"slices"
	"strings"
)

// SKUDataset holds the licences of a tenant: the second proof wherever an API
// says that one is missing.
const SKUDataset = "entra.subscribed_skus"

// ServicePlans are the service plans that a tenant may use, in upper case, from
// the documents of its subscribed SKUs. What is not known to have lapsed counts:
// only a proven lack is a proof.
//
// Example: an API answers "needs a Premium license", and the SKUs that were read say
// that AAD_PREMIUM is enabled. Then the answer is not believed.
func ServicePlans(skus []Document) map[string]bool {
	plans := map[string]bool{}
	for _, d := range skus {
		if hasLapsed(d.Spec) {
			continue
		}
		list, _ := d.Spec["servicePlans"].([]any)
		for _, item := range list {
			plan, _ := item.(map[string]any)
			name, _ := plan["servicePlanName"].(string)
			if plan["provisioningStatus"] != "Disabled" {
				plans[strings.ToUpper(name)] = true
			}
		}
	}
	return plans
}

// hasLapsed: the subscription is cancelled, suspended or locked out, or has no
// units that are enabled or in their days of grace
// (https://learn.microsoft.com/graph/api/resources/subscribedsku).
func hasLapsed(sku map[string]any) bool {
	switch sku["capabilityStatus"] {
	case "Suspended", "Deleted", "LockedOut":
		return true
	}

	units, _ := sku["prepaidUnits"].(map[string]any)
	zero := json.Number("0")
	return units["enabled"] == zero && (units["warning"] == zero || units["warning"] == nil)
}

// Lacking reports whether none of the plans that a dataset needs is among
// plans.
func (w *WithoutLicence) Lacking(plans map[string]bool) bool {
	has := func(plan string) bool { return plans[strings.ToUpper(plan)] }
	return len(w.Plans) > 0 && !slices.ContainsFunc(w.Plans, has)
}

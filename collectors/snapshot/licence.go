package snapshot

import (
	"encoding/json"
	"strings"
)

// SKUDataset holds the licences of a tenant: the second proof wherever an API
// says that one is missing.
const SKUDataset = "entra.subscribed_skus"

// ServicePlans are the service plans that a tenant may use, in upper case, from
// the documents of its subscribed SKUs. What is not known to have lapsed counts:
// only a proven lack is a proof.
func ServicePlans(skus []Document) map[string]bool {
	plans := map[string]bool{}
	for _, d := range skus {
		list, _ := d.Spec["servicePlans"].([]any)
		for _, item := range list {
			plan, _ := item.(map[string]any)
			name, _ := plan["servicePlanName"].(string)
			if !lapsed(d.Spec) && plan["provisioningStatus"] != "Disabled" {
				plans[strings.ToUpper(name)] = true
			}
		}
	}

	return plans
}

// lapsed: the subscription is cancelled, suspended or locked out, or has no
// units that are enabled or in their days of grace
// (https://learn.microsoft.com/graph/api/resources/subscribedsku).
func lapsed(sku map[string]any) bool {
	switch sku["capabilityStatus"] {
	case "Suspended", "Deleted", "LockedOut":
		return true
	}

	units, _ := sku["prepaidUnits"].(map[string]any)
	none := func(v any) bool { return v == json.Number("0") || v == nil }
	return units["enabled"] == json.Number("0") && none(units["warning"])
}

// Lacking reports whether none of the plans that a dataset needs is among
// plans.
func (w *WithoutLicence) Lacking(plans map[string]bool) bool {
	for _, p := range w.Plans {
		if plans[strings.ToUpper(p)] {
			return false
		}
	}
	return len(w.Plans) > 0
}

package collectors

import (
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// licences makes a failed dataset "not_licensed" where there are two proofs:
// the API says so, and no subscribed SKU has one of the plans. Either alone is
// not enough: the API also says so at random, or where a permission is missing
// (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3581).
func licences(units []Unit, all []snapshot.Dataset) {
	plans, known := subscribedPlans(all)
	if !known {
		return
	}
	for i, u := range units {
		c, need := &all[i].Coverage, u.Schema.WithoutLicence
		failed := c.Status == snapshot.Failed || c.Status == snapshot.Denied
		if need == nil || len(need.Plans) == 0 || !failed || !licenceError(c.Evidence) {
			continue
		}
		if slices.ContainsFunc(need.Plans, func(p string) bool { return plans[strings.ToUpper(p)] }) {
			continue
		}
		e := *c.Evidence
		e.Message += " (no subscribed SKU has " + strings.Join(need.Plans, " or ") + ")"
		c.Status, c.Evidence = snapshot.NotLicensed, &e
	}
}

// subscribedPlans are the service plans of every SKU that is not deleted, with
// no regard to suspension: whoever has one, even locked out, is not "without".
func subscribedPlans(all []snapshot.Dataset) (plans map[string]bool, known bool) {
	i := slices.IndexFunc(all, func(d snapshot.Dataset) bool { return d.Name == subscribedSKUs })
	if i < 0 || all[i].Coverage.Status != snapshot.Complete {
		return nil, false
	}
	plans = map[string]bool{}
	for _, d := range all[i].Documents {
		list, _ := d.Spec["servicePlans"].([]any)
		for _, item := range list {
			plan, _ := item.(map[string]any)
			name, _ := plan["servicePlanName"].(string)
			if d.Spec["capabilityStatus"] != "Deleted" {
				plans[strings.ToUpper(name)] = true
			}
		}
	}
	return plans, true
}

// licenceError: what the APIs answer where a licence is missing.
func licenceError(e *snapshot.Evidence) bool {
	if e == nil {
		return false
	}
	switch e.Code {
	case "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "AadPremiumLicenseRequired", "NoLicense":
		return true
	}
	return e.Code == "BadRequest" && strings.HasPrefix(e.Message, "Request not applicable to target tenant")
}

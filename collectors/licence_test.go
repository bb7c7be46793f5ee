package collectors

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

// TestLicences: "not_licensed" takes both proofs. The dataset is made up.
func TestLicences(t *testing.T) {
	needed := &snapshot.WithoutLicence{Means: "empty", Plans: []string{"AAD_PREMIUM_P2"}}
	u := Unit{Schema: &snapshot.Schema{Dataset: "entra.eligibility", WithoutLicence: needed}, api: graphAPI}
	skuOf := func(status, units, provisioning string, plans ...string) snapshot.Document {
		var list []any
		for _, p := range plans {
			list = append(list, object{"servicePlanName": p, "provisioningStatus": provisioning})
		}

		spec := object{"capabilityStatus": status, "servicePlans": list}

		if enabled, warning, ok := strings.Cut(units, "+"); ok {
			spec["prepaidUnits"] = object{"enabled": json.Number(enabled), "warning": json.Number(warning)}
		}

		return snapshot.Document{ID: strings.Join(plans, ""), Spec: spec}
	}

	skuWith := func(status string, plans ...string) snapshot.Document {
		return skuOf(status, "5+0", "Success", plans...)
	}
	says := &snapshot.Evidence{HTTPStatus: 403, Code: "AadPremiumLicenseRequired"}
	contradicted := []string{"the plan is there", "in the days of grace", "units not known", "the plan is not set up yet",
		"the plan is there, 400"}
	for _, tc := range []struct {
		name     string
		status   snapshot.Status
		evidence *snapshot.Evidence
		skus     snapshot.Status
		sku      snapshot.Document
		want     snapshot.Status
	}{
		{"both proofs", snapshot.Denied, says, snapshot.Complete, skuWith("Enabled", "AAD_PREMIUM"), snapshot.NotLicensed},
		{"Intune's own words", snapshot.Failed, &snapshot.Evidence{HTTPStatus: 400, Code: "BadRequest", Message: "Request not applicable to target tenant."},
			snapshot.Complete, skuWith("Enabled"), snapshot.NotLicensed},
		{"a deleted plan", snapshot.Denied, says, snapshot.Complete, skuWith("Deleted", "AAD_PREMIUM_P2"), snapshot.NotLicensed},
		{"the plan is there", snapshot.Denied, says, snapshot.Complete, skuWith("Enabled", "aad_premium_p2"), snapshot.Denied},
		{"the SKU is suspended", snapshot.Denied, says, snapshot.Complete, skuWith("Suspended", "AAD_PREMIUM_P2"), snapshot.NotLicensed},
		{"the SKU is locked out", snapshot.Denied, says, snapshot.Complete, skuWith("LockedOut", "AAD_PREMIUM_P2"), snapshot.NotLicensed},
		{"in the days of grace", snapshot.Denied, says, snapshot.Complete, skuOf("Warning", "0+5", "Success", "AAD_PREMIUM_P2"), snapshot.Denied},
		{"no units", snapshot.Denied, says, snapshot.Complete, skuOf("Enabled", "0+0", "Success", "AAD_PREMIUM_P2"), snapshot.NotLicensed},
		{"units not known", snapshot.Denied, says, snapshot.Complete, skuOf("Enabled", "", "Success", "AAD_PREMIUM_P2"), snapshot.Denied},
		{"the plan is disabled", snapshot.Denied, says, snapshot.Complete, skuOf("Enabled", "5+0", "Disabled", "AAD_PREMIUM_P2"), snapshot.NotLicensed},
		{"the plan is not set up yet", snapshot.Denied, says, snapshot.Complete, skuOf("Enabled", "5+0", "PendingInput", "AAD_PREMIUM_P2"), snapshot.Denied},
		{"the plan is there, 400", snapshot.Failed, &snapshot.Evidence{HTTPStatus: 400, Code: "AadPremiumLicenseRequired"}, snapshot.Complete,
			skuWith("Enabled", "AAD_PREMIUM_P2"), snapshot.Failed},
		{"SKUs denied, 400", snapshot.Failed, &snapshot.Evidence{HTTPStatus: 400, Code: "AadPremiumLicenseRequired"}, snapshot.Denied, snapshot.Document{}, snapshot.Denied},
		{"a server that fails", snapshot.Failed, &snapshot.Evidence{HTTPStatus: 500, Code: "AadPremiumLicenseRequired"}, snapshot.Complete, skuWith("Enabled"), snapshot.Failed},
		{"SKUs half read", snapshot.Denied, says, snapshot.Partial, skuWith("Enabled"), snapshot.Denied},
		{"SKUs denied", snapshot.Denied, says, snapshot.Denied, snapshot.Document{}, snapshot.Denied},
		{"another error", snapshot.Denied, &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"}, snapshot.Complete, skuWith("Enabled"), snapshot.Denied},
		{"another bad request", snapshot.Failed, &snapshot.Evidence{HTTPStatus: 400, Code: "BadRequest", Message: "no"}, snapshot.Complete, skuWith("Enabled"), snapshot.Failed},
		{"no error", snapshot.Complete, nil, snapshot.Complete, skuWith("Enabled"), snapshot.Complete},
		{"throttled", snapshot.Throttled, says, snapshot.Complete, skuWith("Enabled"), snapshot.Throttled},
	} {
		units := []Unit{{Schema: schema(snapshot.SKUDataset)}, u}
		all := []snapshot.Dataset{
			{Name: snapshot.SKUDataset, Documents: []snapshot.Document{tc.sku}, Coverage: snapshot.Coverage{Status: tc.skus}},
			{Name: u.Schema.Dataset, Coverage: snapshot.Coverage{Status: tc.status, Evidence: tc.evidence}},
		}

		madeUp(units, u).licences(all)

		if got := all[1].Coverage; got.Status != tc.want || tc.want == snapshot.NotLicensed && !strings.Contains(got.Evidence.Message, "AAD_PREMIUM_P2") {
			t.Errorf("%s: %+v", tc.name, got)
		}

		isContradicted := all[1].Coverage.Evidence != nil && all[1].Coverage.Evidence.Code == snapshot.LicenceContradicted
		if want := slices.Contains(contradicted, tc.name); isContradicted != want {
			t.Errorf("%s: contradicted %t, want %t", tc.name, isContradicted, want)
		}
	}

	denied := &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"}
	for want, scopes := range map[snapshot.Status][]snapshot.Scope{
		snapshot.NotLicensed: {{Scope: "a", Status: snapshot.Denied, Evidence: says}, {Scope: "b", Status: snapshot.Denied, Evidence: says}},
		snapshot.Denied:      {{Scope: "a", Status: snapshot.Denied, Evidence: says}, {Scope: "b", Status: snapshot.Denied, Evidence: denied}},
	} {
		all := []snapshot.Dataset{
			{Name: snapshot.SKUDataset, Documents: []snapshot.Document{skuWith("Enabled")}, Coverage: snapshot.Coverage{Status: snapshot.Complete}},
			{Name: u.Schema.Dataset, Coverage: snapshot.Coverage{Status: snapshot.Denied, Evidence: says, Scopes: scopes}},
		}
		madeUp([]Unit{{Schema: schema(snapshot.SKUDataset)}, u}, u).licences(all)
		if all[1].Coverage.Status != want {
			t.Errorf("per scope: %s, want %s", all[1].Coverage.Status, want)
		}
	}

	all := []snapshot.Dataset{{Name: u.Schema.Dataset, Coverage: snapshot.Coverage{Status: snapshot.Denied, Evidence: says}}}
	madeUp([]Unit{u}, u).licences(all)
	if all[0].Coverage.Status != snapshot.Denied {
		t.Error("licensed without any SKUs")
	}
}

// madeUp is the material of some units, of which one was asked for.
func madeUp(units []Unit, asked Unit) material {
	m := newMaterial(tenant, units, snapshot.Promise{}, nil)
	m.keep(asked.newReading("", nil))
	return m
}

// TestLicenceOfAParent: the words for a missing licence are about what was asked for. Where a
// list fails with them that needs none, what is read at its documents was not asked; where the
// parent is without a licence, so is what would be below it.
func TestLicenceOfAParent(t *testing.T) {
	says := fail(400, "AadPremiumLicenseRequired", "no licence")
	for _, tc := range []struct {
		path, dataset string
		refuse        http.HandlerFunc
		want          snapshot.Status
	}{
		{"/arm/subscriptions", "azure.role_eligibility", says, snapshot.Failed},
		{"/graph/v1.0/groups", "entra.group_eligibility", fail(403, "AadPremiumLicenseRequired", "no licence"), snapshot.Denied},
		{"/arm" + subscriptionPath + sub1 + "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
			"azure.role_eligibility", says, snapshot.NotLicensed},
		{"/graph/v1.0/deviceManagement/roleDefinitions", "intune.role_definition_assignments",
			fail(400, "BadRequest", "Request not applicable to target tenant."), snapshot.NotLicensed},
	} {
		f := full(t, sub1)
		f.answers[tc.path] = tc.refuse
		if c := mustRun(t, f.config(sub1)).Manifest.Datasets[tc.dataset]; c.Status != tc.want {
			t.Errorf("%s fails: %s is %s (%v), want %s", tc.path, tc.dataset, c.Status, c.Evidence, tc.want)
		}
	}
}

package emulator

import (
	"slices"
	"strings"
)

// sku is a product of Microsoft's licensing reference: part number, skuId and
// the service plans in it ("<name> <servicePlanId>").
type sku struct {
	part, id  string
	plans     []string
	suspended bool // lapsed: its plans license nothing
}

// Product names and service plan identifiers for licensing, Microsoft Learn.
var (
	businessPremium = sku{part: "SPB", id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", plans: []string{
		"AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d", "INTUNE_A c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0",
		"EXCHANGE_S_STANDARD 9aaf7827-d63c-4b61-89c3-182f06f82e5c",
		"TEAMS1 57ff2da0-773e-42df-b2af-ffb7a2317929",
		"SHAREPOINTSTANDARD c7699d2e-19aa-44de-8edf-1736da088ca1",
		"OFFICE_BUSINESS 094e7854-93fc-4d55-b2c0-3ab5369ebdc1",
		"ATP_ENTERPRISE f20fedf3-f3c3-43c3-8267-2bfdd51c0939",
		"RMS_S_PREMIUM 6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "MDE_SMB bfc1bbd9-981b-4f71-9b82-17c35fd0e2a4"}}
	businessStandard = sku{part: "O365_BUSINESS_PREMIUM", id: "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
		plans: []string{"INTUNE_O365 882e1d05-acd1-4ccb-8708-6ee03664b117",
			"EXCHANGE_S_STANDARD 9aaf7827-d63c-4b61-89c3-182f06f82e5c",
			"TEAMS1 57ff2da0-773e-42df-b2af-ffb7a2317929",
			"SHAREPOINTSTANDARD c7699d2e-19aa-44de-8edf-1736da088ca1",
			"OFFICE_BUSINESS 094e7854-93fc-4d55-b2c0-3ab5369ebdc1"}}
	microsoft365E3 = sku{part: "SPE_E3", id: "05e9a617-0261-4cee-bb44-138d3ef5d965", plans: []string{
		"AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d", "INTUNE_A c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0",
		"EXCHANGE_S_ENTERPRISE efb87545-963c-4e0d-99df-69c6916d9eb0",
		"TEAMS1 57ff2da0-773e-42df-b2af-ffb7a2317929",
		"SHAREPOINTENTERPRISE 5dbe027f-2339-4123-9542-606e4d348a72",
		"OFFICESUBSCRIPTION 43de0ff5-c92c-492b-9116-175376d08c38",
		"RMS_S_PREMIUM 6c57d4b6-3b23-47a5-9bc9-69f17b4947b3",
		"WIN10_PRO_ENT_SUB 21b439ba-a0ca-424f-a6cc-52f954a5b111"}}
	microsoft365E5 = sku{part: "SPE_E5", id: "06ebc4ee-1bb5-47dd-8120-11324bc54e06", plans: append([]string{
		"AAD_PREMIUM_P2 eec0eb4f-6444-4f95-aba0-50c24d67f998",
		"RMS_S_PREMIUM2 5689bec4-755d-4753-8b61-40975025187c",
		"ADALLOM_S_STANDALONE 2e2ddb96-6af9-4b1d-a3f0-d6ecfd22edb2",
		"ATA 14ab5db5-e6c4-4b20-b4bc-13e36fd2227f",
		"WINDEFATP 871d91ec-ec1a-452b-a83f-bd76c7d770ef",
		"THREAT_INTELLIGENCE 8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
		"LOCKBOX_ENTERPRISE 9f431833-0334-42de-a7dc-70aa40db46db",
		"M365_ADVANCED_AUDITING 2f442157-a11c-46b9-ae5b-6e39ff4e5849"},
		microsoft365E3.plans...)}
	entraP2 = sku{part: "AAD_PREMIUM_P2", id: "84a661c4-e949-4bd2-a560-ed7766fcaf2b", plans: []string{
		"AAD_PREMIUM_P2 eec0eb4f-6444-4f95-aba0-50c24d67f998",
		"AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0"}, suspended: true}
	powerAutomateFree = sku{part: "FLOW_FREE", id: "f30db892-07e9-47e9-837c-80727f46fd3d", plans: []string{
		"EXCHANGE_S_FOUNDATION 113feb6c-3fe4-4440-bddc-54d774bf0318",
		"FLOW_P2_VIRAL 50e68c76-46c6-4674-81f9-75456511b170"}}
)

func (k sku) state() string {
	if k.suspended {
		return "Suspended"
	}
	return "Enabled"
}

// Service plans without which some endpoints do not answer: of Entra ID P1 and P2, of
// Intune, and of SharePoint, of which a tenant has one plan or the other.
const (
	planP1         = "AAD_PREMIUM"
	planP2         = "AAD_PREMIUM_P2"
	planIntune     = "INTUNE_A"
	planSharePoint = "SHAREPOINTSTANDARD SHAREPOINTENTERPRISE"
)

// plansOf are the names of all plans. A lapsed product's count: its services
// go on for a while.
func plansOf(skus []sku) map[string]bool {
	names := map[string]bool{}
	for _, k := range skus {
		for _, plan := range k.plans {
			names[firstField(plan)] = true
		}
	}
	return names
}

// licensed: the tenant has the plan, or one of several with spaces between them.
func (t *Tenant) licensed(plans string) bool {
	return slices.ContainsFunc(strings.Fields(plans), func(plan string) bool { return t.plans[plan] })
}

// skus by the tenant's tier: small tenants have Business Premium, or Business Standard
// without Intune and Entra ID P1 (story.office), larger ones E3 or E5. Half of all
// have the free products that users sign up for, a few a subscription that has lapsed.
func (t *Tenant) skus() []sku {
	if t.minimal || t.Label == "" { // the MSP's people activate what they may do
		return []sku{microsoft365E5}
	}

	r := t.rand("skus")
	skus := []sku{businessPremium}
	switch {
	case t.office:
		skus = []sku{businessStandard}
	case t.Size.Tier == "mid":
		skus = []sku{pick(r, []sku{businessPremium, microsoft365E3})}
	case t.Size.Tier == "large", t.Size.Tier == "xl":
		skus = []sku{microsoft365E3, microsoft365E5}
	}

	if r.IntN(2) == 0 {
		skus = append(skus, powerAutomateFree)
	}
	if r.IntN(4) == 0 {
		skus = append(skus, entraP2)
	}

	return skus
}

// subscribedSkus: https://learn.microsoft.com/graph/api/subscribedsku-list. The
// id is "<tenant>_<skuId>".
func subscribedSkus(t *Tenant, _ *subscription) (all []object) {
	for _, k := range t.skus() {
		seats := t.Size.Users + t.rand("sku "+k.part).IntN(t.Size.Users/4+2)
		units := object{"enabled": seats, "suspended": 0, "warning": 0, "lockedOut": 0}
		provisioning := "Success"

		if k.suspended {
			units["enabled"], units["suspended"] = 0, seats
			provisioning = "Disabled"
		}

		all = append(all, object{
			"accountId": t.ID, "accountName": strings.TrimSuffix(t.Domain, ".example"), "appliesTo": "User",
			"capabilityStatus": k.state(), "consumedUnits": t.Size.Users, "prepaidUnits": units,
			"id": t.ID + "_" + k.id, "skuId": k.id, "skuPartNumber": k.part,
			"servicePlans":    k.servicePlans(provisioning),
			"subscriptionIds": []any{t.guid("commerce subscription", k.part)},
		})
	}

	return all
}

func (k sku) servicePlans(provisioning string) []any {
	plans := []any{}
	for _, plan := range k.plans {
		name, id, _ := strings.Cut(plan, " ")
		appliesTo := "User"
		if name == "EXCHANGE_S_FOUNDATION" {
			appliesTo = "Company"
		}

		plans = append(plans, object{"servicePlanId": id, "servicePlanName": name,
			"provisioningStatus": provisioning, "appliesTo": appliesTo})
	}
	return plans
}

// services are those that an organization's plans name, by the beginning of a
// service plan's name.
var services = map[string]string{"AAD": "AADPremiumService", "INTUNE": "SCO", "MFA": "MultiFactorService",
	"EXCHANGE": "exchange", "TEAMS": "TeamspaceAPI", "SHAREPOINT": "SharePoint", "RMS": "RMSOnline",
	"ADALLOM": "Adallom"}

func serviceOf(plan string) string {
	for prefix, service := range services {
		if strings.HasPrefix(plan, prefix) {
			return service
		}
	}
	return "MicrosoftOffice"
}

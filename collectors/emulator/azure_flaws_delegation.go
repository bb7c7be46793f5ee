package emulator

import (
	"slices"
	"strings"
)

// pinsTenants is the built-in policy that denies Azure Lighthouse to all but some tenants:
// https://learn.microsoft.com/azure/lighthouse/concepts/recommended-security-practices.
const pinsTenants = "7a8a51a3-ad87-4def-96f3-65a1839242b6"

// pinningFlaws are those of the policy that pins to whom a subscription may be delegated.
var pinningFlaws = []flaw{
	{name: "no policy pins the managing tenants", area: subscriptionRules, breaks: "RF-M-09", clients: "fabrikam",
		apply: func(s *site) {
			s.unpin()
			s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0])
		}},
	{name: "the managing tenants are only audited", area: subscriptionRules, breaks: "RF-M-09", clients: "woodgrove",
		apply: func(s *site) {
			s.unpin()
			audits := "76bed37b-484f-430f-a009-fd7592dff818"
			s.put(s.rules(), s.policyAssignment(s.sub.path(""), "audit-lighthouse", audits, object{}))
			s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0])
		}},
	{name: "the policy that pins managing tenants is not enforced", area: subscriptionRules, breaks: "RF-M-09",
		clients: "trey-research",
		apply:   func(s *site) { s.weaken(object{"enforcementMode": "DoNotEnforce"}) }},
	{name: "the policy allows an undeclared managing tenant", area: subscriptionRules, breaks: "RF-M-09",
		clients: "adventure-works",
		apply: func(s *site) {
			s.weaken(object{"parameters": object{"listOfAllowedTenants": object{
				"value": []any{mspID(s.seed), s.undeclared()}}}})
		}},
	{name: "the policy leaves a resource group out", area: subscriptionRules, breaks: "RF-M-09", clients: "woodgrove",
		apply: func(s *site) {
			s.unpin()
			s.weaken(object{"notScopes": []any{s.sub.path("/resourceGroups/RG-Data")}})
		}},
	{name: "a subscription is exempted from the policy", area: subscriptionRules, breaks: "RF-M-09",
		clients: "trey-research",
		apply: func(s *site) {
			s.exemptFromPin(nil)
			s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0])
		}},
	{name: "an exemption from the policy has ended", area: subscriptionRules, clients: "contoso tailspin",
		apply: func(s *site) { s.exemptFromPin("2026-01-31T00:00:00.0000000Z") }},
	{name: "the policy leaves another subscription out", area: subscriptionRules, clients: "contoso lucerne",
		apply: func(s *site) {
			s.pin()["properties"].(object)["notScopes"] = []any{"/subscriptions/" + s.guid("another subscription")}
		}},
	{name: "an initiative may pin the managing tenants", area: subscriptionRules, clients: "lucerne",
		apply: func(s *site) {
			s.unpin()
			o := s.policyAssignment(s.sub.path(""), "landing-zone", "", object{})
			o["properties"].(object)["policyDefinitionId"] = s.sub.path(authorizationAt) +
				"/policySetDefinitions/landing-zone"
			s.put(s.rules(), o)
		}},
}

// rules is where the policy assignments of the subscription are listed.
func (s *site) rules() string { return "/arm" + s.sub.path(authorizationAt+"/policyAssignments") }

// isPin tells the assignment of the policy that pins tenants.
func isPin(o object) bool {
	return strings.HasSuffix(o["properties"].(object)["policyDefinitionId"].(string), pinsTenants)
}

// pin is the assignment of the policy at the subscription, or one that is made for it.
func (s *site) pin() object {
	all := s.at(s.rules())
	if i := slices.IndexFunc(all, isPin); i >= 0 {
		return all[i]
	}

	o := s.policyAssignment(s.sub.path(""), "lighthouse-tenants", pinsTenants, object{
		"listOfAllowedTenants": object{"value": []any{mspID(s.seed)}}})
	s.put(s.rules(), o)
	return o
}

// unpin takes the policy away from the subscription.
func (s *site) unpin() {
	key := strings.ToLower(s.rules())
	s.data[key] = slices.DeleteFunc(s.data[key], isPin)
}

// weaken changes the policy's assignment, so that it is no protection any more.
func (s *site) weaken(properties object) {
	o := s.pin()
	o["properties"] = with(o["properties"].(object), properties)
	s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0])
}

// exemptFromPin exempts the subscription from the policy until a time, nil for ever.
func (s *site) exemptFromPin(until any) {
	o := s.policyExemption(s.sub, s.pin()["id"].(string), "2027-02-28T00:00:00.0000000Z")
	name := "no-pin"
	o["id"], o["name"] = s.sub.path(authorizationAt+"/policyExemptions/"+name), name
	o["properties"].(object)["expiresOn"] = until
	s.put("/arm"+s.sub.path(authorizationAt+"/policyExemptions"), o)
}

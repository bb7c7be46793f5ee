package emulator

import "slices"

// placeFlaws are about where people sign in from, and where their data shall be.
var placeFlaws = []flaw{
	// Who is blocked from outside the allowed countries.
	{name: "the policy against sign-ins from abroad only reports", area: roles, breaks: "RF-G-08",
		clients: "fabrikam",
		apply:   func(s *site) { s.openCountries()["state"] = "enabledForReportingButNotEnforced" }},
	{name: "service providers may sign in from abroad", area: roles, breaks: "RF-G-08", clients: "woodgrove",
		apply: func(s *site) {
			s.targetsOf(s.openCountries())["excludeGuestsOrExternalUsers"] = object{
				"guestOrExternalUserTypes": "serviceProvider", "externalTenants": object{
					"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}}
		}},
	{name: "a member may sign in from abroad", area: roles, breaks: "RF-G-08", clients: "trey-research",
		apply: func(s *site) {
			s.targetsOf(s.openCountries())["excludeUsers"] = []any{s.dir.members[0]}
		}},
	{name: "a group of people may sign in from abroad", area: roles, breaks: "RF-G-08", clients: "fabrikam",
		apply: func(s *site) {
			travellers := s.addGroup("travellers", "Travellers", "security", s.dir.members[:1], nil)
			s.targetsOf(s.openCountries())["excludeGroups"] = []any{travellers}
		}},
	{name: "sign-ins from a country outside the fence are let in", area: roles, breaks: "RF-G-08",
		clients: "woodgrove",
		apply: func(s *site) {
			s.openCountries()
			s.countryList()["countriesAndRegions"] = []any{fenceOf(s.fence).country, "JP"}
		}},
	{name: "sign-ins from unknown countries are let in", area: roles, breaks: "RF-G-08",
		clients: "trey-research",
		apply: func(s *site) {
			s.openCountries()
			s.countryList()["includeUnknownCountriesAndRegions"] = true
		}},
	{name: "an office's network is left out of the block", area: roles, clients: "lucerne",
		apply: func(s *site) {
			places := s.abroad()["conditions"].(object)["locations"].(object)
			places["excludeLocations"] = append(places["excludeLocations"].([]any), s.guid("location office"))
		}},
	{name: "an emergency account is left out of the block", area: roles, clients: "adventure-works",
		apply: func(s *site) {
			s.targetsOf(s.abroad())["excludeUsers"] = []any{s.addEmergencyAccounts()["id"]}
		}},

	// Where data shall be.
	{name: "a user's data shall be outside the fence", area: roles, breaks: "RF-G-02",
		clients: "fabrikam woodgrove",
		apply: func(s *site) {
			s.multiGeo()
			user := s.dir.byID[s.dir.members[0]]
			user["preferredDataLocation"] = "JPN"
			s.plant("entra.users", user)
		}},
	{name: "a group's data shall be outside the fence", area: roles, breaks: "RF-G-02",
		clients: "trey-research",
		apply: func(s *site) {
			s.multiGeo()
			group := s.at("/graph/groups")[slices.IndexFunc(s.at("/graph/groups"), isUnified)]
			group["preferredDataLocation"] = "JPN"
			s.plant("entra.groups", group)
		}},
	{name: "all data shall be in the fence", area: roles, clients: "tailspin",
		apply: func(s *site) { s.multiGeo() }},
	{name: "a user's data have no place in a Multi-Geo tenant", area: roles, clients: "adventure-works",
		apply: func(s *site) {
			s.multiGeo()
			s.dir.byID[s.dir.members[0]]["preferredDataLocation"] = nil
		}},
	{name: "a place outside means nothing without Multi-Geo", area: roles, clients: "lucerne",
		apply: func(s *site) { s.dir.byID[s.dir.members[0]]["preferredDataLocation"] = "JPN" }},
}

func isUnified(group object) bool {
	return slices.Contains(group["groupTypes"].([]any), any("Unified"))
}

// abroad is the policy that refuses sign-ins from abroad.
func (s *site) abroad() object {
	all := s.at(policiesPath)
	return all[slices.IndexFunc(all, func(o object) bool { return o["displayName"] == countryPolicy })]
}

// openCountries returns the same policy, which has a hole from now on.
func (s *site) openCountries() object {
	s.plant("entra.organization", s.organization())
	return s.abroad()
}

func (s *site) targetsOf(policy object) object {
	return policy["conditions"].(object)["users"].(object)
}

// countryList is the named location of the allowed countries.
func (s *site) countryList() object {
	all, id := s.at(locationsPath), s.guid("location countries")
	return all[slices.IndexFunc(all, func(o object) bool { return o["id"] == id })]
}

// multiGeo gives the tenant Multi-Geo, and each of its own users and teams a place in the
// fence.
func (s *site) multiGeo() {
	part := sku{part: "OFFICE365_MULTIGEO", id: "84951599-62b7-46f3-9c9d-30551b2ad607", plans: []string{
		"EXCHANGEONLINE_MULTIGEO 897d51f1-2cfa-4848-9b30-469149f5e68e",
		"SHAREPOINTONLINE_MULTIGEO 735c1d98-dd3f-4818-b4ed-c8052e18e62d",
		"TEAMSMULTIGEO 41eda15d-6b52-453b-906f-bc4a5b25a26b"}}
	s.put("/graph/subscribedSkus", with(s.at("/graph/subscribedSkus")[0], object{
		"id": s.ID + "_" + part.id, "skuId": part.id, "skuPartNumber": part.part,
		"capabilityStatus": "Enabled", "servicePlans": part.servicePlans("Success"),
		"subscriptionIds": []any{s.guid("commerce subscription", part.part)},
	}))

	home := fenceOf(s.fence).geographies[0]
	for _, user := range s.at("/graph/users") {
		if user["userType"] == "Member" {
			user["preferredDataLocation"] = home
		}
	}
	for _, group := range s.at("/graph/groups") {
		if isUnified(group) {
			group["preferredDataLocation"] = home
		}
	}
}

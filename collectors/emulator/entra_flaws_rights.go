package emulator

import "strings"

// rightFlaws are of what people may do in the tenant: as users and guests, as owners, as
// holders of roles that are none of the directory's, and with whom they may share.
var rightFlaws = []flaw{
	// What everybody may do.
	{name: "guests see what they see by default", area: policies, breaks: "RF-T-09", clients: "fabrikam",
		apply: func(s *site) { s.authorize("guestUserRoleId", "10dae51f-b6af-4016-8d66-8c2a99b929b3") }},
	{name: "users may register applications", area: policies, breaks: "RF-T-09", clients: "trey-research",
		apply: func(s *site) { s.permit("allowedToCreateApps", true) }},
	{name: "users may create tenants", area: policies, breaks: "RF-T-09", clients: "woodgrove",
		apply: func(s *site) { s.permit("allowedToCreateTenants", true) }},
	{name: "users may consent to any application", area: policies, breaks: "RF-T-09", clients: "woodgrove",
		apply: func(s *site) {
			s.permit("permissionGrantPoliciesAssigned",
				[]any{"ManagePermissionGrantsForSelf.microsoft-user-default-legacy"})
		}},
	{name: "users may consent to nothing, owners of teams may", area: policies, clients: "contoso litware",
		apply: func(s *site) {
			s.permit("permissionGrantPoliciesAssigned",
				[]any{"ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"})
		}},

	// Who is invited, and with whom files are shared.
	{name: "guests may be invited from every domain", area: policies, breaks: "RF-T-10", clients: "fabrikam",
		apply: func(s *site) {
			s.at("/graph/policies/b2bManagementPolicies")[0]["definition"] = []any{invitationsFrom()}
			s.plant("entra.authorization_policy", s.at("/graph/policies/authorizationPolicy")[0])
		}},
	{name: "nobody may invite, and no domain is listed", area: policies, clients: "tailspin",
		apply: func(s *site) {
			s.at("/graph/policies/b2bManagementPolicies")[0]["definition"] = []any{invitationsFrom()}
			s.authorize("allowInvitesFrom", "none")
		}},
	{name: "files are shared with anybody who has the link", area: workloads, breaks: "RF-T-10",
		clients: "trey-research",
		apply:   func(s *site) { s.share("externalUserAndGuestSharing", "allowList") }},
	{name: "files are shared with every domain", area: workloads, breaks: "RF-T-10", clients: "woodgrove",
		apply: func(s *site) { s.share("externalUserSharingOnly", "none") }},
	{name: "files are shared with nobody, and no domain is listed", area: workloads, clients: "contoso",
		apply: func(s *site) { s.share("disabled", "none") }},

	// Who owns what can act by itself.
	{name: "a guest owns an application", area: roles, breaks: "RF-T-12", clients: "fabrikam trey-research",
		apply: func(s *site) { s.own("/applications/"+s.registrationOf(s.dir.apps[0]), s.dir.guests[0], false) }},
	{name: "another organization's application owns one of the client's", area: roles, breaks: "RF-T-12",
		clients: "woodgrove",
		apply:   func(s *site) { s.own("/servicePrincipals/"+s.dir.apps[0], s.dir.foreignApp, true) }},
	{name: "a guest owns a group that holds a role", area: roles, breaks: "RF-T-12", clients: "trey-research",
		apply: func(s *site) { s.own("/groups/"+s.dir.roleGroup, s.dir.guests[0], false) }},
	{name: "a guest owns a group without a role", area: roles, clients: "contoso blue-yonder",
		apply: func(s *site) { s.own("/groups/"+s.guid("group", "empty"), s.dir.guests[0], false) }},
	{name: "the service provider's application owns one of the client's", area: roles, clients: "lucerne",
		apply: func(s *site) { s.own("/servicePrincipals/"+s.dir.apps[0], s.dir.providerApp, true) }},

	// Whose tokens applications take.
	{name: "an application takes tokens of another tenant", area: roles, breaks: "RF-T-13", clients: "woodgrove",
		apply: func(s *site) { s.takeTokens(s.undeclared()) }},
	{name: "an application takes tokens of the service provider", area: roles, clients: "contoso",
		apply: func(s *site) { s.takeTokens(mspID(s.seed)) }},

	// Who holds roles that are none of the directory's.
	{name: "a guest is in a group that holds a role of Intune", area: workloads, breaks: "RF-T-15",
		clients: "fabrikam",
		apply: func(s *site) {
			s.plant("intune.role_assignments", s.assignDeviceRole(deviceRoles[2], s.visitors(), "allDevices"))
		}},
	{name: "a guest holds a role of Defender", area: workloads, breaks: "RF-T-15", clients: "woodgrove",
		apply: func(s *site) {
			o := s.defenderRole("Guest operators", s.dir.members[0], s.dir.guests[0])
			s.put(defenderRolesPath, o)
			s.plant("defender.role_assignments", o)
		}},
	{name: "an empty group holds a role of Intune", area: workloads, clients: "contoso tailspin",
		apply: func(s *site) { s.assignDeviceRole(deviceRoles[2], s.guid("group", "empty"), "allDevices") }},

	// Who may carry a subscription away.
	{name: "subscriptions may be moved out of the tenant", area: custody, breaks: "RF-T-14", clients: "fabrikam",
		apply: func(s *site) { s.permitMoves("blockSubscriptionsLeavingTenant") }},
	{name: "subscriptions may be moved into the tenant", area: custody, breaks: "RF-T-14", clients: "woodgrove",
		apply: func(s *site) { s.permitMoves("blockSubscriptionsIntoTenant") }},
	{name: "a guest holds a role at a subscription", area: custody, breaks: "RF-T-14", clients: "trey-research",
		apply: func(s *site) { s.giveRole(s.sub.path(""), s.dir.guests[0], "User") }},
	{name: "a foreign group holds a role at a subscription", area: custody, breaks: "RF-T-14",
		clients: "woodgrove",
		apply:   func(s *site) { s.giveRole(s.sub.path(""), s.guid("foreign group"), "ForeignGroup") }},
	{name: "a group with a guest holds a role at a subscription", area: custody, breaks: "RF-T-14",
		clients: "fabrikam",
		apply:   func(s *site) { s.giveRole(s.sub.path(""), s.visitors(), "Group") }},
	{name: "a guest holds a role at a resource group", area: custody, clients: "contoso tailspin",
		apply: func(s *site) { s.giveRole(s.sub.path("/resourceGroups/rg-app-prod"), s.dir.guests[0], "User") }},
}

// permit changes what users may do by default.
func (s *site) permit(setting string, value any) {
	policy := s.at("/graph/policies/authorizationPolicy")[0]
	policy["defaultUserRolePermissions"].(object)[setting] = value
	s.plant("entra.authorization_policy", policy)
}

func (s *site) share(capability, mode string) {
	settings := s.at("/graph/admin/sharepoint/settings")[0]
	settings["sharingCapability"], settings["sharingDomainRestrictionMode"] = capability, mode
	s.plant("sharepoint.settings", settings)
}

// own adds an owner to an object of the directory.
func (s *site) own(at, id string, isApplication bool) {
	typ := "#microsoft.graph.user"
	if isApplication {
		typ = "#microsoft.graph.servicePrincipal"
	}
	s.putDirectoryObjects("/graph"+at+"/owners", typ, []string{id})

	dataset := map[string]string{"applications": "entra.application_owners", "groups": "entra.group_owners",
		"servicePrincipals": "entra.service_principal_owners"}
	kind, scope, _ := strings.Cut(at[1:], "/")
	s.plantIn(scope, dataset[kind], object{"id": id})
}

// registrationOf is the id of the registration behind a service principal of the tenant's.
func (t *Tenant) registrationOf(principal string) string {
	return t.guid("registration", t.dir.byID[principal]["appId"].(string))
}

// takeTokens lets an application of the client's sign in with tokens of a tenant.
func (s *site) takeTokens(tenant string) {
	id := s.registrationOf(s.dir.apps[0])
	o := object{"id": s.guid("federated", tenant), "name": "elsewhere", "description": nil,
		"issuer": "https://login.microsoftonline.com/" + tenant + "/v2.0", "subject": s.guid("subject", tenant),
		"audiences": []any{"api://AzureADTokenExchange"}}
	s.put("/graph/applications/"+id+"/federatedIdentityCredentials", o)
	s.plantIn(id, "entra.federated_credentials", o)
}

// visitors is a group with a guest in it.
func (s *site) visitors() string {
	name := "visitors of " + string(s.flaw.area)
	users := append(s.some(s.Tenant.rand(name), 1), s.dir.guests[0])
	return s.addGroup(name, "Project visitors", "security", users, nil)
}

// serviceRolesDeviate: what the group with a directory role holds of Intune and Defender
// deviates as well, by who is in it.
func (s *site) serviceRolesDeviate() {
	s.deviates("RF-T-15", subjectIn("", "defender.role_assignments", s.defenderRole("Security operators")))
	if s.licensed(planIntune) {
		s.deviates("RF-T-15", "intune.role_assignments/"+s.guid("intune assignment", deviceRoles[0].id))
	}
}

func (s *site) permitMoves(flag string) {
	policy := s.at("/arm/providers/Microsoft.Subscription/policies/default")[0]
	policy["properties"].(object)[flag] = false
	s.plant("azure.subscription_policy", policy)
}

// giveRole gives a principal a role at a scope of the client's first subscription.
func (s *site) giveRole(scope, principal, kind string) {
	o := s.assign(s.sub, scope, "Billing Reader", principal, kind)
	s.plantIn(s.sub.id, "azure.role_assignments", o)
}

// strangerAtSubscription: the last role that was given at the first subscription is held by
// an outsider.
func (s *site) strangerAtSubscription() {
	given := s.at("/arm" + s.sub.path(authorizationAt+"/roleAssignments"))
	s.deviates("RF-T-14", subjectIn(s.sub.id, "azure.role_assignments", given[len(given)-1]))
}

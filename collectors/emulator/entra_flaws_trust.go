package emulator

import (
	"slices"
	"strings"
)

// trustFlaws are those of cross-tenant access: by default, and with single organisations.
var trustFlaws = []flaw{
	// Where the client's people may go.
	{name: "outbound collaboration is open, as shipped", area: trusts, breaks: "RF-T-02",
		clients: "fabrikam trey-research",
		apply:   func(s *site) { s.byDefault("b2bCollaborationOutbound", openToAll) }},
	{name: "outbound collaboration is open to a group", area: trusts, clients: "contoso litware",
		apply: func(s *site) {
			s.byDefault("b2bCollaborationOutbound", object{"applications": everything,
				"usersAndGroups": access("allowed", s.guid("travelling group"), "group")})
		}},

	// Who connects directly.
	{name: "direct connect is open by default", area: trusts, breaks: "RF-T-03", clients: "fabrikam",
		apply: func(s *site) { s.byDefault("b2bDirectConnectInbound", openToAll) }},
	{name: "direct connect with a partner was not agreed", area: trusts, breaks: "RF-T-03",
		clients: "trey-research",
		apply: func(s *site) {
			s.plant("entra.cross_tenant_partners", s.partnerWith("unexpected channels", []string{"b2b"},
				object{"b2bDirectConnectInbound": openToAll}))
		}},
	{name: "direct connect with a partner was agreed", area: trusts, clients: "contoso tailspin",
		apply: func(s *site) {
			s.partnerWith("shared channels", []string{"b2b", "direct-connect"}, object{
				"b2bDirectConnectInbound":  object{"usersAndGroups": everyone, "applications": officeOnly},
				"b2bDirectConnectOutbound": object{"usersAndGroups": everyone, "applications": officeOnly}})
		}},

	// Whose claims count.
	{name: "factors of every tenant are trusted", area: trusts, breaks: "RF-T-04",
		clients: "trey-research",
		apply:   func(s *site) { s.trustByDefault("isMfaAccepted") }},
	{name: "devices of every tenant are trusted", area: trusts, breaks: "RF-T-04", clients: "fabrikam",
		apply: func(s *site) { s.trustByDefault("isCompliantDeviceAccepted") }},
	{name: "devices of a partner are trusted", area: trusts, breaks: "RF-T-04", clients: "woodgrove",
		apply: func(s *site) {
			s.plant("entra.cross_tenant_partners", s.partnerWith("device trust", []string{"b2b", "mfa-trust"},
				object{"inboundTrust": object{"isMfaAccepted": true, "isCompliantDeviceAccepted": true,
					"isHybridAzureADJoinedDeviceAccepted": false}}))
		}},
	{name: "the client wants to trust every tenant's factors", area: trusts,
		clients: "lucerne",
		apply: func(s *site) {
			s.trustByDefault("isMfaAccepted")
			s.wish("RF-T-04", "{ default_mfa_trust = true }")
		}},

	// Who comes in without being asked.
	{name: "a partner synchronises users, which was not agreed", area: trusts, breaks: "RF-T-05",
		clients: "fabrikam trey-research",
		apply: func(s *site) {
			s.plantSync(s.partnerWith("eager sync", []string{"b2b"}, nil), true)
		}},
	{name: "invitations of a partner are redeemed automatically", area: trusts, breaks: "RF-T-05",
		clients: "woodgrove",
		apply: func(s *site) {
			s.plant("entra.cross_tenant_partners", s.partnerWith("eager guests", []string{"b2b"}, object{
				"automaticUserConsentSettings": object{"inboundAllowed": true, "outboundAllowed": false}}))
		}},
	{name: "the group's multitenant organization synchronises users", area: trusts,
		clients: "contoso adventure-works",
		apply: func(s *site) {
			s.plantSync(s.partnerWith("multitenant organization", []string{"b2b", "mto"}, object{
				"automaticUserConsentSettings": object{"inboundAllowed": true, "outboundAllowed": true},
				"isInMultiTenantOrganization":  true}), true)
		}},

	// Who has an entry at all.
	{name: "an organization has an entry that nobody declared", area: trusts, breaks: "RF-T-07",
		clients: "fabrikam woodgrove",
		apply: func(s *site) {
			s.plant("entra.cross_tenant_partners", s.addPartnerEntry(s.guid("forgotten partner"), nil))
		}},
	{name: "a partner is marked as a service provider", area: trusts, breaks: "RF-T-07",
		clients: "trey-research",
		apply: func(s *site) {
			s.plant("entra.cross_tenant_partners", s.partnerWith("reseller", []string{"b2b"},
				object{"isServiceProvider": true}))
		}},
	{name: "a session of Microsoft's support left an entry", area: trusts, clients: "lucerne blue-yonder",
		apply: func(s *site) {
			support := guid(s.seed, "Microsoft's support", "tenant")
			entry := s.addPartnerEntry(support, nil)
			s.plantSync(entry, false)
			s.wish("RF-T-07", "{ support_tenants = ["+quote(support)+"] }")
		}},

	// Whose word and whose keys are believed.
	{name: "a cloud of which nothing was agreed", area: trusts, breaks: "RF-T-06",
		clients: "fabrikam trey-research",
		apply:   func(s *site) { s.plant("entra.cross_tenant_policy", s.workWith("partner.microsoftonline.cn")) }},
	{name: "a cloud that was agreed", area: trusts, clients: "lucerne",
		apply: func(s *site) {
			s.workWith("microsoftonline.us")
			s.agreed.clouds = append(s.agreed.clouds, "microsoftonline.us")
		}},
	{name: "a domain signs in at a provider that nobody declared", area: trusts, breaks: "RF-T-13",
		clients: "fabrikam",
		apply: func(s *site) {
			s.federate("strange", object{"issuerUri": "http://sts.stranger.example/adfs/services/trust",
				"federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp"})
		}},
	{name: "the next certificate of a federated domain is nobody's", area: trusts, breaks: "RF-T-13",
		clients: "trey-research",
		apply: func(s *site) {
			s.federate("next", object{"nextSigningCertificate": s.certificate("intruder"),
				"signingCertificateUpdateStatus": object{"certificateUpdateResult": "Success",
					"lastRunDateTime": "2024-02-03T04:05:06Z"}})
		}},
	{name: "the next certificate of a federated domain was announced", area: trusts, clients: "contoso tailspin",
		apply: func(s *site) {
			s.federate("rollover", object{"nextSigningCertificate": s.agree(&s.agreed.certificates, "announced")})
		}},
	{name: "a certificate authority is nobody's", area: trusts, breaks: "RF-T-13", clients: "woodgrove",
		apply: func(s *site) {
			at := "/graph/organization/" + s.ID + "/certificateBasedAuthConfiguration"
			o := object{"id": s.guid("certificate authentication"), "certificateAuthorities": []any{object{
				"isRootAuthority": true, "certificate": s.certificate("stranger's root"),
				"certificateRevocationListUrl": nil, "deltaCertificateRevocationListUrl": nil,
				"issuer": "CN=Stranger", "issuerSki": strings.ToUpper(s.guid("stranger's ski"))}}}
			s.put(at, o)
			s.plantIn(s.ID, "entra.certificate_auth", o)
		}},
}

// workWith opens the tenant to one more of Microsoft's clouds.
func (s *site) workWith(cloud string) object {
	policy := s.at("/graph/policies/crossTenantAccessPolicy")[0]
	policy["allowedCloudEndpoints"] = append(policy["allowedCloudEndpoints"].([]any), cloud)
	return policy
}

// federate makes one more domain, below the client's, that signs in at the client's
// provider but for some settings.
func (s *site) federate(below string, settings object) {
	if !slices.Contains(s.agreed.issuers, s.issuer()) {
		s.agreed.issuers = append(s.agreed.issuers, s.issuer())
		s.agree(&s.agreed.certificates, "token signing")
	}

	d := s.addDomain(below+"."+s.Domain, true)
	d["authenticationType"] = "Federated"
	o := with(s.federation(), with(settings, object{"id": s.guid("federation", below)}))
	s.put("/graph/domains/"+d["id"].(string)+"/federationConfiguration", o)
	s.plantIn(d["id"].(string), "entra.domain_federation", o)
}

// byDefault changes one of the default settings of cross-tenant access.
func (s *site) byDefault(setting string, value any) {
	settings := s.at("/graph/policies/crossTenantAccessPolicy/default")[0]
	settings[setting] = value
	s.plant("entra.cross_tenant_default", settings)
}

func (s *site) trustByDefault(claim string) {
	s.byDefault("inboundTrust", with(object{"isMfaAccepted": false, "isCompliantDeviceAccepted": false,
		"isHybridAzureADJoinedDeviceAccepted": false}, object{claim: true}))
}

// partnerWith is the entry of one more organization, which the fleet file declares.
func (s *site) partnerWith(what string, allow []string, settings object) object {
	return s.befriend(labelOf(what), s.guid(what), allow, settings)
}

// plantSync lets the tenant of an entry synchronise its users, or not.
func (s *site) plantSync(entry object, isAllowed bool) {
	id := entry["tenantId"].(string)
	policy := object{"tenantId": id, "displayName": nil, "userSyncInbound": object{"isSyncAllowed": isAllowed}}
	s.put(partnersPath+"/"+id+"/identitySynchronization", policy)
	s.plantIn(id, "entra.cross_tenant_identity_sync", policy)
}

// wish is a parameter of a control that the client's fleet file has.
func (s *site) wish(control, value string) {
	if s.wishes == nil {
		s.wishes = map[string]string{}
	}
	s.wishes[control] = value
}

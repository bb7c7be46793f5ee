package emulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

const partnersPath = "/graph/policies/crossTenantAccessPolicy/partners"

// inheriting is a partner of which nothing is said: all is as by default.
// https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyconfigurationpartner
var inheriting = object{
	"inboundTrust": nil, "b2bCollaborationInbound": nil, "b2bCollaborationOutbound": nil,
	"b2bDirectConnectInbound": nil, "b2bDirectConnectOutbound": nil, "tenantRestrictions": nil,
	"automaticUserConsentSettings": object{"inboundAllowed": nil, "outboundAllowed": nil},
	"isServiceProvider":            nil, "isInMultiTenantOrganization": false,
}

// addPartners makes the entries of cross-tenant access: the service provider
// everywhere, which may synchronise nobody; a partner in larger tenants, of which
// nothing is said about that; and a tenant whose users are synchronised in.
func (t *Tenant) addPartners() {
	t.put(partnersPath) // there may be none
	t.addPartnerEntry(mspID(t.seed), object{"isServiceProvider": true})
	t.put(partnersPath+"/"+mspID(t.seed)+"/identitySynchronization", object{
		"tenantId": mspID(t.seed), "displayName": nil, "userSyncInbound": object{"isSyncAllowed": false}})

	if t.Size.Tier == "mid" || t.Size.Tier == "large" {
		t.addPartnerEntry(t.guid("partner tenant"), object{
			"inboundTrust": object{"isMfaAccepted": true, "isCompliantDeviceAccepted": false,
				"isHybridAzureADJoinedDeviceAccepted": false},
			"b2bCollaborationInbound": object{"usersAndGroups": everyone, "applications": officeOnly},
		})
	}

	if t.Size.Tier == "large" {
		home := t.guid("synchronised tenant")
		t.addPartnerEntry(home, object{
			"automaticUserConsentSettings": object{"inboundAllowed": true, "outboundAllowed": nil},
		})
		t.put(partnersPath+"/"+home+"/identitySynchronization", object{
			"tenantId": home, "displayName": "group companies", "userSyncInbound": object{"isSyncAllowed": true},
		})
	}

	t.addMorePartners()
}

// addMorePartners makes as many entries as a real tenant has: of tenants that other
// clients have entries of, too.
func (t *Tenant) addMorePartners() {
	for i := range or(t.Size.Partners, 0) {
		t.addPartnerEntry(guid(t.seed, "well-known partner", fmt.Sprint(i)), object{
			"b2bCollaborationInbound": object{"usersAndGroups": everyone, "applications": officeOnly}})
	}
}

func (t *Tenant) addPartnerEntry(id string, settings object) {
	o := with(inheriting, settings)
	o["tenantId"] = id
	t.put(partnersPath, o)
}

// federates: larger tenants sign in at a federation service of their own.
func (t *Tenant) federates() bool { return t.Size.Tier == "large" }

// addFederation makes the settings of the domains that are federated:
// https://learn.microsoft.com/graph/api/resources/internaldomainfederation.
func (t *Tenant) addFederation() {
	if !t.federates() {
		return
	}

	sts := "https://sts." + t.Domain
	t.put("/graph/domains/"+t.Domain+"/federationConfiguration", object{
		"@odata.type": "#microsoft.graph.internalDomainFederation",
		"id":          t.guid("federation"), "displayName": t.Name,
		"issuerUri":                             "http://" + t.Domain + "/adfs/services/trust",
		"metadataExchangeUri":                   sts + "/adfs/services/trust/mex",
		"passiveSignInUri":                      sts + "/adfs/ls",
		"activeSignInUri":                       sts + "/adfs/services/trust/2005/usernamemixed",
		"signOutUri":                            sts + "/adfs/ls",
		"signingCertificate":                    t.certificate("token signing"),
		"nextSigningCertificate":                nil,
		"preferredAuthenticationProtocol":       "wsFed",
		"promptLoginBehavior":                   "nativeSupport",
		"isSignedAuthenticationRequestRequired": nil,
		"federatedIdpMfaBehavior":               "rejectMfaByFederatedIdp",
		"signingCertificateUpdateStatus": object{
			"certificateUpdateResult": "Success", "lastRunDateTime": date(t.rand("federation"), 2026, 2026) + "Z"},
	})
}

// certificate is base64 that stands for one of the tenant's certificates.
func (t *Tenant) certificate(name string) string {
	sum := digest(t.seed, t.Label, "certificate", name)
	return base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x82}, sum[:]...))
}

// tenantInformation says whose a domain is, to whoever asks:
// https://learn.microsoft.com/graph/api/resources/tenantinformation.
func tenantInformation(w *World, domain string) []object {
	for _, t := range slices.Concat(w.Clients, []*Tenant{w.MSP}) {
		for _, o := range t.at("/graph/domains") {
			if strings.EqualFold(o["id"].(string), domain) && o["isVerified"] == true {
				return []object{{"tenantId": cmp.Or(t.domainOwner, t.ID), "displayName": t.Name, "federationBrandName": nil,
					"defaultDomainName": t.initialDomain()}}
			}
		}
	}
	return nil
}

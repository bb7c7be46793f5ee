package emulator

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
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
		t.befriend("partner", t.guid("partner tenant"), []string{"b2b", "mfa-trust"}, object{
			"inboundTrust": object{"isMfaAccepted": true, "isCompliantDeviceAccepted": false,
				"isHybridAzureADJoinedDeviceAccepted": false},
			"b2bCollaborationInbound": object{"usersAndGroups": everyone, "applications": officeOnly},
		})
	}

	if t.Size.Tier == "large" {
		home := t.guid("synchronised tenant")
		t.befriend("group", home, []string{"sync"}, object{
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
		id := guid(t.seed, "well-known partner", fmt.Sprint(i))
		t.befriend(fmt.Sprintf("known-%d", i+1), id, []string{"b2b"}, object{
			"b2bCollaborationInbound": object{"usersAndGroups": everyone, "applications": officeOnly}})
	}
}

func (t *Tenant) addPartnerEntry(id string, settings object) object {
	o := with(inheriting, settings)
	o["tenantId"] = id
	t.put(partnersPath, o)
	return o
}

// friend is an organisation that the client's fleet file declares as a partner.
type friend struct {
	name, id string
	allow    []string
}

// befriend makes the entry of an organisation that the client's fleet file declares.
func (t *Tenant) befriend(name, id string, allow []string, settings object) object {
	label := t.Label + "-" + name
	if len(label) > 63 {
		label = name + "-" + t.ID[:8]
	}
	t.friends = append(t.friends, friend{label, id, allow})
	return t.addPartnerEntry(id, settings)
}

// federates: larger tenants sign in at a federation service of their own.
func (t *Tenant) federates() bool { return t.Size.Tier == "large" }

// addFederation makes the settings of the domains that are federated:
// https://learn.microsoft.com/graph/api/resources/internaldomainfederation.
func (t *Tenant) addFederation() {
	if !t.federates() {
		return
	}

	t.put("/graph/domains/"+t.Domain+"/federationConfiguration", t.federation())
	t.agreed.issuers = append(t.agreed.issuers, t.issuer())
}

// issuer is the identity provider of the tenant's own.
func (t *Tenant) issuer() string { return "http://" + t.Domain + "/adfs/services/trust" }

// federation: https://learn.microsoft.com/graph/api/resources/internaldomainfederation.
func (t *Tenant) federation() object {
	sts := "https://sts." + t.Domain
	return object{
		"@odata.type": "#microsoft.graph.internalDomainFederation",
		"id":          t.guid("federation"), "displayName": t.Name,
		"issuerUri":                             t.issuer(),
		"metadataExchangeUri":                   sts + "/adfs/services/trust/mex",
		"passiveSignInUri":                      sts + "/adfs/ls",
		"activeSignInUri":                       sts + "/adfs/services/trust/2005/usernamemixed",
		"signOutUri":                            sts + "/adfs/ls",
		"signingCertificate":                    t.agree(&t.agreed.certificates, "token signing"),
		"nextSigningCertificate":                nil,
		"preferredAuthenticationProtocol":       "wsFed",
		"promptLoginBehavior":                   "nativeSupport",
		"isSignedAuthenticationRequestRequired": nil,
		"federatedIdpMfaBehavior":               "rejectMfaByFederatedIdp",
		"signingCertificateUpdateStatus": object{
			"certificateUpdateResult": "Success", "lastRunDateTime": date(t.rand("federation"), 2026, 2026) + "Z"},
	}
}

// agreements are what the client's fleet file says about trust in others.
type agreements struct {
	clouds, issuers           []string
	certificates, authorities []string // digests
}

// agree is a certificate of the tenant's that its fleet file declares.
func (t *Tenant) agree(list *[]string, name string) string {
	certificate := t.certificate(name)
	der, _ := base64.StdEncoding.DecodeString(certificate) // made here
	*list = append(*list, fmt.Sprintf("%x", sha256.Sum256(der)))
	return certificate
}

// trustPromises are lines of the client's block: which clouds, identity providers and
// certificates were agreed.
func (t *Tenant) trustPromises() string {
	return fmt.Sprintf("  allowed_clouds = %s\n  federation {\n    issuers = %s\n    certificates = %s\n"+
		"    workload_issuers = [\"https://token.actions.githubusercontent.com\"]\n    authorities = %s\n  }\n",
		quoteList(t.agreed.clouds), quoteList(t.agreed.issuers), quoteList(t.agreed.certificates),
		quoteList(t.agreed.authorities))
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
				return []object{{
					"tenantId": cmp.Or(t.domainOwner, t.ID), "displayName": t.Name,
					"federationBrandName": nil, "defaultDomainName": t.initialDomain(),
				}}
			}
		}
	}
	return nil
}

// writeFriends writes a block for each partner, and returns the references to them.
func (t *Tenant) writeFriends(b *bytes.Buffer) string {
	var references []string
	for _, f := range t.friends {
		fmt.Fprintf(b, partnerForm, quote(f.name), quote(f.id), quoteList(f.allow))
		references = append(references, "partner."+f.name)
	}
	return strings.Join(references, ", ")
}

// wishList is the line of the client's block with what it wants of single controls.
func (t *Tenant) wishList() string {
	var wishes []string
	for _, id := range slices.Sorted(maps.Keys(t.wishes)) {
		wishes = append(wishes, quote(id)+" = "+t.wishes[id])
	}
	if len(wishes) == 0 {
		return ""
	}
	return "  params = { " + strings.Join(wishes, ", ") + " }\n"
}

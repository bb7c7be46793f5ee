# METADATA
# title: The tenant in the contract owns the client's domains
# description: >-
#   Microsoft, asked whose each domain of the contract is, names the tenant of the
#   contract. What a tenant says of itself is no proof: a swapped id in the fleet file
#   would have us judge, and trust, somebody else's tenant in the client's name.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbydomainname
#     description: "tenantRelationship: findTenantInformationByDomainName"
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantinformation
#     description: tenantInformation, tenantId
# custom:
#   id: RF-P-01
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [cm-8, ia-4, ia-8, ra-3]
#     iso_27001: [A.5.9]
#     ccm: [IAM-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["12.4.1"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Ask the client for its tenant id (Entra admin center, Overview) by a way that the
#     fleet file did not come by, and correct tenant_id or domains. If a domain was moved
#     to another tenant recently, change the contract first; until then it is an exception.
#   limits: >-
#     Which tenant has verified a domain, not who owns it in DNS today. A domain that
#     Microsoft finds in no tenant is not seen, and undetermined. That no two clients have
#     one tenant or one domain is checked when the fleet file is read.
package ringfence.provisioning.domain_owners

subjects contains info._subject if {
	_promised
	some info in input.entra.tenant_info
}

pass contains info._subject if {
	_promised
	some info in input.entra.tenant_info
	is_string(info.tenantId)
	lower(info.tenantId) == input.client.tenant_id
}

fail contains {
	"subject": info._subject,
	"message": sprintf("%s belongs to tenant %s%s, and the contract says %s", [info._scope, owner, _called(info), input.client.tenant_id]),
	"observed": {"tenantId": owner},
	"expected": {"tenantId": input.client.tenant_id},
	"evidence": [sprintf("%s#/tenantId", [info._subject])],
} if {
	_promised
	some info in input.entra.tenant_info
	is_string(info.tenantId)
	owner := lower(info.tenantId)
	owner != input.client.tenant_id
}

# _promised holds if the contract names domains. The documents are those of its domains.
_promised if is_array(input.client.domains)

_called(info) := sprintf(" (%s)", [info.displayName]) if {
	is_string(info.displayName)
} else := ""

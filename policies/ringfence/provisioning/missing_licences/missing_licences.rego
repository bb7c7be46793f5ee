# METADATA
# title: What does not apply for want of a licence has a licence missing
# description: >-
#   A service that a tenant has no licence for has nothing to show, and controls about it do
#   not apply. That is believed only where two answers agree: the service says that there is no
#   licence, and the subscribed SKUs show none of the service plans that it needs. Where they
#   show one that is enabled, the answer was something else: a permission that is missing, a
#   service that is being set up, or the answer of another tenant. Each dataset that needs a
#   licence is judged, also where it was simply read.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/subscribedsku-list
#     description: "List subscribedSkus: servicePlans, provisioningStatus, capabilityStatus"
#   - ref: https://learn.microsoft.com/graph/api/resources/subscribedsku
#     description: "subscribedSku: what capabilityStatus and prepaidUnits mean"
#   - ref: https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
#     description: Product names and service plan identifiers for licensing
# custom:
#   id: RF-P-06
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ca-2, cm-8]
#     iso_27001: [A.5.36]
#     ccm: ["A&A-02"]
#     gdpr: []
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm]
#   params: {}
#   remediation: >-
#     Ask the service again with an account of the client's own. If it answers, look at the
#     consent of the application and collect again. If it does not, the service plan is
#     assigned and was never set up: have it set up, or the licence removed.
#   limits: >-
#     Whether the tenant has a licence, not whether its users are assigned one. Which service
#     plans a dataset needs is taken from Microsoft's pages. A plan that waits to be activated
#     proves neither. Datasets that only add violations are not judged.
package ringfence.provisioning.missing_licences

subjects contains d._subject if some d in _licensed

pass contains d._subject if {
	some d in _licensed
	d.said == "complete"
	d.status == "complete"
}

pass contains d._subject if {
	some d in _licensed
	d.said == "not_licensed"
	d.licence.held == false
	d.status != "stale"
}

fail contains {
	"subject": d._subject,
	"message": sprintf("%s: the tenant is said to have no licence, and its service plan %s is enabled", [d.dataset, plan.servicePlanName]),
	"observed": {"said": d.said, "servicePlanName": plan.servicePlanName, "provisioningStatus": plan.provisioningStatus},
	"expected": {"said": "complete"},
	"evidence": [sprintf("%s#/servicePlans", [sku._subject])],
} if {
	some d in _licensed
	_unlicensed(d)
	some sku in input.entra.subscribed_skus
	sku.capabilityStatus in {"Enabled", "Warning"}
	some plan in sku.servicePlans
	plan.provisioningStatus == "Success"
	is_string(plan.servicePlanName)
	some needed in d.licence.plans
	is_string(needed)
	upper(plan.servicePlanName) == upper(needed)
}

# _licensed are the datasets that need a licence.
_licensed contains d if {
	some d in input.snapshot.datasets
	is_object(d.licence)
}

# _unlicensed are those of which a service says that there is no licence. ringfence's own
# collector believes that only where the SKUs agree; other programs may.
_unlicensed(d) if d.said == "not_licensed"

_unlicensed(d) if d.code == "licence_contradicted"

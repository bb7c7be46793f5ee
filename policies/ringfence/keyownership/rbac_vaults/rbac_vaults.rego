# METADATA
# title: Vaults are governed by Azure RBAC, not by access policies
# description: >-
#   Each key vault asks Azure roles who may use what it holds. A vault that asks its
#   access policies can be opened by anybody who may write to it: a Contributor of the
#   resource group lets himself in with one change, and no role assignment tells of it.
#   A vault for a product that still needs access policies is an exception in the
#   fleet file.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy
#     description: Azure RBAC vs. access policies (legacy)
#   - ref: https://learn.microsoft.com/azure/key-vault/general/rbac-migration
#     description: Migrate from vault access policy to Azure RBAC
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: VaultProperties, enableRbacAuthorization
# custom:
#   id: RF-K-03
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-3.7, ac-5, ac-6]
#     iso_27001: [A.8.2]
#     ccm: [CEK-08, IAM-04]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Give the holders of access policies the Azure roles that do the same, then
#     switch the vault (`az keyvault update --enable-rbac-authorization true`).
#     Whoever has no role by then is locked out at once.
#   limits: >-
#     Which way a vault decides, not what it decides: the roles may be too wide (see
#     RF-K-06). Managed HSMs have neither, but local roles of their own.
package ringfence.keyownership.rbac_vaults

subjects contains vault._subject if some vault in input.keyvault.vaults

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	vault.properties.enableRbacAuthorization == true
}

fail contains {
	"subject": vault._subject,
	"message": "access policies decide, so that whoever may write to the vault can let himself in",
	"observed": {"enableRbacAuthorization": vault.properties.enableRbacAuthorization},
	"expected": {"enableRbacAuthorization": true},
	"evidence": [sprintf("%s#/properties/enableRbacAuthorization", [vault._subject])],
} if {
	some vault in input.keyvault.vaults
	vault.properties.enableRbacAuthorization in {false, null} # null: left out, which means policies
}

package access

import "ringfence/internal/fleetfile"

// readerRole is the built-in role Reader, the same in every tenant.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/general#reader
const readerRole = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

type object = map[string]any

// lighthouse is the offer with which a client lets people of the MSP look at one
// subscription: Reader, for a group of the MSP's tenant. ringfence itself signs in to the
// client's tenant and does not use it.
// https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer
func lighthouse(msp fleetfile.MSP) object {
	const definition, assignment = "Microsoft.ManagedServices/registrationDefinitions",
		"Microsoft.ManagedServices/registrationAssignments"
	const version = "2022-10-01"
	const at = "[subscriptionResourceId('" + definition + "', variables('definition'))]"

	return object{
		"$schema": "https://schema.management.azure.com/schemas/2019-08-01/" +
			"subscriptionDeploymentTemplate.json#",
		"contentVersion": "1.0.0.0",
		"parameters": object{
			"principalId": object{
				"type":     "string",
				"metadata": object{"description": "Object id of a security group in the MSP's tenant."},
			},
			"principalIdDisplayName": object{"type": "string", "defaultValue": "Readers"},
		},
		"variables": object{
			"definition": "[guid('ringfence', subscription().subscriptionId, parameters('principalId'))]",
		},
		"resources": []any{
			object{
				"type": definition, "apiVersion": version, "name": "[variables('definition')]",
				"properties": object{
					"registrationDefinitionName": literal("Read access for " + msp.Name),
					"description":                "Reader on this subscription, and nothing else.",
					"managedByTenantId":          msp.TenantID,
					"authorizations": []any{object{
						"principalId":            "[parameters('principalId')]",
						"principalIdDisplayName": "[parameters('principalIdDisplayName')]",
						"roleDefinitionId":       readerRole,
					}},
				},
			},
			object{
				"type": assignment, "apiVersion": version, "name": "[variables('definition')]",
				"dependsOn":  []any{at},
				"properties": object{"registrationDefinitionId": at},
			},
		},
	}
}

// literal is a text that a template does not evaluate: one that begins with a bracket
// would be an expression.
// https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions#escape-characters
func literal(text string) string {
	if text != "" && text[0] == '[' {
		return "[" + text
	}
	return text
}

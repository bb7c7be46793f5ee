package emulator

import (
	"encoding/json"
	"strings"
)

// What somebody asked a client for, and nobody has accepted yet. Microsoft's services hold
// a relationship and a request until the client's administrator accepts them; a Lighthouse
// offer is a template that the administrator is sent.

// asked is when the pending requests were made, and accepted when they were accepted.
const (
	asked    = "2026-11-20T08:00:00"
	accepted = "2026-11-23T09:00:00"
)

// Ask makes what waits for a client: a relationship with these roles, by their names, and a
// governance request of a tenant that nobody declared.
func (w *World) Ask(label string, roles ...string) {
	t := w.Client(label)
	x := relationship{key: "asked", name: label + " - asked", status: "approvalPending", created: asked, roles: roles}
	t.addRelationship(w.MSP, t.rand("asked"), x)

	stranger := guid(t.seed, label, "a tenant that asks")
	t.put(governancePath+"/governanceRequests", with(t.governedBy(stranger, "Relecloud", "first"), object{
		"id": t.guid("asked governance"), "status": "pending", "requestDateTime": asked + "Z",
		"expirationDateTime": "2026-12-20T08:00:00Z"}))
}

// Accept does what the client's administrator would: all that waits is accepted, and the
// Lighthouse offer is deployed to each subscription.
func (w *World) Accept(label string) {
	t := w.Client(label)
	for _, o := range w.MSP.at(relationshipsPath) {
		customer, _ := o["customer"].(object)
		if customer["tenantId"] == t.ID && o["status"] == "approvalPending" {
			o["status"], o["activatedDateTime"] = "active", accepted+".1234567Z"
			o["endDateTime"] = "2028-11-22T09:00:00.1234567Z"
		}
	}

	for _, o := range t.at(governancePath + "/governanceRequests") {
		if o["status"] != "pending" {
			continue
		}
		o["status"] = "accepted"
		id := t.guid("accepted governance", o["id"].(string))
		t.put(governancePath+"/governanceRelationships", object{
			"id": id, "status": "active", "createdType": "approvedByAdmin", "creationDateTime": accepted + "Z",
			"governingTenantId": o["governingTenantId"], "governingTenantName": o["governingTenantName"],
			"governedTenantId": o["governedTenantId"], "governedTenantName": o["governedTenantName"],
			"policySnapshot": o["policySnapshot"],
		})
	}

	for _, sub := range t.subscriptions {
		t.delegate(sub, "", t.offering(), "Relecloud Operations")
	}
}

// offering is the tenant whose Lighthouse offer the client is sent.
func (t *Tenant) offering() string { return guid(t.seed, t.Label, "a tenant that offers") }

// LighthouseOffer is the template that the client is asked to deploy, and its parameters.
// https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer
func (w *World) LighthouseOffer(label string) (template, parameters []byte) {
	t := w.Client(label)
	const kind = "Microsoft.ManagedServices/"
	template, _ = json.Marshal(object{
		"$schema": "https://schema.management.azure.com/schemas/2019-08-01/" +
			"subscriptionDeploymentTemplate.json#",
		"contentVersion": "1.0.0.0",
		"parameters": object{
			"managedByTenantId": object{"type": "string"},
			"authorizations":    object{"type": "array"},
			"mspOfferName":      object{"type": "string", "defaultValue": "Relecloud Operations"},
		},
		"variables": object{"name": "[guid(parameters('mspOfferName'))]"},
		"resources": []any{
			object{
				"type": kind + "registrationDefinitions", "apiVersion": "2022-10-01", "name": "[variables('name')]",
				"properties": object{
					"registrationDefinitionName": "[parameters('mspOfferName')]",
					"managedByTenantId":          "[parameters('managedByTenantId')]",
					"authorizations":             "[parameters('authorizations')]",
				},
			},
			object{"type": kind + "registrationAssignments", "apiVersion": "2022-10-01", "name": "[variables('name')]"},
		},
	})
	parameters, _ = json.Marshal(object{"parameters": object{
		"managedByTenantId": object{"value": strings.ToUpper(t.offering())},
		"authorizations":    object{"value": t.authorizations(t.offering())},
	}})
	return template, parameters
}

# METADATA
# description: >-
#   Links by which a tenant that another one names is found: each tenant has its own id.
package ringfence.lib.tenants

# own is the link of a tenant itself.
own(organization) := {
	"value": organization._id,
	"subject": organization._subject,
	"role": "controls",
	"node": null,
	"state": "live",
}

# naming is the link of a document that names another tenant.
naming(document, tenant, state) := {
	"value": lower(tenant),
	"subject": document._subject,
	"role": "controlled",
	"node": null,
	"state": state,
} if {
	is_string(tenant)
	tenant != ""
}

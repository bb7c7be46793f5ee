# METADATA
# title: A credential of an application
# description: >-
#   Applications and service principals with one credential are one: whoever has it signs in as
#   each of them. A certificate is known by its thumbprint, and each credential by its id. One
#   that ended is none.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/keycredential
#     description: keyCredential, customKeyIdentifier and keyId
#   - ref: https://learn.microsoft.com/graph/api/resources/passwordcredential
#     description: passwordCredential, keyId
# custom:
#   fact: app-credential
#   rule: bridge
package ringfence.facts.app_credential

import data.ringfence.lib.nodes

link contains _link(application, nodes.own("application", application.appId), value) if {
	some application in input.entra.applications
	some value in _credentials(application)
}

link contains _link(program, nodes.program(program._id), value) if {
	some program in input.entra.service_principals
	some value in _credentials(program)
}

_link(holder, node, value) := {
	"value": value,
	"subject": holder._subject,
	"role": "same",
	"node": node,
	"state": "live",
}

_credentials(holder) := ({value |
	some credential in holder.keyCredentials
	nodes.lasting(credential.endDateTime)
	value := _thumbprint(credential)
} | {value |
	some credential in holder.keyCredentials
	nodes.lasting(credential.endDateTime)
	value := _id("certificate", credential)
}) | {value |
	some credential in holder.passwordCredentials
	nodes.lasting(credential.endDateTime)
	value := _id("secret", credential)
}

# _thumbprint: some programs write a text of their own there, which is shorter than a SHA-1 digest.
_thumbprint(credential) := sprintf("thumbprint %s", [credential.customKeyIdentifier]) if {
	is_string(credential.customKeyIdentifier)
	count(credential.customKeyIdentifier) >= 28
}

_id(kind, credential) := sprintf("%s %s", [kind, lower(credential.keyId)]) if is_string(credential.keyId)

# METADATA
# description: >-
#   Programs that sign in as an application by the word of another issuer.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
#     description: federatedIdentityCredential, issuer and subject
package ringfence.lib.workloads

# name is a program: who vouches for it, and as what. One without a subject is told by an
# expression, which nobody reads here; it has the name "", which is none, so that facts with it are
# not complete.
name(credential) := sprintf("%s|%s", [_issuer(credential), credential.subject]) if {
	is_string(credential.subject)
	credential.subject != ""
} else := ""

# object_of is [tenant, object] of a program that another tenant of Microsoft Entra vouches for.
object_of(credential) := [tenant, credential.subject] if {
	is_string(credential.subject)
	some pattern in [
		`^https://login\.microsoftonline\.(?:com|us)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0$`,
		`^https://sts\.windows\.net/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`,
	]
	some [_, tenant] in regex.find_all_string_submatch_n(pattern, _issuer(credential), 1)
}

_issuer(credential) := lower(trim_suffix(credential.issuer, "/")) if {
	is_string(credential.issuer)
} else := ""

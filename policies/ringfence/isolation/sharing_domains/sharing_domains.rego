# METADATA
# title: Guests are invited from, and files shared with, listed domains only
# description: >-
#   Invitations go to the domains of a list only, or to nobody, and SharePoint and
#   OneDrive share files with the domains of a list only, or with nobody new. A link
#   that anybody can open, and a list of domains to keep out, let everybody else in.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/policyroot-list-b2bmanagementpolicies?view=graph-rest-beta
#     description: List b2bManagementPolicy objects (beta)
#   - ref: https://learn.microsoft.com/entra/external-id/allow-deny-list
#     description: Allow or block invites to specific organizations
#   - ref: https://learn.microsoft.com/graph/api/sharepointsettings-get
#     description: Get sharepointSettings
#   - ref: https://learn.microsoft.com/sharepoint/restricted-domains-sharing
#     description: Restrict sharing of SharePoint and OneDrive content by domain
# custom:
#   id: RF-T-10
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-4, ac-21]
#     iso_27001: [A.5.14, A.8.12]
#     ccm: [DSP-10]
#     gdpr: [Art. 32]
#     cis_m365: ["5.1.6.1", "7.2.3", "7.2.6"]
#     nis2: ["11.1.1", "6.7.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, External collaboration settings,
#     Collaboration restrictions: allow invitations only to the specified domains.
#     SharePoint admin center, Policies, Sharing: "New and existing guests" or less,
#     and limit external sharing by domain, with the domains that the client works
#     with.
#   limits: >-
#     That there is a list, not which domains are on it: whether one of them is
#     another client's is a question about the fleet. Guests and links that are there
#     already stay. Single sites may be stricter than the tenant, and are not read.
package ringfence.isolation.sharing_domains

subjects contains settings._subject if some settings in input.sharepoint.settings

subjects contains policy._subject if some policy in input.entra.authorization_policy

pass contains settings._subject if {
	some settings in input.sharepoint.settings
	settings.sharingCapability in {"disabled", "existingExternalUserSharingOnly"}
}

pass contains settings._subject if {
	some settings in input.sharepoint.settings
	settings.sharingCapability == "externalUserSharingOnly"
	settings.sharingDomainRestrictionMode == "allowList"
}

pass contains policy._subject if {
	some policy in input.entra.authorization_policy
	policy.allowInvitesFrom == "none"
}

pass contains policy._subject if {
	_limited
	some policy in input.entra.authorization_policy
	policy.allowInvitesFrom in _inviters
}

fail contains {
	"subject": settings._subject,
	"message": "files may be shared with anybody who has the link",
	"observed": {"sharingCapability": settings.sharingCapability},
	"expected": {"sharingCapability": "externalUserSharingOnly, or less"},
	"evidence": [sprintf("%s#/sharingCapability", [settings._subject])],
} if {
	some settings in input.sharepoint.settings
	settings.sharingCapability == "externalUserAndGuestSharing"
}

fail contains {
	"subject": settings._subject,
	"message": _modes[settings.sharingDomainRestrictionMode],
	"observed": {"sharingDomainRestrictionMode": settings.sharingDomainRestrictionMode},
	"expected": {"sharingDomainRestrictionMode": "allowList"},
	"evidence": [sprintf("%s#/sharingDomainRestrictionMode", [settings._subject])],
} if {
	some settings in input.sharepoint.settings
	settings.sharingCapability in {"externalUserSharingOnly", "externalUserAndGuestSharing"}
}

fail contains {
	"subject": policy._subject,
	"message": "guests may be invited from every domain, or all but a few",
	"observed": {"allowInvitesFrom": policy.allowInvitesFrom, "allowedDomains": null},
	"expected": "a list of the domains that guests may be invited from",
	"evidence": [sprintf("%s#/allowInvitesFrom", [policy._subject])],
} if {
	not _limited
	not _unclear
	some policy in input.entra.authorization_policy
	policy.allowInvitesFrom in _inviters
}

_modes := {
	"none": "files may be shared with every domain",
	"blockList": "files may be shared with all domains but a few",
}

_inviters := {"adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"}

# _limited holds if the policy in force has a list of domains to invite from. An empty one
# is how the service writes that there is none.
_limited if {
	some policy in input.entra.invitation_policies
	policy.isOrganizationDefault == true
	some rules in _rules(policy)
	domains := rules.B2BManagementPolicy.InvitationsAllowedAndBlockedDomainsPolicy.AllowedDomains
	is_array(domains)
	count(domains) > 0
}

# _unclear holds if some policy does not say what it is: it may be the one with the list.
_unclear if {
	some policy in input.entra.invitation_policies
	not _clear(policy)
}

_clear(policy) if policy.isOrganizationDefault == false

_clear(policy) if {
	policy.isOrganizationDefault == true
	is_array(policy.definition)
	count(_rules(policy)) == count(policy.definition)
}

# _rules are what the texts of a policy say.
_rules(policy) := [json.unmarshal(text) |
	some text in policy.definition
	json.is_valid(text)
]

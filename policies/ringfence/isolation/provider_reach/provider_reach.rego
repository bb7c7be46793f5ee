# METADATA
# title: Nobody of the MSP reaches more clients than was agreed
# description: >-
#   Each person, each program and each application of the MSP's own tenant reaches the control, a key
#   or a log of no more clients than the MSP promised (max_reach): of an application, whoever has its
#   credential in all tenants that consented to it. Whatever leads there counts: groups, delegated
#   admin relationships, Azure Lighthouse, applications and who owns them. What a principal can
#   activate alone counts as reached; what somebody else would have to act for leaves it open. How
#   many clients one stolen account opens is decided here.
# related_resources:
#   - ref: https://learn.microsoft.com/partner-center/security/gdap-introduction
#     description: Granular delegated admin privileges, and least privilege
#   - ref: https://learn.microsoft.com/security/privileged-access-workstations/privileged-access-access-model
#     description: Enterprise access model
# custom:
#   id: RF-F-17
#   since: "0.2"
#   severity: high
#   scope: msp
#   maps:
#     nist_800_53: [ac-5, ac-6, ra-3, sa-9]
#     iso_27001: [A.8.2]
#     ccm: [IAM-09, STA-08]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     "ringfence fleet paths" shows by what the principal gets to each client. Give technicians
#     groups of their own cell, with relationships that assign roles to those alone; give a program
#     an application per cell, or take the ownership away by which a person has all that it has. An
#     application that must reach everybody needs an exception with client = msp.
#   limits: >-
#     Edges are those that the policy set knows. A program that is not of the MSP's tenant, such as a
#     pipeline that an application trusts, reaches what the application does. A client counts once,
#     whatever is reached of it, and less than control, a key or a log does not count.
package ringfence.isolation.provider_reach

import data.ringfence.lib.reached

subjects contains user._subject if {
	is_number(input.msp.max_reach)
	some user in input.entra.users
}

subjects contains program._subject if {
	is_number(input.msp.max_reach)
	some program in input.entra.service_principals
}

subjects contains application._subject if {
	is_number(input.msp.max_reach)
	some application in input.entra.applications
}

pass contains user._subject if {
	is_number(input.msp.max_reach)
	some user in input.entra.users
	count(reached.at_most("user", user._id)) <= input.msp.max_reach
}

pass contains program._subject if {
	is_number(input.msp.max_reach)
	some program in input.entra.service_principals
	count(reached.at_most("service-principal", program._id)) <= input.msp.max_reach
}

pass contains application._subject if {
	is_number(input.msp.max_reach)
	some application in input.entra.applications
	count(reached.at_most("application", application.appId)) <= input.msp.max_reach
}

fail contains _failure(user, "user", "userPrincipalName", clients) if {
	is_number(input.msp.max_reach)
	some user in input.entra.users
	clients := reached.surely[["user", lower(user._id)]]
	count(clients) > input.msp.max_reach
}

fail contains _failure(program, "program", "displayName", clients) if {
	is_number(input.msp.max_reach)
	some program in input.entra.service_principals
	clients := reached.surely[["service-principal", lower(program._id)]]
	count(clients) > input.msp.max_reach
}

fail contains _failure(application, "application", "displayName", clients) if {
	is_number(input.msp.max_reach)
	some application in input.entra.applications
	is_string(application.appId)
	clients := reached.surely[["application", lower(application.appId)]]
	count(clients) > input.msp.max_reach
}

_failure(principal, what, property, clients) := {
	"subject": principal._subject,
	"message": sprintf("%s %s of the MSP reaches %d clients: %s", [
		what, object.get(principal, property, principal._id), count(clients), reached.listed(clients),
	]),
	"observed": {"clients": count(clients)},
	"expected": sprintf("at most %d", [input.msp.max_reach]),
	"evidence": [sprintf("%s#/id", [principal._subject])],
}

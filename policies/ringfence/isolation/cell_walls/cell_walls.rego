# METADATA
# title: No technician reaches clients on both sides of a wall
# description: >-
#   Of the cells that the MSP promised to keep apart (wall), no person in the MSP's own tenant
#   reaches the control, a key or a log of clients in two: not by groups and delegated admin
#   relationships, not by Azure Lighthouse, and not by owning an application that does. What a
#   person can activate alone counts as reached; what somebody else would have to act for leaves it
#   open.
# related_resources:
#   - ref: https://learn.microsoft.com/partner-center/security/gdap-introduction
#     description: Granular delegated admin privileges, and least privilege
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/recommended-security-practices
#     description: Azure Lighthouse, recommended security practices
# custom:
#   id: RF-M-12
#   since: "0.2"
#   severity: critical
#   scope: msp
#   maps:
#     nist_800_53: [ac-4.21, ac-5, ac-6, ps-7]
#     iso_27001: [A.5.3, A.8.22]
#     ccm: [IVS-06, IAM-04]
#     gdpr: ["28", "32"]
#     cis_m365: []
#     nis2: ["11.2", "11.3"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     "ringfence fleet paths" shows by what the person gets to each client. Take the person out of
#     the groups of one of the cells, or give the relationship's roles to a group that has people of
#     one cell alone; take away the ownership of an application that serves both.
#   limits: >-
#     People, and clients that the fleet file puts into a cell. Programs that serve several cells are
#     counted by RF-F-17, and stand here by whoever owns or administers them. What technicians may do
#     in remote management tools is not read.
package ringfence.isolation.cell_walls

import data.ringfence.lib.reached

subjects contains user._subject if {
	some user in input.entra.users
	is_string(input.msp.walls[_].name)
}

pass contains user._subject if {
	is_string(input.msp.walls[_].name)
	some user in input.entra.users
	clients := reached.at_most("user", user._id)
	not _bridges(clients)
}

fail contains {
	"subject": user._subject,
	"message": sprintf("user %s of the MSP reaches clients on both sides of the wall %s: %s", [
		object.get(user, "userPrincipalName", user._id), wall.name, _by_cell(clients, wall),
	]),
	"observed": {"wall": wall.name, "cells": cells},
	"expected": "clients of one of its cells",
	"evidence": [sprintf("%s#/id", [user._subject])],
} if {
	some user in input.entra.users
	clients := reached.surely[["user", lower(user._id)]]
	some wall in input.msp.walls
	cells := sort(_cells(clients, wall))
	count(cells) > 1
}

_bridges(clients) if {
	some wall in input.msp.walls
	count(_cells(clients, wall)) > 1
}

# _cells are those of a wall of which some of the clients are.
_cells(clients, wall) := {cell |
	some name in clients
	cell := _cell_of[name]
	cell in wall.cells
}

_by_cell(clients, wall) := concat("; ", [sprintf("%s (%s)", [cell, reached.listed(those)]) |
	some cell in sort(_cells(clients, wall))
	those := {name | some name in clients; _cell_of[name] == cell}
])

_cell_of[client.name] := client.cell if some client in input.fleet.clients

# METADATA
# title: The snapshot is complete, and no error was swallowed
# description: >-
#   Each list that a pass of some control rests on was read to its end, and something proves
#   that the caller could see all of it. A list of which later pages failed, that named
#   another number than it gave, or whose next link led nowhere, was cut. One that says
#   complete beside an error, or against what else is in the snapshot, hides it. What was
#   plainly refused, or not asked for, is no violation: it is undetermined here, with the
#   permission that would help. Where a licence is provably missing there is nothing to read.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/paging
#     description: Paging Microsoft Graph data in your app, @odata.nextLink
#   - ref: https://learn.microsoft.com/graph/throttling
#     description: Microsoft Graph throttling guidance
#   - ref: https://learn.microsoft.com/graph/errors
#     description: Microsoft Graph error responses and resource types
# custom:
#   id: RF-E-02
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [au-5, ca-2, ca-7, si-11]
#     iso_27001: []
#     ccm: ["A&A-03"]
#     gdpr: []
#     cis_m365: []
#     nis2: []
#   unverified: [ccm]
#   params: {}
#   remediation: >-
#     Collect again: what failed on the way often does not fail twice. If it does, read the
#     reason; "ringfence access check" says what a tenant grants. A list that says complete
#     beside an error, or contradicts itself, was not made by this collector: find out who
#     wrote or changed the snapshot.
#   limits: >-
#     The snapshot's own word, held against itself: whoever controls the collector can make
#     up a list that is whole and wrong. Datasets that only add violations, and those that no
#     control reads, are not judged, nor is the MSP's own snapshot. What is too old to judge
#     by is undetermined here, and judged by RF-E-03.
package ringfence.evidence.snapshot_complete

subjects contains d._subject if some d in input.snapshot.datasets

pass contains d._subject if {
	some d in input.snapshot.datasets
	d.status == "complete"
	d.scopes == []
	_says_so(d)
}

fail contains _violation(d, sprintf("the account of %s contradicts itself: %s", [d.dataset, d.reason])) if {
	some d in input.snapshot.datasets
	d.code == "contradictory"
}

fail contains _violation(d, sprintf("%s says complete, beside %s", [d.dataset, _error(d)])) if {
	some d in input.snapshot.datasets
	d.said == "complete"
	d.status == "complete"
}

fail contains _violation(d, sprintf("%s says complete, and %s of it is %s", [d.dataset, scope.scope, scope.status])) if {
	some d in input.snapshot.datasets
	d.status == "complete"
	some scope in d.scopes
	scope.status != "complete"
}

fail contains _violation(d, sprintf("%s of %s says complete, beside %s", [scope.scope, d.dataset, _error(scope)])) if {
	some d in input.snapshot.datasets
	some scope in d.scopes
	scope.status == "complete"
}

fail contains _violation(d, sprintf("%s was read in part and cut: %s", [d.dataset, d.reason])) if {
	some d in input.snapshot.datasets
	d.scopes == []
	_cut(d)
}

fail contains _violation(d, sprintf("%s of %s was read in part and cut: %s", [d.dataset, scope.scope, scope.reason])) if {
	some d in input.snapshot.datasets
	some scope in d.scopes
	scope.scope != "*"
	_cut(scope)
}

# _says_so: the manifest says complete, and nothing beside it says otherwise; or the lack of
# a licence is proven, and the engine says that there is nothing to read.
_says_so(d) if {
	d.said == "complete"
	d.reason == null
}

_says_so(d) if {
	d.said == "not_licensed"
	d.licence.held == false
}

# _cut holds for a list of which something was read, before a page failed or the answer
# itself said that there is more. That it was refused may be about what is beside it.
_cut(about) if {
	about.status == "partial"
	is_number(about.http_status)
	about.http_status >= 400
	status := about.http_status
	not status in {401, 403}
}

_cut(about) if {
	about.status == "partial"
	about.code in {
		"connection_reset", "count_differs", "last_page_missing",
		"result_truncated", "timeout", "truncated", "unreachable",
	}
}

# After a next link that leads nowhere, nothing of the list is kept.
_cut(about) if {
	about.status in {"error", "partial"}
	about.code in {"foreign_next_link", "next_link_loop"}
}

# _error words the error beside something, where there is one.
_error(about) := about.reason if is_string(about.reason)

_violation(d, message) := {
	"subject": d._subject,
	"message": message,
	"observed": {"status": d.status, "said": d.said, "reason": d.reason},
	"expected": {"status": "complete"},
	"evidence": [],
}

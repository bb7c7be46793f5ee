# METADATA
# title: The evidence is no older than agreed
# description: >-
#   Each list that a pass of some control rests on was read within the client's max_age before
#   the judgement: 24 hours, unless the fleet file agrees on another time, as for a client in a
#   change freeze. A day is long enough to give a role, use it and take it away again. What
#   was not read at all has no age, and is undetermined.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/monitoring-health/concept-audit-logs
#     description: What the directory remembers of what happened between two snapshots
# custom:
#   id: RF-E-03
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [au-8, au-9, ca-7]
#     iso_27001: [A.8.17]
#     ccm: []
#     gdpr: []
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001]
#   params: {}
#   remediation: >-
#     Collect again, and see why it was not: the schedule, the credential, a collection that
#     ends in an error. Where a slower pace is agreed with the client, write it down as
#     max_age of the client in the fleet file.
#   limits: >-
#     The times that the collector wrote, by its own clock. Saved answers that were imported
#     have the times of their files. How far the snapshots of several clients are apart is
#     judged where clients are joined, and not here; nor is the MSP's own snapshot.
package ringfence.evidence.snapshot_age

subjects contains d._subject if some d in input.snapshot.datasets

pass contains d._subject if {
	some d in input.snapshot.datasets
	d.status == "complete"
	_age(d) <= _max_age
}

fail contains {
	"subject": d._subject,
	"message": sprintf("%s was read at %s, more than %s before %s", [d.dataset, d.ended_at, input.client.max_age, input.as_of]),
	"observed": {"ended_at": d.ended_at},
	"expected": {"max_age": input.client.max_age},
	"evidence": [],
} if {
	some d in input.snapshot.datasets
	d.status == "stale"
	_age(d) > _max_age
}

# _age is how long before the judgement a list was read to its end, in nanoseconds.
_age(d) := time.parse_rfc3339_ns(input.as_of) - time.parse_rfc3339_ns(d.ended_at) if {
	is_string(d.ended_at)
	regex.match(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`, d.ended_at)
}

# _max_age is the client's, a whole number of minutes, hours or days.
_max_age := to_number(number) * {"m": 60000000000, "h": 3600000000000, "d": 86400000000000}[unit] if {
	is_string(input.client.max_age)
	[_, number, unit] := regex.find_all_string_submatch_n(`^(\d{1,6})([mhd])$`, input.client.max_age, 1)[0]
}

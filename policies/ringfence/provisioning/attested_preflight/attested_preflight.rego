# METADATA
# title: A client is live only after a preflight that somebody attested
# description: >-
#   Of a live client whose promise has gate = "attested", the MSP's own records have a signed
#   preflight at which nothing blocked, and the review of a person who is a reviewer of the
#   fleet file, disputes nothing of it, and is not the one who asked for it. The newest
#   preflight that somebody reviewed decides. Exceptions that it rests on have not ended.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/governance/policy/samples/nist-sp-800-53-r5
#     description: NIST SP 800-53 Rev. 5, CA-6 Authorization
# custom:
#   id: RF-P-02
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-5, ca-2, ca-6, sa-9]
#     iso_27001: [A.5.19, A.5.20]
#     ccm: [STA-09]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Set the client's state back to onboarding and run ringfence preflight with --key and
#     --requester. Once nothing blocks, a reviewer of the fleet file who did not ask for it
#     attests the run with ringfence-attest; then the state becomes live again.
#   limits: >-
#     What the store that judges has, and the fleet file says today about keys and reviewers.
#     Who asked is their own word. That the review was made when it says, and that nobody
#     took a later one away, nothing proves. Under which promise and policies the preflight
#     was judged is in its run, which the reviewer saw; it is not compared with today's. What
#     became of the client since is other controls' affair. Without a store nobody knows.
package ringfence.provisioning.attested_preflight

subjects contains _subject if _asked

pass contains _subject if {
	_asked
	count(_deciding) > 0
	every run in _deciding {
		_opened(run)
		_agreed(run)
	}
}

fail contains _failure(_nothing, "records") if {
	_asked
	is_array(input.records.runs)
	count(_deciding) == 0
}

fail contains _failure(message, run.run) if {
	_asked
	some run in _deciding
	state := run.gate
	not state in _open
	message := sprintf("the gate was shut at the preflight that was attested: %s", [run.gate])
}

fail contains _failure(message, run.run) if {
	_asked
	some run in _deciding
	_lapsed(run)
	message := sprintf("an exception that the preflight rests on ended on %s", [run.until])
}

fail contains _failure(message, run.run) if {
	_asked
	some run in _deciding
	some review in run.reviews
	review.decision == "disputed"
	message := sprintf("%s disputes a finding of the preflight", [review.reviewer])
}

fail contains _failure(message, run.run) if {
	_asked
	some run in _deciding
	every review in run.reviews {
		_same(review, run)
	}
	message := sprintf("only %s, who asked for the preflight, attested it", [run.requester])
}

_subject := sprintf("client/%s", [input.client.name])

_asked if {
	input.client.gate == "attested"
	input.client.state == "live"
}

# _attested are the preflights that somebody reviewed.
_attested := [run |
	some run in input.records.runs
	run.kind == "preflight"
	count(run.reviews) > 0
]

# _deciding are the newest of them: one, but for two of the same second.
_deciding := [run |
	newest := max({run.as_of | some run in _attested})
	some run in _attested
	run.as_of == newest
]

# _open are the states in which nothing keeps the gate shut.
_open := {"satisfied", "excepted", "not-applicable"}

_opened(run) if {
	run.gate in _open
	not _lapsed(run)
}

# _lapsed: the last day of an exception is over.
_lapsed(run) if {
	run.until != ""
	run.until < substring(input.as_of, 0, 10)
}

# _agreed: nobody disputes anything, and somebody else than the requester has agreed.
_agreed(run) if {
	run.requester != ""
	every review in run.reviews {
		review.decision in {"confirmed", "accepted-risk"}
	}
	some review in run.reviews
	not _same(review, run)
}

_same(review, run) if lower(run.requester) in _names(review)

# _names are what a reviewer may be called: the label, the address, and what is before its @.
_names(review) := {review.reviewer, review.email, split(review.email, "@")[0]}

_nothing := sprintf("no preflight of the client was attested: %s", [concat("; ", _problems)]) if {
	count(_problems) > 0
} else := "no preflight of the client was attested"

# _problems say why what there is does not count.
_problems contains sprintf("run %s: %s", [run.run, run.problem]) if {
	some run in input.records.runs
	run.problem != ""
}

_failure(message, document) := {
	"subject": _subject,
	"message": message,
	"observed": {"state": input.client.state, "run": document},
	"expected": "a preflight at which nothing blocked, attested by somebody who did not ask for it",
	"evidence": [],
}

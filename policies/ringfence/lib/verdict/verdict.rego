# METADATA
# description: >-
#   The verdicts of one control, for any evaluator of Rego that knows nothing of
#   ringfence. The input is what `ringfence snapshot export --as-input` writes: its
#   `coverage` says how complete each dataset is, and what the control's plan needs.
#
#   `opa eval -d policies -i input.json 'data.ringfence.lib.verdict.of("RF-K-04", data.ringfence.keyownership.purge_protection)'`
#
#   It is the engine's gate, and never more generous: only where a rule asks for the
#   absence of something that was not all seen, the engine asks rules one by one and may
#   still prove a violation, or a pass by the subject's own document, of which this says
#   undetermined.
package ringfence.lib.verdict

# of are the verdicts by subject, of what a control answers: its subjects, pass and fail.
of(id, answer) := {subject: outcome |
	some subject in (answer.subjects | _holes(id, answer))
	outcome := _outcome(id, answer, subject)
}

# control is the verdict of the control as a whole: the worst of its subjects'.
control(id, answer) := "not-satisfied" if {
	"not-satisfied" in _outcomes(id, answer)
} else := "undetermined" if {
	"undetermined" in _outcomes(id, answer)
} else := "satisfied" if {
	"satisfied" in _outcomes(id, answer)
} else := "not-applicable"

_outcomes(id, answer) := {outcome | some outcome in of(id, answer)}

_outcome(id, answer, subject) := "undetermined" if {
	count(answer.pass & _failed(answer)) > 0 # the policy contradicts itself
} else := "undetermined" if {
	not _planned(id) # nothing says what was seen
} else := _of_failed(id) if {
	subject in _failed(answer)
} else := "undetermined" if {
	subject in _holes(id, answer)
} else := "satisfied" if {
	subject in answer.pass
	not _withheld(id, subject)
} else := "undetermined"

_failed(answer) := {f.subject | some f in object.get(answer, "fail", set())}

# _of_failed: what asks for the absence of something that was not all seen is a lead.
_of_failed(id) := "undetermined" if {
	some dataset in _plan(id).fail_gates
	not _complete(dataset)
} else := "undetermined" if {
	count(_unjoined(id, "fail_gates")) > 0
} else := "not-satisfied"

# _unjoined are kinds of what clients have in common of which not all is known.
_unjoined(id, set) := object.get(_plan(id), ["unjoined", set], [])

# _coverage is what the engine judged of the evidence.
_coverage := object.get(input, "coverage", {})

_plan(id) := _coverage.controls[id]

_planned(id) if is_object(_plan(id))

_complete(dataset) if {
	c := _coverage.datasets[dataset]
	c.status == "complete"
	every scope in object.get(c, "scopes", []) {
		scope.status == "complete"
	}
}

# _unseen are the scopes of a dataset that are not complete; "*" is what no scope explains.
_unseen(dataset) := scopes if {
	c := _coverage.datasets[dataset]
	all := object.get(c, "scopes", [])
	named := {scope.scope | some scope in all; scope.status != "complete"}
	status := c.status
	scopes := named | {"*" | not _explained(status, named, count(all))}
}

_explained("complete", _, _)

_explained("partial", named, _) if count(named) > 0

_explained(_, named, all) if {
	count(named) > 0
	count(named) == all
}

# _holes are subjects of our own: what was not seen of the datasets behind the subjects,
# and documents there that lack something.
_holes(id, answer) := set() if {
	_nothing_promised(id, answer)
} else := ({hole |
	some dataset in _plan(id).subjects
	some scope in _unseen(dataset)
	hole := _hole(dataset, scope)
} | {document |
	some dataset in _plan(id).subjects
	some document in object.get(_plan(id).lacks, dataset, [])
}) | {sprintf("fleet/%s/*", [kind]) | some kind in _unjoined(id, "subjects")}

_hole(dataset, "*") := sprintf("%s/*", [dataset])

_hole(dataset, scope) := sprintf("%s/%s/*", [dataset, trim_prefix(scope, "/")]) if scope != "*"

# _nothing_promised holds where there is no subject because nothing was promised that all
# of them need.
_nothing_promised(id, answer) if {
	count(answer.subjects) == 0
	some promise in _plan(id).promises
	_is_open(id, promise)
}

_is_open(id, _) if count(_plan(id).subjects) == 0

_is_open(_, promise) if object.get(input, split(promise, "."), null) == null

# _withheld holds for a subject that the policy passes, and of which something is missing
# that could say otherwise.
_withheld(id, subject) if {
	some documents in _plan(id).lacks
	subject in documents
}

_withheld(id, _) if count(_unjoined(id, "subjects")) > 0

_withheld(id, _) if count(_unjoined(id, "pass")) > 0

_withheld(id, subject) if {
	some dataset in _needed(id)
	not _complete(dataset)
	not _complete_for(id, dataset, subject)
}

_withheld(id, subject) if {
	some dataset in _needed(id)
	count(object.get(_plan(id).lacks, dataset, [])) > 0
	_others_count(id, dataset, subject)
}

_needed(id) := {dataset | some dataset in _plan(id).subjects} | object.keys(_plan(id).pass)

# _complete_for holds for a dataset that is read per the same parent as the subject's own,
# whose scope there is complete, unless pass asks whether something is not there.
_complete_for(id, dataset, subject) if {
	plan := _plan(id).pass
	not object.get(plan, [dataset, "gates"], false)
	own := _own(id, subject)
	parent := object.get(plan, [dataset, "parent"], "")
	parent != ""
	parent == object.get(plan, [own.dataset, "parent"], "")
	c := _coverage.datasets[dataset]
	not "*" in _unseen(dataset)
	some scope in c.scopes
	scope.scope == own.scope
	scope.status == "complete"
}

# _own is where a subject's own document is.
_own(id, subject) := {"dataset": dataset, "scope": document._scope} if {
	dataset := split(subject, "/")[0]
	dataset in _needed(id)
	some document in object.get(input, split(dataset, "."), [])
	document._subject == subject
}

# _others_count holds where what other documents of a dataset lack can decide about a
# subject.
_others_count(id, dataset, _) if object.get(_plan(id).pass, [dataset, "gates"], false) == true

_others_count(id, dataset, _) if object.get(_plan(id).pass, [dataset, "joined"], false) == true

_others_count(id, dataset, subject) if {
	not _is_own(id, dataset, subject)
}

_is_own(id, dataset, subject) if _own(id, subject).dataset == dataset

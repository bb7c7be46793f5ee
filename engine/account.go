package engine

import (
	"maps"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// input.snapshot is the snapshot's account of itself, for controls that judge the evidence
// and not the tenant: per dataset what the manifest says of it, and what the engine made
// of that.
//
//	{"datasets": [{"_subject": "snapshot/entra.users", "dataset": "entra.users", "status": "denied", …}]}
//
// The datasets are those that a pass of some control of the policy set rests on. One that
// nobody reads, or that only adds violations, changes nothing.
//
// The gate knows nothing of it: a verdict about a gap must not be withheld because of that
// gap. So a policy that reads it has to say of each dataset what was proven, as
// policies/ringfence/evidence does.

// snapshotPart is the name of that part of the input.
const snapshotPart = "snapshot"

// restingOn are the datasets that a pass of some control rests on, sorted, by the kind of
// promise that judges the controls.
func restingOn(controls []*control) map[intent.Kind][]string {
	names := map[intent.Kind]map[string]bool{intent.ClientKind: {}, intent.FleetKind: {}}
	for _, c := range controls {
		if c.compares() {
			continue // it applies only where clients are compared, and facts say what they lack
		}
		kind := judgedBy[c.Scope]
		for name := range c.Plan.Subjects.Datasets {
			names[kind][name] = true
		}
		for name := range c.Plan.Pass.Datasets {
			names[kind][name] = true
		}
	}

	sorted := map[intent.Kind][]string{}
	for kind, set := range names {
		sorted[kind] = slices.Sorted(maps.Keys(set))
	}
	return sorted
}

// accounts are input.snapshot.
func (j *job) accounts() map[string]any {
	all := []any{}
	for _, name := range j.restsOn {
		all = append(all, j.account(name))
	}
	return map[string]any{"datasets": all}
}

// account is that of one dataset: policyset.AccountFields says what each field means.
func (j *job) account(name string) map[string]any {
	said := j.snap.Manifest.Datasets[name]
	judged := j.evidence.Coverage()[name]

	a := map[string]any{
		"_subject":   snapshot.AccountSubject(name),
		"dataset":    name,
		"said":       orNull(string(said.Status)),
		"started_at": orNull(said.StartedAt),
		"ended_at":   orNull(said.EndedAt),
		"count":      said.Count,
		"proof":      orNull(judged.Proof),
		"scopes":     unanswered(judged.Scopes),
		"licence":    nil,
	}
	maps.Copy(a, stoodInTheWay(judged.Status, judged.Evidence))

	if schema := snapshot.Schemas()[name]; schema != nil && schema.WithoutLicence != nil {
		a["licence"] = map[string]any{
			"plans": schema.WithoutLicence.Plans, "held": j.evidence.Licence(schema.WithoutLicence),
		}
	}
	return a
}

// unanswered are the scopes that are not complete, and those that say so beside the
// evidence of an error.
func unanswered(scopes []snapshot.Scope) []any {
	all := []any{}
	for _, s := range scopes {
		if s.Status == snapshot.Complete && s.Evidence == nil {
			continue
		}
		about := map[string]any{"scope": s.Scope, "count": s.Count}
		maps.Copy(about, stoodInTheWay(s.Status, s.Evidence))
		all = append(all, about)
	}
	return all
}

// stoodInTheWay is a status with the reason for it.
func stoodInTheWay(status snapshot.Status, e *snapshot.Evidence) map[string]any {
	about := map[string]any{"status": string(status), "code": nil, "http_status": nil, "reason": nil}
	if e != nil {
		about["code"], about["reason"] = orNull(e.Code), orNull(evidence.Reason(e))
		if e.HTTPStatus != 0 {
			about["http_status"] = e.HTTPStatus
		}
	}
	return about
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// unseen says, by the subjects of the accounts, what of a dataset was not seen: the reason
// of a verdict that is undetermined because of it.
func (j *job) unseen(c *control) map[string]string {
	if !c.Plan.Reads(snapshotPart) {
		return j.openTo(c)
	}

	why := map[string]string{}
	for _, name := range j.restsOn {
		d := evidence.Dataset{Name: name, Coverage: j.evidence.Coverage()[name]}
		if !d.Coverage.CompleteEverywhere() {
			why[snapshot.AccountSubject(name)] = d.Missing("")
		}
	}
	return why
}

// Accounts are the datasets that input.snapshot tells of where a snapshot is judged by the
// controls of a scope, sorted.
func (e *Engine) Accounts(scope finding.Scope) []string {
	return slices.Clone(e.restsOn[judgedBy[scope]])
}

package engine

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// input.reach is which clients each principal of the MSP reaches, of its own result; null where
// clients were not compared, and in a client's.
//
//	{"anybody": ["contoso"], "principals": [
//	   {"kind": "user", "id": "…", "clients": [{"name": "fabrikam", "state": "live"}]}]}
//
// What evidence does not show is in it: a client of the state "open", and those of anybody, may be
// reached. So it says how far each principal reaches at most, and the gate has nothing to hold
// back where it is there.

// reachPart is the name of that part of the input.
const reachPart = "reach"

// Surveyed are which clients the MSP's principals reach.
type Surveyed struct {
	// Snapshot is the digest of the manifest of the MSP's evidence that was compared.
	Snapshot string
	Radii    fact.Radii
}

// Surveying is the same engine, whose controls of the MSP's own tenant judge which clients its
// principals reach, by evidence that must be the snapshot which is judged. Without it, or with nil,
// nobody knows.
func (e *Engine) Surveying(s *Surveyed) *Engine {
	w := *e
	w.surveyed = s
	return &w
}

func (j *job) checkSurveyed() error {
	if j.surveyed == nil {
		return nil
	}
	if j.promise.Kind() != intent.FleetKind {
		return fmt.Errorf("a client is not told who reaches whom")
	}
	if j.surveyed.Snapshot != j.snap.Digest() {
		return fmt.Errorf("they are of snapshot %q", j.surveyed.Snapshot)
	}
	return j.surveyed.Radii.Check()
}

// reachInput is input.reach.
func (j *job) reachInput() (any, error) {
	if j.surveyed == nil {
		return nil, nil
	}
	return plainJSON(j.surveyed.Radii)
}

// unsurveyed says why it is not known how far the MSP's principals reach; nothing where it is.
func (j *job) unsurveyed() []string {
	if j.surveyed == nil {
		return []string{"nobody said which clients the MSP's principals reach: \"ringfence audit\" finds out"}
	}
	return nil
}

// openTo says, by subject, which further clients a principal may reach.
func (j *job) openTo(c *control) map[string]string {
	if j.surveyed == nil || !slices.Contains(c.Plan.Joins(), plan.ReachJoin) {
		return nil
	}

	const reason = "evidence is missing in which a path to %s might be seen"
	why, anybody := map[string]string{}, j.surveyed.Radii.Anybody
	for _, p := range j.surveyed.Radii.Principals {
		further := slices.Clone(anybody)
		for _, to := range p.Clients {
			if to.State == fact.Open {
				further = append(further, to.Name)
			}
		}
		if dataset := datasetOf[p.Kind]; dataset != "" && len(further) > 0 {
			slices.Sort(further)
			why[snapshot.Subject(dataset, p.ID)] = fmt.Sprintf(reason, strings.Join(slices.Compact(further), ", "))
		}
	}
	return why
}

// datasetOf is the dataset that lists principals of a kind.
var datasetOf = map[string]string{"user": "entra.users", "service-principal": "entra.service_principals"}

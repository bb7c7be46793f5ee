package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// fleetPart is the name of the part of the input that says what a client hears of others.
const fleetPart = "fleet"

// hearing is what a client hears of others: nothing, where nobody told it.
type hearing struct {
	fact.Heard
	told bool
}

// readHeard reads what the client hears, which must be about the snapshot that is judged:
// that of another client, or of another day, would be missing evidence.
func (j *job) readHeard() error {
	if j.heard == nil {
		return nil
	}
	if j.promise.Kind() != intent.ClientKind {
		return errors.New("the fleet result hears of nobody")
	}

	heard, err := fact.ParseHeard(j.heard)
	if err != nil {
		return err
	}
	if heard.TenantID != j.tenant.Client.TenantID {
		return fmt.Errorf("they are told to tenant %s", heard.TenantID)
	}
	if heard.Snapshot != j.snap.Digest() {
		return fmt.Errorf("they are of snapshot %s", heard.Snapshot)
	}

	j.hears = hearing{heard, true}
	return nil
}

// heardIn is what a document that a person wrote says of others.
func heardIn(part any) (hearing, error) {
	said, isObject := part.(map[string]any)
	if !isObject {
		return hearing{}, nil
	}

	encoded, err := json.Marshal(map[string]any{"unproven": said["unproven"]})
	if err != nil {
		return hearing{}, err
	}
	h := hearing{told: true}
	if err := json.Unmarshal(encoded, &h.Heard); err != nil {
		return hearing{}, fmt.Errorf("fleet: unproven: %w", err)
	}
	return h, nil
}

// plainJSON is a value as it is read from JSON.
func plainJSON(v any) (any, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return snapshot.Parse(encoded)
}

// input is input.fleet. What could not be concluded is in it, so that what is remembered
// depends on it; policies have no use for it, since the gate knows.
func (h hearing) input() map[string]any {
	links := map[string]any{}
	for _, l := range h.Links {
		list, _ := links[l.Kind].([]any)
		links[l.Kind] = append(list, l)
	}

	return map[string]any{
		"links": links, "paths": append([]fact.Path{}, h.Paths...),
		"unproven": append([]fact.Unproven{}, h.Unproven...), "told": h.told,
	}
}

// comparing are the controls that are judged: where clients are not compared with each other,
// those that compare them do not apply.
func (j *job) comparing() []*control {
	if j.tenant.Compared || j.hears.told || j.surveyed != nil {
		return j.controls
	}
	return slices.DeleteFunc(slices.Clone(j.controls), (*control).compares)
}

// compares: the control judges what comes of comparing clients with each other.
func (c *control) compares() bool {
	return c.Scope == finding.FleetScope || slices.Contains(c.Plan.Joins(), plan.ReachJoin)
}

// Compares reports whether a control judges what comes of comparing clients with each other, and so
// applies only where that is done.
func (e *Engine) Compares(id string) bool {
	return slices.ContainsFunc(e.controls, func(c *control) bool { return c.ID == id && c.compares() })
}

// opinionOf is what was found, or that the control does not apply.
func (j *job) opinionOf(c *control, found map[string]*finding.Opinion) *finding.Opinion {
	if o := found[c.ID]; o != nil || !c.compares() {
		return o
	}
	return notCompared
}

// notCompared is the opinion of a control of scope fleet where clients are not compared.
var notCompared = &finding.Opinion{
	Reason: "clients are not compared with each other here: an audit does that where the fleet file's " +
		"msp block names a fleet_key, and \"ringfence fleet key\" makes one",
}

// nobodyTold is why nothing is known of others where no facts were given.
const nobodyTold = "no facts of the fleet were given: \"ringfence audit\" compares clients, " +
	"and \"evaluate --fleet-facts\" takes what it found"

// unjoined says, by kind of join, why what a control reads of it may not be all. Of a kind
// that nobody could conclude about, the reasons are sorted.
func (j *job) unjoined(c *control) map[string][]string {
	why := map[string][]string{}
	for _, kind := range c.Plan.Joins() {
		if kind == plan.ReachJoin {
			why[kind] = j.unsurveyed()
			continue
		}
		if !j.hears.told {
			why[kind] = []string{nobodyTold}
			continue
		}
		for _, u := range j.hears.Unproven {
			if u.Kind == kind || kind == plan.AnyJoin {
				why[kind] = append(why[kind], u.Why)
			}
		}
	}
	return why
}

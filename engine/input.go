package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// What a policy sees, as input:
//
//	client, msp, as_of, collected_at  of all controls the same (sharedInput)
//	snapshot                          the same, how each dataset was read (account.go)
//	records                           the same, what the store knows of earlier runs
//	fleet                             of a client: what it hears of others (heard.go)
//	reach                             of the MSP: which clients its principals reach (reach.go)
//	params, fleet                     a control's own, of the MSP with its clients (controlInput)
//	<area>.<dataset>                  the documents of its plan (ask.go)

// recordsPart is the name of that part of the input.
const recordsPart = "records"

// members are those of an object, as OPA's values.
type members [][2]*ast.Term

func membersOf(object map[string]any) (list members, err error) {
	value, err := ast.InterfaceToValue(object)
	if err != nil {
		return nil, err
	}

	value.(ast.Object).Foreach(func(key, value *ast.Term) { list = append(list, [2]*ast.Term{key, value}) })
	return list, nil
}

// prepareInput makes what the input of all controls shares. What none of them reads and
// takes time to make is left out.
func (j *job) prepareInput() (err error) {
	if j.parts, err = j.sharedInput(); err != nil {
		return err
	}

	reads := func(c *control) bool { return c.Plan.Reads(snapshotPart) }
	if slices.ContainsFunc(j.controls, reads) {
		j.parts[snapshotPart] = j.accounts()
	}

	if j.promise.Kind() == intent.ClientKind {
		if j.parts[fleetPart], err = plainJSON(j.hears.input()); err != nil {
			return err
		}
	}

	if j.parts[reachPart], err = j.reachInput(); err != nil {
		return err
	}

	j.shared, err = membersOf(j.parts)
	return err
}

// sharedInput is the part of the input that is neither evidence nor a parameter.
func (j *job) sharedInput() (map[string]any, error) {
	attributes, err := attributesOf(j.tenant.Client)
	if err != nil {
		return nil, err
	}

	return map[string]any{
		"client":       attributes,
		"msp":          j.mspInput(),
		"as_of":        j.asOf.Format(time.RFC3339),
		"collected_at": j.snap.Manifest.CollectedAt,
		recordsPart:    j.recorded,
	}, nil
}

// mspInput is the service provider as policies see it. Between which cells walls stand is in its
// own result alone.
func (j *job) mspInput() map[string]any {
	m := j.tenant.MSP
	seen := map[string]any{"tenant_id": m.TenantID, "domains": m.Domains, "max_reach": nil, "walls": nil}
	if m.MaxReach != nil {
		seen["max_reach"] = *m.MaxReach
	}
	if f, isFleet := j.promise.(intent.Fleet); isFleet && len(f.Walls) > 0 {
		seen["walls"] = walls(f.Walls)
	}
	return seen
}

func walls(all []intent.Wall) (seen []any) {
	for _, w := range all {
		seen = append(seen, map[string]any{"name": w.Name, "cells": w.Cells})
	}
	return seen
}

// notPromisedByMSP are the promises that the service provider did not make: "msp.walls".
func (j *job) notPromisedByMSP() map[string]bool {
	msp, _ := j.parts["msp"].(map[string]any) // as it was made, or as a person wrote it
	null := map[string]bool{}
	for _, name := range plan.MSPPromises {
		null["msp."+name] = msp[name] == nil
	}
	return null
}

// attributesOf is a client as policies see it, without the parameters of controls.
func attributesOf(client intent.Client) (map[string]any, error) {
	client.Params = nil
	encoded, err := intent.Marshal(client)
	if err != nil {
		return nil, err
	}

	var attributes map[string]any
	if err := json.Unmarshal(encoded, &attributes); err != nil {
		return nil, err
	}

	delete(attributes, "params")
	return attributes, nil
}

// controlInput is the part of the input that is a control's own: its parameters,
// and in the fleet result the clients, each with what the fleet file sets of the
// same parameters for it. Of several controls it is what they see together.
func (j *job) controlInput(controls ...finding.Control) (map[string]any, error) {
	shown := map[string]any{}
	for _, c := range controls {
		values, err := params(j.tenant.Client, c)
		if err != nil {
			return nil, err
		}
		maps.Copy(shown, values)
	}

	input := map[string]any{"params": shown}
	if j.promise.Kind() == intent.FleetKind {
		input["fleet"] = map[string]any{"clients": joined(j.promise.Joined(), controls)}
	}

	return input, nil
}

// joined are the clients as controls see them.
func joined(clients []intent.FleetClient, controls []finding.Control) []any {
	all := []any{}
	for _, client := range clients {
		seen := map[string]any{
			"name": client.Name, "tenant_id": client.TenantID, "state": client.State, "domains": client.Domains,
			"contract": contract(client.Contract), "fence": fence(client.Fence), "cell": nil,
		}
		if client.Cell != nil {
			seen["cell"] = *client.Cell
		}

		set := map[string]any{}
		for _, c := range controls {
			maps.Copy(set, client.Params[c.ID])
		}

		if len(set) > 0 {
			seen["params"] = set
		}

		all = append(all, seen)
	}

	return all
}

// contract is how long a client's contract runs; null where the fleet file does not say.
func contract(c *intent.Contract) any {
	if c == nil {
		return nil
	}

	seen := map[string]any{"start": nil, "end": nil, "grace": nil}
	for name, value := range map[string]*string{"start": c.Start, "end": c.End, "grace": c.Grace} {
		if value != nil {
			seen[name] = *value
		}
	}
	return seen
}

// fence is where data, keys, logs and people of a client may be; null where nothing was
// promised, and null in it what was not.
func fence(f *intent.Fence) any {
	if f == nil {
		return nil
	}

	seen := map[string]any{"name": f.Name}
	for name, places := range map[string][]string{
		"regions": f.Regions, "geographies": f.Geographies, "countries": f.Countries, "people": f.People,
	} {
		seen[name] = nil
		if places != nil {
			seen[name] = places
		}
	}
	return seen
}

// params are a control's own parameters: what the fleet file sets, over the
// defaults of the METADATA.
func params(cl intent.Client, c finding.Control) (map[string]any, error) {
	values := map[string]any{}
	for name, p := range c.Params {
		values[name] = p.Default
	}

	for name, v := range cl.Params[c.ID] {
		p, known := c.Params[name]
		if !known {
			return nil, fmt.Errorf("%s has no param %q", c.ID, name)
		}
		if err := p.Check(v); err != nil {
			return nil, fmt.Errorf("%s: param %s: %w", c.ID, name, err)
		}
		values[name] = v
	}

	return values, nil
}

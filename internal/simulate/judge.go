package simulate

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
)

// Case is what is judged twice.
type Case struct {
	Engine    *engine.Engine
	Snapshot  snapshot.Snapshot
	Before    intent.Promise
	After     intent.Promise // the same, where the change is not about the promise
	Documents []fleetfile.DocumentChange
	AsOf      time.Time
}

// Result is what a simulation says. The sets stay with whoever asked: they must not be
// written as findings.
type Result struct {
	Comparison
	Promise []Attribute `json:"promise"`   // what the change makes of the promise
	Effects []Effect    `json:"documents"` // what it does to documents

	BeforeSet finding.Set `json:"-"`
	AfterSet  finding.Set `json:"-"`
}

// Attribute is an attribute of the client whose promise changes.
type Attribute struct {
	Name   string `json:"attribute"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Judge judges a snapshot as it is, and as it would be.
func Judge(ctx context.Context, c Case) (Result, error) {
	changed, effects, err := Apply(c.Snapshot, c.Documents)
	if err != nil {
		return Result{}, err
	}

	before, err := c.Engine.Evaluate(ctx, c.Snapshot, c.Before, c.AsOf)
	if err != nil {
		return Result{}, err
	}
	after, err := c.Engine.Evaluate(ctx, changed, c.After, c.AsOf)
	if err != nil {
		return Result{}, err
	}

	attributes, err := differences(c.Before.Tenant().Client, c.After.Tenant().Client)
	return Result{
		Comparison: Compare(before, after), Promise: attributes, Effects: slices.Concat([]Effect{}, effects),
		BeforeSet: before, AfterSet: after,
	}, err
}

// differences are the attributes of a client that are not the same.
func differences(before, after intent.Client) ([]Attribute, error) {
	was, err := attributes(before)
	if err != nil {
		return nil, err
	}
	is, err := attributes(after)
	if err != nil {
		return nil, err
	}

	all := []Attribute{}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if !reflect.DeepEqual(was[name], is[name]) {
			all = append(all, Attribute{name, was[name], is[name]})
		}
	}
	return all, nil
}

func attributes(c intent.Client) (all map[string]any, err error) {
	encoded, err := intent.Marshal(c)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(encoded, &all)
	return all, err
}

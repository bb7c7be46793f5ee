package run

import (
	"fmt"
	"reflect"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
	"ringfence/policies"
)

// A run folder comes from somebody else. What is read before its signature
// holds is bounded, and its policies run only if somebody vouches for them.

// vouched says why the folder's policies must not run, or "". A policy can take
// all memory and time there is: without an anchor only those run that are this
// program's own, byte for byte.
func (v *verifier) vouched() string {
	if !v.anchor.empty() {
		return ""
	}

	own, err := engine.Load(policies.FS)
	if err == nil {
		var bundle []byte
		if bundle, err = own.Bundle(); err == nil && snapshot.Digest(bundle) == v.digests[layout.Policies] {
			return ""
		}
	}

	return layout.Policies + " is not this program's own, and without --fleet or --key nobody vouches for it"
}

// checkDigests holds run.json to the inputs without evaluating them.
func (v *verifier) checkDigests(rec *Record, snap snapshot.Snapshot) {
	if rec.Run != finding.RunID(rec.Snapshot, rec.Intent, rec.Policies, rec.Engine, rec.AsOf) {
		v.problem(layout.Run, "run %s is not made of the digests beside it", rec.Run)
	}

	for name, want := range map[string]string{layout.Intent: rec.Intent, layout.Manifest: rec.Snapshot} {
		if got := v.digests[name]; got != want {
			v.problem(name, "was changed: SHA-256 is %s, %s says %s", got, layout.Run, want)
		}
	}

	v.load(layout.Policies, func(b []byte) error {
		fsys, err := engine.OpenBundle(b)
		if err != nil {
			return err
		}

		got, err := engine.PolicyDigest(fsys)
		if err == nil && got != rec.Policies {
			err = fmt.Errorf("was changed: the policies' digest is %s, %s says %s", got, layout.Run, rec.Policies)
		}

		return err
	})

	v.checkDatasets(snap)
}

// checkDatasets holds the snapshot's files to its manifest.
func (v *verifier) checkDatasets(snap snapshot.Snapshot) {
	for name := range snap.Manifest.Datasets {
		file := layout.Dataset(name)
		if err := snap.CheckDigest(name); err != nil {
			v.problem(file, "%v", err)
		}
	}
}

// checkRecord holds run.json to what the inputs give. Its wall clock, host and
// tool are its own to say, and so are the floors behind its conditions: no
// condition may be made up, and none left out that every floor has.
func (v *verifier) checkRecord(r *Rendered, rec *Record) {
	want := r.facts()
	want.Run = finding.RunID(want.Snapshot, want.Intent, want.Policies, rec.Engine, want.AsOf)
	want.Engine, want.Tool, want.Conditions, want.Wall = rec.Engine, rec.Tool, rec.Conditions, rec.Wall
	if !reflect.DeepEqual(want, *rec) {
		v.problem(layout.Run, "says run %s of %s with %+v, the inputs give %s of %s with %+v",
			rec.Run, rec.Client, rec.Counts, want.Run, want.Client, want.Counts)
	}

	least, most := Floors{FailOn: "critical", UndeterminedOn: "critical"}, Floors{FailOn: "low", UndeterminedOn: "low"}
	if !within(least.Conditions(r.Set), rec.Conditions) || !within(rec.Conditions, most.Conditions(r.Set)) {
		v.problem(layout.Run, "says exit conditions %v, the inputs give %v", rec.Conditions, most.Conditions(r.Set))
	}
}

func within(part, whole []int) bool {
	return !slices.ContainsFunc(part, func(c int) bool { return !slices.Contains(whole, c) })
}

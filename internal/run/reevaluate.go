package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/policyset"
	"ringfence/internal/isolation"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// findInputs finds out whether the folder has all that a result follows from.
func (v *verifier) findInputs(context.Context) {
	if name := v.Lacks(layout.Run, layout.Intent, layout.Policies, layout.Manifest); name != "" {
		v.leaveOut(name + " is missing")
	}
}

// leaveOut says why the inputs are not evaluated again.
func (v *verifier) leaveOut(reason string) {
	v.unjudged, v.report.Reevaluated = reason, "no: "+reason
}

func (v *verifier) readRecord(context.Context) {
	v.record = v.ReadRecord()
	if r := v.record; r != nil {
		v.report.Run, v.report.Client, v.report.TenantID, v.report.AsOf = r.Run, r.Client, r.TenantID, r.AsOf
		v.report.Counts = r.Counts
	}
}

func (v *verifier) readSnapshot(context.Context) {
	v.inputs.Snapshot = v.ReadSnapshot()
	v.report.Collected = v.inputs.Snapshot.Manifest.CollectedAt
}

// readInputs reads the promise and loads the policies. Where these cannot run,
// run.json is held to the inputs without them.
func (v *verifier) readInputs(context.Context) {
	v.inputs.AsOf, _ = time.Parse(time.RFC3339, v.record.AsOf) // ReadRecord checked it
	v.Load(layout.Intent, func(data []byte) (err error) {
		v.promise = data
		v.inputs.Promise, err = intent.ParsePromise(data)
		return err
	})

	if v.Digests[layout.Records] != "" {
		v.Load(layout.Records, func(data []byte) error { v.inputs.Records = data; return nil })
	}
	if v.Digests[layout.FleetFacts] != "" {
		v.Load(layout.FleetFacts, func(data []byte) error { v.inputs.FleetFacts = data; return nil })
	}
	if v.Digests[layout.FleetPaths] != "" {
		v.Load(layout.FleetPaths, func(data []byte) (err error) {
			v.inputs.FleetPaths = data
			_, err = isolation.Parse(data)
			return err
		})
	}

	obstacle := v.loadPolicies()
	if obstacle == "" {
		return
	}

	v.checkDigests()
	if v.Sound() {
		v.leaveOut(obstacle)
	}
}

// loadPolicies says what keeps the folder's policies from being run, or "". What is
// wrong with them is a problem, unless another engine version may have loaded them.
func (v *verifier) loadPolicies() (obstacle string) {
	if !v.mayRun() {
		return layout.Policies + " is not this program's own, " +
			"and without --fleet or --key nobody vouches for it"
	}

	v.Load(layout.Policies, func(data []byte) error {
		files, err := policyset.OpenBundle(data)
		if err != nil {
			return err
		}

		v.inputs.Engine, err = v.policies.load(data, files)
		if err != nil && !v.sameEngine() {
			obstacle = fmt.Sprintf("its policies are for engine version %s and do not load in this one (%s)",
				v.record.Engine, engine.Version)
			return nil
		}

		return err
	})

	return obstacle
}

// mayRun reports whether the folder's policies may run. A policy can take all
// memory and time there is: without an anchor only those run that are this
// program's own, byte for byte.
func (v *verifier) mayRun() bool {
	if !v.anchor.trust().Empty() {
		return true
	}

	return v.policies.areOwn(v.Digests[layout.Policies])
}

// checkDigests holds run.json to the inputs without evaluating them.
func (v *verifier) checkDigests() {
	v.CheckRun(v.record)
	v.Load(layout.Policies, func(data []byte) error {
		files, err := policyset.OpenBundle(data)
		if got := files.Digest(); err == nil && got != v.record.Policies {
			err = fmt.Errorf("was changed: the policies' digest is %s, %s says %s",
				got, layout.Run, v.record.Policies)
		}
		return err
	})

	for name := range v.inputs.Snapshot.Manifest.Datasets {
		if err := v.inputs.Snapshot.CheckDigest(name); err != nil {
			v.Problem(layout.Dataset(name), "%v", err)
		}
	}
}

// sameEngine reports whether this engine made the folder. Of another version the
// documents may differ, the verdicts may not.
func (v *verifier) sameEngine() bool { return v.record.Engine == engine.Version }

// evaluate renders the inputs again. An error is a problem of the file that it is
// about.
func (v *verifier) evaluate(ctx context.Context) {
	v.report.judgesFleet = v.inputs.Engine.Judges(intent.FleetKind)
	rendered, err := Render(ctx, v.inputs, !v.sameEngine())

	var digest *snapshot.DigestError
	switch {
	case err == nil:
		v.rendered = rendered
	case ctx.Err() != nil: // an interrupt, which verify reports
	case errors.As(err, &digest):
		v.Problem(layout.Dataset(digest.Dataset), "%s", digest.Problem)
	default:
		v.Problem(layout.Run, "the inputs cannot be evaluated again: %v", err)
	}
}

// compare holds the folder to what its inputs give.
func (v *verifier) compare(context.Context) {
	v.compareRecord()
	if v.sameEngine() {
		v.compareFiles()
	} else {
		v.compareVerdicts()
	}
}

// compareRecord holds run.json to what the inputs give. Its wall clock, host,
// kind and tool are its own to say, and so are the floors behind its conditions: no
// condition may be made up, and none left out that every floor has.
func (v *verifier) compareRecord() {
	record, want := *v.record, v.rendered.facts()
	want.Run = finding.RunID(want.Snapshot, want.Intent, want.Policies, record.Engine, want.AsOf,
		want.Records, want.FleetFacts, want.FleetPaths)
	want.Engine, want.Tool, want.Kind = record.Engine, record.Tool, record.Kind
	want.Conditions, want.Wall = record.Conditions, record.Wall
	if !reflect.DeepEqual(want, record) {
		v.Problem(layout.Run, "says run %s of %s with %+v, the inputs give %s of %s with %+v",
			record.Run, record.Client, record.Counts, want.Run, want.Client, want.Counts)
	}

	least := Floors{FailOn: "critical", UndeterminedOn: "critical"}.Conditions(v.rendered.Set)
	most := Floors{FailOn: "low", UndeterminedOn: "low"}.Conditions(v.rendered.Set)
	if !within(least, record.Conditions) || !within(record.Conditions, most) {
		v.Problem(layout.Run, "says exit conditions %v, the inputs give %v", record.Conditions, most)
	}
}

// within reports whether all of part are in all.
func within(part, all []int) bool {
	return !slices.ContainsFunc(part, func(c int) bool { return !slices.Contains(all, c) })
}

// compareFiles holds every file to what the inputs give.
func (v *verifier) compareFiles() {
	files := v.rendered.Files
	for _, name := range slices.Sorted(maps.Keys(files)) {
		got, want := v.Digests[name], snapshot.Digest(files[name])
		switch {
		case got == "":
			v.Problem(name, "is missing")
		case got != want:
			v.Problem(name, "is not what the inputs give: SHA-256 is %s, evaluated again %s", got, want)
		}
	}

	known := v.rendered.digests()
	for _, name := range slices.Sorted(maps.Keys(v.Digests)) {
		if known[name] == "" && !slices.Contains([]string{layout.Run, layout.Bundle, layout.Key}, name) {
			v.Problem(name, "is foreign: no run makes it")
		}
	}

	v.report.Reevaluated = "yes"
}

// compareVerdicts is for folders of another engine version. Its documents are held
// to OSCAL's rules alone.
func (v *verifier) compareVerdicts() {
	version := v.record.Engine
	if v.Digests[layout.Verdicts] != snapshot.Digest(v.rendered.Files[layout.Verdicts]) {
		v.Problem(layout.Verdicts, "engine version %s made other verdicts than this one (%s)",
			version, engine.Version)
		return
	}

	v.report.Reevaluated, v.report.OtherEngine = "yes", version
	files := map[string][]byte{}
	for name := range v.Digests {
		if !strings.HasPrefix(name, layout.SnapshotDir+"/") || name == layout.Manifest {
			v.Load(name, func(data []byte) error { files[name] = data; return nil })
		}
	}

	for _, p := range oscal.ValidateFolder(files) {
		v.Problem(p.Path, "%s: %s", p.Rule, p.Message)
	}
}

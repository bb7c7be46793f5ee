package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// reevaluate renders the folder's inputs again and compares every file.
func (v *verifier) reevaluate(ctx context.Context) error {
	in, missing := v.inputs()
	if !v.sound() {
		return nil
	}

	if missing != "" {
		v.report.Reevaluated = "no: " + missing
		return nil
	}

	v.report.judgesFleet = in.Engine.Judges(intent.FleetKind)
	same := v.rec.Engine == engine.Version
	r, err := Render(ctx, *in, !same)
	if err := v.evaluationProblem(err); err != nil || !v.sound() {
		return err
	}

	v.checkRecord(r, v.rec)

	if !same {
		v.compareVerdicts(r, v.rec.Engine)
		return nil
	}

	v.compareRendered(r)
	v.report.Reevaluated = "yes"
	return nil
}

// evaluationProblem files an error of Render under the file that it is about.
func (v *verifier) evaluationProblem(err error) error {
	var digest *snapshot.DigestError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &digest):
		v.problem(layout.Dataset(digest.Dataset), "%s", digest.Problem)
	default:
		v.problem(layout.Run, "the inputs cannot be evaluated again: %v", err)
	}

	return nil
}

// inputs loads what the run was made from; missing names what is not there, or
// may not be used.
func (v *verifier) inputs() (in *Inputs, missing string) {
	manifest := layout.Manifest
	for _, name := range []string{layout.Run, layout.Intent, layout.Policies, manifest} {
		if v.digests[name] == "" {
			return nil, name + " is missing"
		}
	}

	if v.rec = v.record(); v.rec == nil {
		return nil, ""
	}

	in = &Inputs{}
	if in.Snapshot = v.snapshot(manifest); !v.sound() {
		return nil, ""
	}

	v.load(layout.Intent, func(b []byte) (err error) {
		v.intent = b
		in.Promise, err = intent.ParsePromise(b)
		return err
	})

	if missing = v.vouched(); missing != "" {
		v.checkDigests(v.rec, in.Snapshot)
		return nil, missing
	}

	v.load(layout.Policies, func(b []byte) error {
		fsys, err := engine.OpenBundle(b)
		if err != nil {
			return err
		}

		in.Engine, err = engine.Load(fsys)
		if err != nil && v.rec.Engine != engine.Version {
			missing = fmt.Sprintf("its policies are for engine version %s and do not load in this one (%s)", v.rec.Engine, engine.Version)
			return nil
		}
		return err
	})
	if missing != "" {
		v.checkDigests(v.rec, in.Snapshot)
		return nil, missing
	}

	in.AsOf, _ = time.Parse(time.RFC3339, v.rec.AsOf) // record checked it
	return in, ""
}

func (v *verifier) snapshot(manifest string) snapshot.Snapshot {
	snap, err := v.folder.Snapshot()
	if err == nil && snap.Digest() != v.digests[manifest] {
		err = errors.New("is changing while it is read")
	}

	if err != nil {
		v.problem(manifest, "%v", err)
	}

	v.report.Collected = snap.Manifest.CollectedAt
	return snap
}

// load parses the bytes whose digest was checked, and no others.
func (v *verifier) load(name string, parse func([]byte) error) {
	b, err := v.folder.Read(name, runfolder.MaxParsed)
	if err == nil && snapshot.Digest(b) != v.digests[name] {
		err = errors.New("is changing while it is read")
	}

	if err == nil {
		err = parse(b)
	}

	if err != nil {
		v.problem(name, "%v", err)
	}
}

// record reads run.json and checks it against what was signed.
func (v *verifier) record() *Record {
	rec := &Record{}
	problems := len(v.report.Problems)
	v.load(layout.Run, func(b []byte) error { return rec.parse(b) })

	if len(v.report.Problems) > problems {
		return nil
	}

	if v.claim != nil && *v.claim != (runfolder.Claim{Run: rec.Run, Client: rec.Client, TenantID: rec.TenantID, Engine: rec.Engine, AsOf: rec.AsOf}) {
		v.problem(layout.Run, "is not what the signature states")
		return nil
	}

	v.report.Run, v.report.Client, v.report.TenantID, v.report.AsOf = rec.Run, rec.Client, rec.TenantID, rec.AsOf
	v.report.Counts = rec.Counts
	return rec
}

func (rec *Record) parse(b []byte) error {
	if _, err := snapshot.ParseObject(b); err != nil {
		return err
	}
	if err := json.Unmarshal(b, rec); err != nil {
		return err
	}
	if err := snapshot.CheckSchemaName(rec.Schema, SchemaName); err != nil {
		return err
	}

	for name, at := range map[string]string{"as_of": rec.AsOf, "wall.ended": rec.Wall.Ended} {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}

	return nil
}

func (v *verifier) compareRendered(r *Rendered) {
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		switch got := v.digests[name]; {
		case got == "":
			v.problem(name, "is missing")
		case got != snapshot.Digest(r.Files[name]):
			v.problem(name, "is not what the inputs give: SHA-256 is %s, evaluated again %s", got, snapshot.Digest(r.Files[name]))
		}
	}

	known := r.digests()
	for _, name := range slices.Sorted(maps.Keys(v.digests)) {
		if known[name] == "" && !slices.Contains([]string{layout.Run, layout.Bundle, layout.Key}, name) {
			v.problem(name, "is foreign: no run makes it")
		}
	}
}

// compareVerdicts is for folders of another engine version: their documents may
// differ, their verdicts may not.
func (v *verifier) compareVerdicts(r *Rendered, version string) {
	if v.digests[layout.Verdicts] != snapshot.Digest(r.Files[layout.Verdicts]) {
		v.problem(layout.Verdicts, "engine version %s made other verdicts than this one (%s)", version, engine.Version)
		return
	}

	v.report.Reevaluated, v.report.OtherEngine = "yes", version
	files := map[string][]byte{}
	for name := range v.digests {
		if !strings.HasPrefix(name, layout.SnapshotDir+"/") || name == layout.Manifest {
			v.load(name, func(b []byte) error { files[name] = b; return nil })
		}
	}

	for _, p := range oscal.ValidateFolder(files) {
		v.problem(p.Path, "%s: %s", p.Rule, p.Message)
	}
}

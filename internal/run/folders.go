package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// Verification is what verification of a run folder, or of a folder of them,
// found.
type Verification struct {
	Schema     string   `json:"schema"`     // "ringfence.verification/1"
	Exit       int      `json:"exit"`       // the exit code: the first of Conditions
	Conditions []int    `json:"conditions"` // the exit conditions that hold, sorted
	Runs       []Report `json:"runs"`

	// Missing are the live clients of the fleet file that have no folder, and "fleet"
	// where the MSP's own result has none.
	Missing []string `json:"missing"`
}

// NoFolderError says that there is nothing to verify.
type NoFolderError struct{ Dir string }

func (e *NoFolderError) Error() string { return e.Dir + " holds no run folder" }

// VerifyAll verifies dir: a run folder, whatever its name is unless the name is
// another client's of the fleet file, or a folder of run folders, each named for
// its client. In the latter, everything else is foreign, and with a fleet file no
// live client may be missing.
func VerifyAll(ctx context.Context, dir string, anchor Anchor) (Verification, error) {
	v := Verification{
		Schema: "ringfence.verification/1", Conditions: []int{}, Runs: []Report{}, Missing: []string{},
	}
	names, strays, err := folders(dir)
	if err != nil {
		return v, err
	}

	loaded := &Policies{}
	if names == nil {
		r, err := verifyNamed(ctx, dir, anchor.label(dir), anchor, loaded)
		return v.with(r), err
	}

	if len(names) == 0 && anchor.Fleet == nil {
		return v, &NoFolderError{dir}
	}

	if len(strays) > 0 {
		v = v.with(foreign(dir, strays))
	}

	for _, name := range names {
		r, err := verifyNamed(ctx, filepath.Join(dir, name), name, anchor, loaded)
		if err != nil {
			return v, err
		}
		v = v.with(v.once(r))
	}

	return v.complete(anchor, names), nil
}

// label is the client that a run folder given alone says to be about: its name,
// where the fleet file knows it. An auditor's "evidence-2026" or the store's run
// id names nobody; "out/fabrikam" with contoso's result in it was swapped.
func (a Anchor) label(dir string) string {
	full, err := filepath.Abs(dir)
	if a.Fleet == nil || err != nil {
		return ""
	}

	name := filepath.Base(full)
	if _, known := a.Fleet.Client(name); known || name == snapshot.FleetClient {
		return name
	}

	return ""
}

// folders lists the run folders in a folder by name, and what else it holds,
// which it must not. Names are nil if the folder is a run folder itself.
func folders(dir string) (names, strays []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}

	names = []string{}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == layout.SnapshotDir, slices.Contains(runFiles, name):
			return nil, nil, nil
		case e.IsDir() && !runfolder.Debris(name):
			names = append(names, name)
		default:
			strays = append(strays, name)
		}
	}

	return names, strays, nil
}

// runFiles tell a run folder from a folder of them.
var runFiles = []string{
	layout.Run, layout.Bundle, layout.Results,
	layout.Intent, layout.Findings, layout.Verdicts, layout.Policies,
}

// foreign is the report on a folder of run folders that holds something else.
func foreign(dir string, names []string) Report {
	r := newReport(dir)
	for _, name := range names {
		message := "is foreign: a folder of run folders holds nothing else"
		if runfolder.Debris(name) {
			message = "is foreign: a run that did not end left it, and the next one removes it"
		}
		r.Problems = append(r.Problems, runfolder.Problem{File: name, Message: message})
	}

	r.Conditions = []int{ExitEvidence}
	return r
}

// with adds a report and its conditions.
func (v Verification) with(r Report) Verification {
	v.Runs = append(v.Runs, r)
	return v.add(r.Conditions...)
}

// add adds conditions, from which the exit code follows.
func (v Verification) add(conditions ...int) Verification {
	v.Conditions = append(v.Conditions, conditions...)
	slices.Sort(v.Conditions)
	v.Conditions = slices.Compact(v.Conditions)
	v.Exit = First(v.Conditions)

	return v
}

// once says of a result that is there a second time where the first one is.
// Several runs of a client are as they should be where each has its run's name.
func (v Verification) once(r Report) Report {
	sameClient := func(other Report) bool { return r.Client != "" && other.Client == r.Client }
	i := slices.IndexFunc(v.Runs, sameClient)
	if i < 0 || v.Runs[i].Run != r.Run && filepath.Base(r.Dir) == r.Run {
		return r
	}

	message := fmt.Sprintf("is a second result of client %s: %s has one", r.Client, v.Runs[i].Dir)
	r.Problems = append(r.Problems, runfolder.Problem{File: layout.Run, Message: message})
	r.Conditions = r.conditions()
	return r
}

// complete adds which clients have no folder.
func (v Verification) complete(anchor Anchor, names []string) Verification {
	if anchor.Fleet == nil {
		return v
	}

	for _, c := range anchor.Fleet.Clients {
		if c.State == "live" && !slices.Contains(names, c.Name) {
			v.Missing = append(v.Missing, c.Name)
		}
	}

	judged := slices.ContainsFunc(v.Runs, func(r Report) bool { return r.judgesFleet })
	if judged && anchor.Fleet.MSP.Graph.Credential != "" && !slices.Contains(names, snapshot.FleetClient) {
		v.Missing = append(v.Missing, snapshot.FleetClient)
	}

	if len(v.Missing) > 0 {
		v = v.add(ExitUndetermined)
	}

	return v
}

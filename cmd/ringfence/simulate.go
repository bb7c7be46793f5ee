package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/simulate"
	"ringfence/internal/terminal"
)

// simulation is "evaluate --simulate" on stdout as JSON.
type simulation struct {
	simulate.Result
	Engine string     `json:"engine"`
	Change changeFile `json:"change"`

	Conditions []int `json:"conditions"` // after the change
	Exit       int   `json:"exit"`
}

// changeFile says which change was simulated.
type changeFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// checkSimulate refuses what would make something to keep of a simulation.
func (f evaluateFlags) checkSimulate() error {
	for name, value := range map[string]string{"out": f.out, "key": f.key, "only": f.only, "data": f.data} {
		if value != "" {
			return usage("without it, the comparison is printed; --format json is for programs",
				"--simulate writes and signs nothing, and --%s is given", name)
		}
	}
	if len(f.snapshots) != 1 {
		return usage("name one snapshot",
			"a change is about one tenant, and --snapshot is given %d times", len(f.snapshots))
	}
	if info, err := os.Stat(f.simulate); err != nil || info.IsDir() {
		return usage("--simulate takes a change file; docs/preflight.md describes it",
			"--simulate %s is no file", f.simulate)
	}
	return nil
}

func (a *app) runSimulate(ctx context.Context, f evaluateFlags) error {
	if err := f.checkSimulate(); err != nil {
		return err
	}
	a.startJudging()

	c, change, err := a.simulated(f)
	if err != nil {
		return err
	}

	result, err := simulate.Judge(ctx, c)
	if err != nil {
		return simulationError(f, err)
	}

	conditions := f.floors.Conditions(result.AfterSet)
	s := simulation{
		Result: result, Engine: engine.Version, Change: changeFile{change.File, change.Digest},
		Conditions: conditions, Exit: run.First(conditions),
	}
	if s.Conditions == nil {
		s.Conditions = []int{}
	}

	if a.format == "json" {
		err = a.json(s)
	} else {
		err = a.printSimulation(s)
	}
	return errors.Join(err, exit(s.Exit))
}

// simulated loads what is judged, and the change.
func (a *app) simulated(f evaluateFlags) (c simulate.Case, change *fleetfile.Change, err error) {
	if c.AsOf, err = parseAsOf(f.asOf); err != nil {
		return c, nil, err
	}

	dirs, err := snapshotFolders(f.snapshots)
	if err != nil {
		return c, nil, err
	}
	if len(dirs) != 1 {
		return c, nil, usage("name one of them",
			"--snapshot %s holds %d snapshots, and a change is about one tenant", f.snapshots[0], len(dirs))
	}

	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return c, nil, err
	}
	c.Engine = e
	if c.Snapshot, err = openSnapshot(dirs[0]); err != nil {
		return c, nil, evaluationError(dirs[0], err)
	}

	label := c.Snapshot.Manifest.Client
	if c.Before, err = fleet.Promise(label); err != nil {
		return c, nil, usage(hintOwner, "%s: %w", dirs[0], err)
	}
	if c.AsOf.IsZero() {
		c.AsOf = run.DefaultAsOf(c.Snapshot.Manifest, time.Now())
	}

	changed, change, err := a.changedFleet(f, label, e)
	if err != nil {
		return c, nil, err
	}
	if c.After, err = changed.Promise(label); err != nil {
		return c, nil, usage(hintOwner, "%s: %w", f.simulate, err)
	}
	c.Documents = change.Documents
	return c, change, nil
}

// changedFleet is the fleet file after the change. What there is to say of the file itself
// was said before.
func (a *app) changedFleet(f evaluateFlags, label string, e *engine.Engine) (
	*fleetfile.Fleet, *fleetfile.Change, error,
) {
	changed, change, diags := fleetfile.LoadChanged(f.fleet, label, f.simulate)
	quiet := a.quiet
	a.quiet = true
	err := a.tell(f.simulate, checkLoaded(changed, diags, e))
	a.quiet = quiet
	return changed, change, err
}

const hintChange = `"ringfence snapshot show" lists the datasets of a snapshot, ` +
	`"snapshot export --as-input" its documents`

func simulationError(f evaluateFlags, err error) error {
	if is[*simulate.Error](err) {
		return usage(hintChange, "%s cannot be applied: %w", f.simulate, err)
	}
	return evaluationError(f.snapshots[0], err)
}

// headings of the verdicts that change, in the order in which they are told.
var simulatedKinds = []struct {
	kind    simulate.Kind
	heading string
}{
	{simulate.New, "Would not be satisfied any more"},
	{simulate.Unknown, "Could not be told any more"},
	{simulate.Resolved, "Would be resolved"},
	{simulate.Settled, "Is undetermined, and would not be"},
	{simulate.Added, "Would be there, satisfied"},
	{simulate.Gone, "Is satisfied, and would not be there"},
}

// mostSubjects is how many verdicts of a kind are printed.
const mostSubjects = 20

func (a *app) printSimulation(s simulation) error {
	a.printf("SIMULATION of %s, as of %s: what would be after %s\n", s.Client, s.AsOf, s.Change.File)
	a.printf("It is no result of the tenant: nothing is signed, published or kept.\n")

	a.printEffects(s.Result)
	for _, k := range simulatedKinds {
		a.printSubjects(k.heading, s.Result, k.kind)
	}

	n := s.Counts
	a.printf("\n%d new, %d resolved, %d unknown, %d settled, %d added, %d gone, %d unchanged\n",
		n[simulate.New], n[simulate.Resolved], n[simulate.Unknown], n[simulate.Settled],
		n[simulate.Added], n[simulate.Gone], n[simulate.Unchanged])
	a.printControls(s)
	return a.printf("SIMULATION: exit code %d is that of the state after the change.\n", s.Exit)
}

func (a *app) printEffects(r simulate.Result) {
	if len(r.Promise) > 0 {
		a.printf("\nThe promise:\n")
	}
	for _, p := range r.Promise {
		a.printf("  %s: %s → %s\n", p.Name, inJSON(p.Before), inJSON(p.After))
	}

	if len(r.Effects) > 0 {
		a.printf("\nThe tenant:\n")
	}
	for i, e := range r.Effects {
		if i == mostSubjects {
			a.printf("  … and %d more\n", len(r.Effects)-i)
			break
		}
		why := ""
		if e.Why != "" {
			why = " (" + e.Why + ")"
		}
		a.printf("  %s %s%s\n", string(e.Kind), e.Subject, why)
	}
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func (a *app) printSubjects(heading string, r simulate.Result, kind simulate.Kind) {
	if r.Counts[kind] == 0 {
		return
	}
	a.printf("\n%s (%d):\n", heading, r.Counts[kind])

	shown := 0
	for _, s := range r.Subjects {
		if s.Change != kind {
			continue
		}
		if shown++; shown > mostSubjects {
			a.printf("  … and %d more; --format json lists all\n", r.Counts[kind]-mostSubjects)
			return
		}

		accepted := ""
		if s.Accepted {
			accepted = ", excepted"
		}
		a.printf("  %s %s, %s → %s%s: %s\n",
			s.Control, s.Severity, string(s.Before), string(s.After), accepted, s.Subject)
		if s.Message != "" {
			a.printf("      %s\n", s.Message)
		}
	}
}

// printControls lists the controls whose outcome changes.
func (a *app) printControls(s simulation) {
	t := table(a.stdout, "CONTROL", "SEVERITY", "BEFORE", "AFTER")
	changed := 0
	for _, c := range s.Controls {
		if c.Before != c.After {
			changed++
			tableRow(t, c.ID, c.Severity, string(c.Before), string(c.After))
		}
	}
	if changed > 0 {
		io.WriteString(terminal.Writer{To: a.stdout}, "\n")
		t.Flush()
	}
}

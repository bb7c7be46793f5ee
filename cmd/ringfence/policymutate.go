package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"strconv"

	"ringfence/internal/mutation"
	"ringfence/internal/policytest"
	"ringfence/internal/run"
	"ringfence/policies"
)

// leastKilled is how many of a set's mutants tests have to notice, in percent.
const leastKilled = 95

// mutate breaks the policies of a set and says what no test notices.
func (a *app) mutate(ctx context.Context, set *policytest.Set, f policyTestFlags) error {
	accepted, err := acceptedIn(f.dir)
	if err != nil {
		return err
	}

	files := set.Controls()
	if f.control != "" {
		file, known := set.FileOf(f.control)
		if !known {
			return usage(`"ringfence policy list" lists them`, "no control %q", f.control)
		}
		files = []string{file}
	}

	o := mutation.Options{Sample: f.sample, Accepted: accepted}
	reports := []mutation.Report{}
	for _, file := range files {
		a.log().Info("breaking a policy", "file", file)
		r, err := mutation.File(ctx, set, file, o)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return policyError(f.dir, err)
		}
		reports = append(reports, r)
	}

	return a.printMutants(reports)
}

// acceptedIn reads every mutants.txt of a folder, or of the built-in set.
func acceptedIn(dir string) (mutation.Accepted, error) {
	var set fs.FS = policies.FS
	if dir != "" {
		set = os.DirFS(dir)
	}

	all := mutation.Accepted{}
	err := fs.WalkDir(set, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path.Base(name) != mutation.AcceptedFile {
			return err
		}

		file, err := set.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()

		listed, err := mutation.ReadAccepted(file)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		maps.Copy(all, listed)
		return nil
	})
	if err != nil {
		return nil, usage("a line for the survivor, and below it its reason, indented", "%w", err)
	}
	return all, nil
}

func (a *app) printMutants(reports []mutation.Report) error {
	total := mutation.Sum(reports)
	kept := total.Mutants > 0 && total.Unexplained() == 0 && total.Score() >= leastKilled
	if a.format == "json" {
		err := a.json(map[string]any{
			"schema": "ringfence.policy-mutants/1", "policies": reports,
			"mutants": total.Mutants, "killed": total.Killed, "score": total.Score(), "passed": kept,
		})
		if err != nil || kept {
			return err
		}
		return exit(run.ExitTool)
	}

	t := table(a.stdout, "CONTROL", "MUTANTS", "KILLED", "SCORE", "FILE")
	for _, r := range reports {
		tableRow(t, or(r.ID, "library"), strconv.Itoa(r.Mutants), strconv.Itoa(r.Killed),
			fmt.Sprintf("%.1f %%", r.Score()), r.File)
	}
	if err := t.Flush(); err != nil {
		return err
	}

	for _, r := range reports {
		for _, s := range r.Survivors {
			a.printf("\n%s:%d: survived: %s\n", s.File, s.Line, r.Entry(s))
			a.printf("    %s\n", or(s.Reason, "no reason in "+mutation.AcceptedFile+
				": write a test that notices, or why none can"))
		}
	}

	a.printf("\n%d mutants, %d killed (%.1f %%), %d survive, %d of them without a reason\n",
		total.Mutants, total.Killed, total.Score(), len(total.Survivors), total.Unexplained())
	if !kept {
		return exit(run.ExitTool)
	}
	return nil
}

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

func (a *app) verify() *cobra.Command {
	var fleet, key string
	c := &cobra.Command{
		Use:   "verify DIR",
		Short: "Check a run folder, or a folder of them, without trusting anybody",
		Long: `Checks the digest and signature of every file before anything is parsed, then
evaluates the inputs again and compares every byte. Trust comes from --fleet (its
machine_keys and reviewers) or --key; without one the folder is at best
consistent, and the exit code is 4. The verdicts inside never change the code.

Exit codes; the first of 2, 5, 1, 4, 0 that holds:
    0  every folder is signed by the anchor's key and gives the same bytes again
    1  the tool failed
    2  usage: the flags, --fleet or --key
    4  consistent, but not anchored, not signed or not re-evaluated
    5  a file was changed, is missing or is foreign; the file is named
  130  interrupted`,
		Example: `  ringfence verify ./ringfence-out/fabrikam --key machine.pub
  ringfence verify ./ringfence-out --fleet fleet.hcl`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			anchor, err := a.anchor(fleet, key)
			if err != nil {
				return err
			}
			return a.runVerify(c, args[0], anchor)
		},
	}
	c.Flags().StringVar(&fleet, "fleet", "", "fleet file that names the machine keys and the reviewers")
	c.Flags().StringVar(&key, "key", "", "the machine's public key, a PEM file")
	return c
}

func (a *app) anchor(fleet, key string) (run.Anchor, error) {
	var anchor run.Anchor
	if key != "" {
		var err error
		if anchor.Key, err = publicKey(key); err != nil {
			return anchor, err
		}
		anchor.MachineKeys = []string{anchor.Key.SPKI()}
	}
	if fleet == "" {
		return anchor, nil
	}
	f, err := a.fleetFile(fleet, nil)
	if err != nil {
		return anchor, err
	}
	anchor.MachineKeys = append(anchor.MachineKeys, f.MSP.MachineKeys...)
	anchor.Reviewers = []attest.ReviewerKey{}
	for _, r := range f.Reviewers {
		anchor.Reviewers = append(anchor.Reviewers, attest.ReviewerKey{Name: r.Name, SPKI: r.KeySHA256})
	}
	if len(anchor.MachineKeys) == 0 {
		return anchor, usage("add machine_keys to its msp block, or give --key", "%s names no machine key", fleet)
	}
	return anchor, nil
}

func publicKey(file string) (*attest.PublicKey, error) {
	var key *attest.PublicKey
	pem, err := os.ReadFile(file)
	if err == nil {
		key, err = attest.LoadPublicKey(pem)
	}
	if err != nil {
		return nil, usage("--key takes a public key in a PEM file, like keys/machine.pub", "--key %s: %w", file, err)
	}
	return key, nil
}

func (a *app) runVerify(c *cobra.Command, dir string, anchor run.Anchor) error {
	folders, strays, err := run.Folders(dir)
	if err != nil {
		return usage("verify takes a run folder, or a folder of run folders", "%w", err)
	}
	var reports []run.Report
	var conditions []int
	if len(strays) > 0 {
		r := run.Foreign(dir, strays)
		reports, conditions = append(reports, r), append(conditions, r.Code())
	}
	for _, folder := range folders {
		r, err := run.Verify(c.Context(), folder, anchor)
		if err != nil {
			return err
		}
		reports, conditions = append(reports, r), append(conditions, r.Code())
	}
	code := run.First(conditions)
	if a.format == "json" {
		err = a.json(map[string]any{"schema": "ringfence.verification/1", "exit": code, "runs": reports})
	} else {
		a.printReports(reports)
	}
	if err != nil {
		return err
	}
	return exit(code)
}

func (a *app) printReports(reports []run.Report) {
	for _, r := range reports {
		fmt.Fprintf(a.stdout, "%s: %s\n", r.Dir, headline(r))
		for _, p := range r.Problems {
			fmt.Fprintf(a.stdout, "  %s %s\n", p.File, p.Message)
		}
		for _, v := range r.Reviews {
			if v.Counts {
				fmt.Fprintf(a.stdout, "  %s counts: reviewed by %s\n", v.File, v.Reviewer)
			} else {
				fmt.Fprintf(a.stdout, "  %s does not count: %s\n", v.File, v.Reason)
			}
		}
		if len(r.Problems) == 0 && len(r.Reviews) == 0 {
			fmt.Fprintln(a.stdout, "  not reviewed by a human")
		}
	}
}

func headline(r run.Report) string {
	switch {
	case len(r.Problems) > 0:
		return "DOES NOT VERIFY"
	case !r.Signed:
		return "consistent, not signed, origin not checked; re-evaluated: " + r.Reevaluated
	case !r.Anchored:
		return "consistent, origin not checked (give --fleet or --key); re-evaluated: " + r.Reevaluated
	case r.OtherEngine != "" && r.Reevaluated == "yes":
		return "verified: every file signed; engine version " + r.OtherEngine + " made it, and this one gives the same verdicts (documents not compared)"
	case r.Reevaluated != "yes":
		return "signature holds; not re-evaluated: " + r.Reevaluated
	}
	return "verified: every file signed, and the same inputs give the same bytes again"
}

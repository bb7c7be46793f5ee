package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"ringfence/engine/intent"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

func (a *app) verify() *cobra.Command {
	var fleet, key, maxAge string
	c := &cobra.Command{
		Use:   "verify DIR",
		Short: "Check a run folder, or a folder of them, without trusting anybody",
		Long: `Checks the digest and signature of every file before anything is parsed, then
evaluates the inputs again and compares every byte; says whose result it is, of
when, and which reviews count. Trust comes from --fleet (its machine_keys and
reviewers) or --key; without one the folder is at best consistent, and the exit
code is 4. The verdicts inside never change the code.

With --fleet the client, tenant and promise must be the fleet file's. In a folder
of run folders each is named for its client, and with --fleet no client that is
live may be missing. A single run folder may have any name.

Exit codes; the first of 2, 5, 1, 4, 0 that holds:
    0  every folder is signed by the anchor's key and gives the same bytes again
    1  the tool failed
    2  usage: the flags, --fleet or --key
    4  consistent, but not anchored, not signed or not re-evaluated; judged against
       another promise than the fleet file's, older than --max-age, or a live
       client has no folder
    5  a file was changed, is missing or is foreign, or the result is another
       client's; the file is named
  130  interrupted`,
		Example: `  ringfence verify ./ringfence-out/fabrikam --key machine.pub
  ringfence verify ./ringfence-out --fleet fleet.hcl --max-age 36h`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			anchor, err := a.anchor(fleet, key)
			if err != nil {
				return err
			}
			if anchor.MaxAge, err = parseMaxAge(maxAge); err != nil {
				return err
			}

			return a.runVerify(c, args[0], anchor)
		},
	}

	c.Flags().StringVar(&fleet, "fleet", "", "fleet file that names the machine keys, the reviewers and the clients")
	c.Flags().StringVar(&key, "key", "", "the machine's public key, a PEM file")
	c.Flags().StringVar(&maxAge, "max-age", "", `oldest as-of to accept, like "36h" or "7d" (default: any)`)

	return c
}

func parseMaxAge(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}

	d, err := intent.ParseAge(s)
	if err != nil {
		return 0, usage(`write it like "90m", "36h" or "7d"`, "--max-age: %w", err)
	}

	return d, nil
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

	anchor.Fleet = f
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
	pem, err := inputfile.Read(file)
	if err == nil {
		key, err = attest.LoadPublicKey(pem)
	}

	if err != nil {
		return nil, usage("--key takes a public key in a PEM file, like keys/machine.pub", "--key %s: %w", file, err)
	}

	return key, nil
}

func (a *app) runVerify(c *cobra.Command, dir string, anchor run.Anchor) error {
	v, err := run.VerifyAll(c.Context(), dir, anchor)
	if err != nil && c.Context().Err() == nil {
		return usage("verify takes a run folder, or a folder of run folders", "%w", err)
	}
	if err != nil {
		return err
	}

	if a.format == "json" {
		err = a.json(v)
	} else {
		a.printVerification(dir, v)
	}

	return errors.Join(err, exit(v.Exit))
}

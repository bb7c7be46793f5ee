package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"ringfence/engine/intent"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

type verifyFlags struct {
	fleet, key string // the anchor: whom to trust
	maxAge     string
}

var verifyText = text{
	use:   "verify DIR",
	short: "Check a run folder, or a folder of them, without trusting anybody",
	long: `Checks the digest and signature of every file before anything is parsed, then
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
	example: `  ringfence verify ./ringfence-out/fabrikam --key machine.pub
  ringfence verify ./ringfence-out --fleet fleet.hcl --max-age 36h`,
}

func (a *app) verify() *cobra.Command {
	var f verifyFlags
	c := verb(verifyText, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		return a.runVerify(ctx, args[0], f)
	})

	c.Flags().StringVar(&f.fleet, "fleet", "",
		"fleet file that names the machine keys, the reviewers and the clients")
	c.Flags().StringVar(&f.key, "key", "", "the machine's public key, a PEM file")
	c.Flags().StringVar(&f.maxAge, "max-age", "", `oldest as-of to accept, like "36h" or "7d" (default: any)`)

	return c
}

func (a *app) runVerify(ctx context.Context, dir string, f verifyFlags) error {
	anchor, err := a.anchor(f.fleet, f.key)
	if err != nil {
		return err
	}
	if anchor.MaxAge, err = parseMaxAge(f.maxAge); err != nil {
		return err
	}

	v, err := run.VerifyAll(ctx, dir, anchor)
	if err != nil && ctx.Err() == nil {
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

// anchor is whom to trust: the machine keys and reviewers of a fleet file, and the
// holder of a key. Without both, it is nobody.
func (a *app) anchor(fleet, key string) (anchor run.Anchor, err error) {
	if key != "" {
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
	anchor.Reviewers = run.ReviewerKeys(f)

	if len(anchor.MachineKeys) == 0 {
		return anchor, usage(hintMachineKey, "%s names no machine key", fleet)
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
		return nil, usage(hintPublicKey, "--key %s: %w", file, err)
	}

	return key, nil
}

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

type auditFlags struct {
	fleet, data, out, key, passphraseFile, policies, asOf string
	clients                                               []string
	noCache                                               bool
	floors                                                run.Floors
}

func (a *app) audit() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit --fleet FILE",
		Short: "Collect, evaluate and sign, for each client",
		Long: `Collects every client's tenant, judges it against what the fleet file promises,
and leaves a run folder per client below --out. Refuses to overlap itself: a
second run on the same client ends at once with exit code 1.` + exitHelp,
		Example: `  ringfence audit --fleet fleet.hcl --key keys/machine.key --passphrase-file /run/secrets/ringfence
  ringfence audit --fleet fleet.hcl --client fabrikam --fail-on high --format json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runAudit(c, f) },
	}

	c.Flags().StringVar(&f.fleet, "fleet", "", "fleet file, or a folder of *.hcl (required)")
	c.Flags().StringSliceVar(&f.clients, "client", nil, "only this client; may be repeated (default: all that are not off-boarded)")
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	c.Flags().StringVar(&f.out, "out", "ringfence-out", "folder for a copy of each client's latest run")
	c.Flags().StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now)")
	c.Flags().BoolVar(&f.noCache, "no-cache", false, "compute everything, also what has not changed since an earlier run")
	evaluationFlags(c, &f.key, &f.passphraseFile, &f.policies)
	floorFlags(c, &f.floors)

	return c
}

func evaluationFlags(c *cobra.Command, key, passphraseFile, policies *string) {
	c.Flags().StringVar(key, "key", "", "the machine's key, an encrypted PEM file (default: results stay unsigned)")
	c.Flags().StringVar(passphraseFile, "passphrase-file", "", "file with the key's passphrase (or set RINGFENCE_KEY_PASSPHRASE)")
	c.Flags().StringVar(policies, "policies", "", "folder of policies (default: the built-in set)")
}

func (a *app) runAudit(c *cobra.Command, f auditFlags) error {
	boundHeap()
	key, err := signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}

	audit, names, err := a.prepareAudit(f, key)
	if err != nil {
		return err
	}

	t := a.tally()
	t.said, audit.Failed = true, a.reportFailed
	if err := audit.Run(c.Context(), names, len(f.clients) == 0, t.add); err != nil {
		return locked(err)
	}

	return t.finish()
}

// locked gives the next step to who meets another run.
func locked(err error) error {
	if errors.Is(err, snapshot.ErrLocked) {
		return broken("wait until the other run has ended; a lock never outlives its process", "%w", err)
	}
	return err
}

func (a *app) prepareAudit(f auditFlags, key *attest.Key) (run.Audit, []string, error) {
	var audit run.Audit
	if err := checkFloors(f.floors); err != nil {
		return audit, nil, err
	}

	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return audit, nil, err
	}

	e, err := a.engine(f.policies)
	if err != nil {
		return audit, nil, err
	}

	fleet, err := a.fleetFile(f.fleet, e)
	if err != nil {
		return audit, nil, err
	}

	names, err := labels(fleet, f.clients)
	if err != nil {
		return audit, nil, err
	}
	if err := auditFolders(f); err != nil {
		return audit, nil, err
	}

	audit = run.Audit{
		Collector: run.Collector{Fleet: fleet, Stores: run.OnDisk(f.data), Log: a.log()},
		Engine:    e, Key: key, Out: f.out, Floors: f.floors, AsOf: asOf, NoCache: f.noCache,
	}

	if key == nil {
		audit.Log.Warn("results stay unsigned: no --key")
	} else if !named(fleet.MSP.MachineKeys, key.Public().SPKI()) {
		audit.Log.Warn("the key is no machine key of the fleet file: verify --fleet will refuse it", "key_sha256", key.Public().SPKI())
	}

	return audit, names, nil
}

// auditFolders tries the folders of an audit before anything is collected.
func auditFolders(f auditFlags) error {
	if err := disjoint("out", f.out, "data", f.data); err != nil {
		return err
	}
	if err := tryFolder("data", f.data); err != nil {
		return err
	}
	return tryFolder("out", f.out)
}

// outcomeCode is the exit condition that a client's failure stands for.
func outcomeCode(err error) int {
	var config *collectors.ConfigError
	var tenant *collectors.WrongTenantError
	var digest *snapshot.DigestError
	var token *collectors.CredentialError
	var out *run.OutError
	var failed *failure
	switch {
	case errors.As(err, &failed):
		return failed.code
	case errors.As(err, &config), errors.As(err, &tenant), errors.As(err, &token) && token.Refused, errors.As(err, &out):
		return run.ExitUsage
	case errors.As(err, &digest):
		return run.ExitEvidence
	}

	return run.ExitTool
}

// outHint is the next step where something else stands in a result's place.
const outHint = "give another --out, or move the folder away"

// explained adds the next step to a client's failure, unless it has one.
func explained(err error) error {
	if f := (*failure)(nil); errors.As(err, &f) {
		return err
	}

	hints := map[int]string{
		run.ExitUsage:    "compare the client's block in the fleet file with its tenant: tenant_id, azure, graph",
		run.ExitEvidence: "the store was changed: move the client's folder away and collect again",
	}

	if errors.Is(err, snapshot.ErrLocked) {
		return locked(err)
	}
	if out := (*run.OutError)(nil); errors.As(err, &out) {
		return usage(outHint, "%w", err)
	}

	code := outcomeCode(err)

	if token := (*collectors.CredentialError)(nil); errors.As(err, &token) {
		return &failure{code: code, err: err} // which says itself what to do
	}

	return &failure{code: code, err: err, hint: hints[code]}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/packfile"
	"ringfence/internal/run"
)

// packFlags are those of "evaluate" with a pack of somebody else's policies.
type packFlags struct {
	pack, input, client, collectedAt string
}

func (f *packFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.pack, "pack", "", "pack file: judge --input by policies that somebody else wrote")
	flags.StringVar(&f.input, "input", "", "the JSON file that the pack judges")
	flags.StringVar(&f.client, "client", "",
		"with --pack: whose file it is (default: the client of the fleet file whose tenant it names)")
	flags.StringVar(&f.collectedAt, "collected-at", "",
		"with --pack: when the other tool read the tenant (default: as the file says)")
}

// given reports whether any of the flags is.
func (f packFlags) given() bool { return f != packFlags{} }

const (
	hintPack    = "docs/foreign-packs.md says what a pack file holds"
	hintPackOut = "--pack takes the place of --policies, --snapshot, --simulate and --data"
	hintWhose   = "give --fleet FILE --client NAME: the client's block says which tenant is meant"
)

// checkPack refuses flags that do not go together.
func (f evaluateFlags) checkPack() error {
	switch p := f.pack; {
	case p.pack == "":
		return usage("--pack FILE says whose policies judge the input",
			"--input, --client and --collected-at need --pack")
	case p.input == "":
		return usage("--input FILE is the JSON that the pack judges", "no --input is given")
	case len(f.snapshots) > 0 || f.policies.given() || f.data != "" || f.simulate != "":
		return usage(hintPackOut, "--pack and --snapshot, --policies, --simulate or --data are given")
	}
	return f.check()
}

// runPack judges one input by a foreign pack. What comes out is a run folder like any
// other one.
func (a *app) runPack(ctx context.Context, f evaluateFlags) error {
	if err := f.checkPack(); err != nil {
		return err
	}
	a.startJudging()

	in, fleet, err := a.packInputs(f)
	if err != nil {
		return err
	}

	key, err := a.signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := tryFolder("out", f.out); err != nil {
			return err
		}
	}

	options := run.Options{
		Key: key, Floors: f.floors, Out: f.out, OnlyFindings: f.only == "findings", Now: time.Now,
	}
	t := a.newTally()
	inputs := func(int) (run.Inputs, error) { return in, nil }
	err = run.EvaluateAll(ctx, 1, inputs, options, func(o run.Outcome) {
		switch {
		case o.Err != nil:
			o.Err = evaluationError(f.pack.input, o.Err)
		case fleet != nil:
			o.Unmatched = ofPack(fleet.UnmatchedExceptions(o.Set))
		}
		t.add(o)
	})
	if err != nil {
		return err
	}

	return t.finish()
}

// ofPack keeps the exceptions that are about the pack's controls.
func ofPack(all []fleetfile.Exception) (kept []fleetfile.Exception) {
	for _, x := range all {
		if finding.IsForeignID(x.Control) {
			kept = append(kept, x)
		}
	}
	return kept
}

// packInputs loads what the flags name.
func (a *app) packInputs(f evaluateFlags) (in run.Inputs, fleet *fleetfile.Fleet, err error) {
	pack, err := packfile.Load(f.pack.pack)
	if err != nil {
		return in, nil, usage(hintPack, "%w", err)
	}
	if in.Engine, err = packEngine(pack); err != nil {
		return in, nil, err
	}

	input, err := readInput(f.pack.input)
	if err != nil {
		return in, nil, err
	}
	said, err := pack.Said(input)
	if err != nil {
		return in, nil, usage(hintPack, "%s: %w", f.pack.input, err)
	}
	if said.Others != "" {
		a.warn("%s names two tenants, %s and %s: what was read of the second one is judged as the first one's",
			f.pack.input, said.TenantID, said.Others)
	}

	readAt, err := readTime(f.pack, said.ReadAt)
	if err != nil {
		return in, nil, err
	}

	promise, fleet, err := a.packPromise(f, in.Engine, said.TenantID)
	if err != nil {
		return in, nil, err
	}
	in.Promise = promise

	m := snapshot.Manifest{
		Client: promise.Client.Name, TenantID: promise.Client.TenantID, Cloud: promise.Client.Cloud,
		Tool: "ringfence/" + run.ToolVersion,
	}
	if in.Snapshot, err = foreign.Snapshot(m, input, readAt); err != nil {
		return in, nil, usage(hintPack, "%s: %w", f.pack.input, err)
	}

	in.AsOf, err = packAsOf(f, in.Snapshot.Manifest, fleet != nil)
	return in, fleet, err
}

// packAsOf is the time to judge for: now, or without a promise of how old evidence may
// be the time of the input.
func packAsOf(f evaluateFlags, m snapshot.Manifest, promised bool) (time.Time, error) {
	asOf, err := parseAsOf(f.asOf)
	switch {
	case err != nil || !asOf.IsZero():
		return asOf, err
	case promised:
		return run.DefaultAsOf(m, time.Now()), nil
	}
	return run.DefaultAsOf(m, time.Time{}), nil
}

// packEngine compiles a pack.
func packEngine(pack packfile.Pack) (*engine.Engine, error) {
	const hint = "the pack is not as PACK.hcl says, or uses what no policy may: " + hintPack
	files, err := pack.Bundle()
	if err != nil {
		return nil, usage(hint, "pack %s: %w", pack.Name, err)
	}

	e, err := engine.LoadFiles(files)
	if err != nil {
		message, detail, _ := strings.Cut(err.Error(), "\n")
		return nil, &failure{
			code: run.ExitTool, err: errors.New("pack " + pack.Name + ": " + message), hint: hint, detail: detail,
		}
	}
	return e, nil
}

// readInput reads the file that a pack judges: one JSON object.
func readInput(path string) (map[string]any, error) {
	const hint = "--input takes one JSON object, UTF-8, such as ScubaGear's ProviderSettingsExport.json"
	data, err := inputfile.Read(path)
	if err != nil {
		return nil, usage(hint, "%w", err)
	}

	input, err := snapshot.ParseObject(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		return nil, usage(hint, "%s: %w", path, err)
	}
	return input, nil
}

// readTime is when the other tool read the tenant. Nobody may guess it: how old
// evidence is decides whether it is any.
func readTime(f packFlags, said string) (time.Time, error) {
	text, from := said, "--input "+f.input
	if f.collectedAt != "" {
		text, from = f.collectedAt, "--collected-at"
	}
	if text == "" {
		return time.Time{}, usage("write --collected-at 2026-11-23T12:00:00Z, or read_at in the pack file",
			"%s does not say when it was read", f.input)
	}

	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		return t, usage("write it like 2026-11-23T12:00:00Z", "%s: %q is not an RFC 3339 time", from, text)
	}
	return t.UTC(), nil
}

// packPromise is whose input it is, and what was promised: by the fleet file, or
// without one nothing. fleet is nil then.
func (a *app) packPromise(
	f evaluateFlags, e *engine.Engine, tenantID string,
) (promise intent.Intent, fleet *fleetfile.Fleet, err error) {
	if f.fleet == "" {
		promise, err = unpromised(f.pack.client, tenantID)
		return promise, nil, err
	}

	if fleet, err = a.packFleet(f.fleet, e); err != nil {
		return promise, nil, err
	}

	var client fleetfile.Client
	for _, c := range fleet.Clients {
		if f.pack.client == c.Name || f.pack.client == "" && strings.EqualFold(c.TenantID, tenantID) {
			client = c
		}
	}
	switch {
	case client.Name == "" && f.pack.client != "":
		return promise, nil, usage(hintClients, "the fleet file has no client %q", f.pack.client)
	case client.Name == "" && tenantID == "":
		return promise, nil, usage(hintWhose, "%s does not say whose it is", f.pack.input)
	case client.Name == "":
		return promise, nil, usage(hintClients, "%s is of tenant %s, which is no client's of the fleet file",
			f.pack.input, tenantID)
	case tenantID != "" && !strings.EqualFold(client.TenantID, tenantID):
		return promise, nil, usage(hintOwner, "%s is of tenant %s, client %s has tenant %s",
			f.pack.input, tenantID, client.Name, client.TenantID)
	}

	found, err := fleet.Promise(client.Name)
	if err != nil {
		return promise, nil, usage(hintClients, "%w", err)
	}
	return found.Tenant(), fleet, nil
}

// packFleet loads a fleet file. Its exceptions may be about controls of ours, which
// are for other runs, and of the pack.
func (a *app) packFleet(path string, e *engine.Engine) (*fleetfile.Fleet, error) {
	fleet, diags := fleetfile.Load(path)
	ours, err := a.engine(policyFlags{})
	if err != nil {
		return nil, err
	}

	if diags == nil || !diags.HasErrors() {
		k := known(ours)
		k.Controls = append(append([]finding.Control{}, k.Controls...), e.Controls()...)
		if checked := fleet.Check(k); checked.HasErrors() { // its warnings are about controls of ours
			diags = checked
		}
	}

	return fleet, a.tell(path, diags)
}

// unpromised is the intent of a tenant that nothing was promised to. How old the
// input may be was not promised either; the judgement is for its own time.
func unpromised(label, tenantID string) (intent.Intent, error) {
	if tenantID == "" {
		return intent.Intent{}, usage(hintWhose, "the input does not say whose it is")
	}
	if label == "" {
		label = "tenant"
	}
	if label == intent.FleetLabel {
		return intent.Intent{}, usage(hintLabel, "--client %q is the label of the MSP's own result", label)
	}

	return intent.Intent{
		Schema: intent.SchemaName,
		MSP:    intent.MSP{Name: "nobody (no fleet file was given)", Domains: []string{}},
		Client: intent.Client{
			Name: label, TenantID: strings.ToLower(tenantID), Domains: []string{},
			State: "live", Cloud: "public", MaxAge: "24h",
		},
		Exceptions: []intent.Exception{},
		Reviewers:  []intent.Reviewer{},
	}, nil
}

package main

import (
	"github.com/spf13/pflag"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	engineevidence "ringfence/engine/evidence"
)

// listing are the flags of "snapshot import --list".
type listing struct {
	wanted   bool
	script   string
	policies policyFlags
}

func (l *listing) add(flags *pflag.FlagSet) {
	flags.BoolVar(&l.wanted, "list", false, "print which files are expected, and import nothing")
	flags.StringVar(&l.script, "script", "", "with --list: print a program that saves them, bash or powershell")
	l.policies.addTo(flags, "with --list: ")
}

// runImportList prints what has to be saved for the policy set.
func (a *app) runImportList(f importFlags) error {
	if f.format.source != "" && f.format.source != collectors.FormatSaved {
		return usage("other tools name their files themselves: docs/import.md lists the names",
			"--list is about saved responses, not --format %s", f.format.source)
	}

	isMSP := f.client == snapshot.FleetClient
	saving, err := a.saving(f)
	if err != nil {
		return err
	}

	e, err := a.engine(f.list.policies)
	if err != nil {
		return err
	}
	var datasets []string
	for _, d := range newSetPlan(e) {
		datasets = append(datasets, d.Dataset)
	}

	if f.list.script != "" {
		saving.Language, saving.Datasets, saving.MSP = f.list.script, datasets, isMSP
		script, err := collectors.SaveScript(saving)
		if err != nil {
			return usage("", "--script: %w", err)
		}
		return a.print(script)
	}

	files := collectors.ExpectedFiles(datasets, isMSP)
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.expected/1", "files": files})
	}

	t := table(a.stdout, "FILE", "ENDPOINT", "PERMISSION")
	for _, file := range files {
		tableRow(t, file.File, file.Endpoint, file.Permission)
	}
	return t.Flush()
}

// saving is the cloud, and what is promised, of the client that the fleet file names, where
// both are given; else the public cloud.
func (a *app) saving(f importFlags) (s collectors.Saving, err error) {
	if f.fleet == "" {
		return s, nil
	}

	fleet, err := a.fleetFile(f.fleet, nil)
	if err != nil {
		return s, err
	}

	name := fleet.MSP.Cloud
	if f.client != "" && f.client != snapshot.FleetClient {
		client, ok := fleet.Client(f.client)
		if !ok {
			return s, usage(hintClients, "--client: the fleet file has no client %q", f.client)
		}
		name, s.Promise = client.Cloud, engineevidence.PromiseOf(client.Client)
	}

	declared, ok := fleet.Cloud(name)
	if !ok {
		return s, usage("", "no cloud %q", name)
	}
	s.Cloud = collectors.Cloud{
		Name: declared.Name, Graph: declared.Graph, ARM: declared.ARM, Authority: declared.Authority,
		Vault: declared.Vault,
	}
	return s, nil
}

package main

import (
	"context"
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"ringfence/internal/fleetfile"
)

// diagnostic is one entry of "fleet check --format json".
type diagnostic struct {
	Severity string `json:"severity"` // error | warning
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

func newDiagnostic(g *hcl.Diagnostic) diagnostic {
	d := diagnostic{Severity: "error", Summary: g.Summary, Detail: g.Detail}
	if g.Severity == hcl.DiagWarning {
		d.Severity = "warning"
	}

	if g.Subject != nil {
		d.File, d.Line = g.Subject.Filename, g.Subject.Start.Line
	}

	return d
}

var fleetCheckText = text{
	use:     "check --fleet FILE",
	short:   "Say everything that is wrong with a fleet file, with file and line",
	example: "  ringfence fleet check --fleet fleet.hcl",
}

var fleetShowText = text{
	use:     "show --fleet FILE",
	short:   "Show what is promised to each client, and where each value comes from",
	example: "  ringfence fleet show --fleet fleet.hcl --format json",
}

func (a *app) fleet() *cobra.Command {
	var fleet string
	var set policyFlags
	check := verb(fleetCheckText, cobra.NoArgs, func(context.Context, []string) error {
		return a.runFleetCheck(fleet, set)
	})

	show := verb(fleetShowText, cobra.NoArgs, func(context.Context, []string) error {
		return a.runFleetShow(fleet)
	})

	fleetFlag(check, &fleet)
	set.add(check)
	fleetFlag(show, &fleet)

	return group("fleet", "What each client was promised, and who reaches whom",
		a.fleetInit(), check, show, a.fleetKey(), a.fleetPaths(), a.fleetCertificate(), a.fleetCheckCertificate(),
		a.fleetResidue())
}

func (a *app) runFleetCheck(fleet string, set policyFlags) error {
	e, err := a.engine(set)
	if err != nil {
		return err
	}

	f, diags, err := a.loadFleet(fleet, e)
	if err != nil {
		return err
	}

	err = a.tell(fleet, diags)
	if err != nil {
		f = nil
	}
	if a.format == "json" {
		return errors.Join(a.json(checked(f, diags)), err)
	}
	if err != nil {
		return err
	}
	return a.printf("%s is valid: %s\n", fleet, counted(len(f.Clients), "client"))
}

// checked is what "fleet check --format json" prints. f is nil if the file is not
// valid.
func checked(f *fleetfile.Fleet, diags *fleetfile.Diagnostics) map[string]any {
	list, clients := []diagnostic{}, 0
	for _, g := range diags.All() {
		list = append(list, newDiagnostic(g))
	}

	if f != nil {
		clients = len(f.Clients)
	}

	return map[string]any{
		"schema": "ringfence.check/1", "valid": !diags.HasErrors(), "clients": clients, "diagnostics": list,
	}
}

func (a *app) runFleetShow(fleet string) error {
	f, err := a.fleetFile(fleet, nil)
	if err != nil {
		return err
	}
	if a.format == "json" {
		return f.ShowJSON(a.stdout)
	}
	return f.ShowText(a.stdout)
}

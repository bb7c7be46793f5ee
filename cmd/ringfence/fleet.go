package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) fleet() *cobra.Command {
	var fleet, policies string
	check := &cobra.Command{
		Use:     "check --fleet FILE",
		Short:   "Say everything that is wrong with a fleet file, with file and line",
		Example: "  ringfence fleet check --fleet fleet.hcl",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			e, err := a.engine(policies)
			if err != nil {
				return err
			}
			f, err := a.fleetFile(fleet, e)
			if err != nil {
				return err
			}
			if a.format == "json" {
				return a.json(map[string]any{"schema": "ringfence.check/1", "valid": true, "clients": len(f.Clients)})
			}
			_, err = fmt.Fprintf(a.stdout, "%s is valid: %d clients\n", fleet, len(f.Clients))
			return err
		},
	}
	show := &cobra.Command{
		Use:     "show --fleet FILE",
		Short:   "Show what is promised to each client, and where each value comes from",
		Example: "  ringfence fleet show --fleet fleet.hcl --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := a.fleetFile(fleet, nil)
			if err != nil {
				return err
			}
			if a.format == "json" {
				return f.ShowJSON(a.stdout)
			}
			return f.ShowText(a.stdout)
		},
	}
	for _, sub := range []*cobra.Command{check, show} {
		sub.Flags().StringVar(&fleet, "fleet", "", "fleet file, or a folder of *.hcl (required)")
	}
	check.Flags().StringVar(&policies, "policies", "", "folder of policies (default: the built-in set)")
	return group("fleet", "The fleet file: what each client was promised", check, show)
}

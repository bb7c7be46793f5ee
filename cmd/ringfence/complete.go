package main

import (
	"slices"

	"github.com/spf13/cobra"

	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
)

// completions registers what a shell may complete for the flags whose values are
// known, in every verb that has them.
func completions(c *cobra.Command) {
	known := map[string]cobra.CompletionFunc{
		"format":          oneOf("text", "json"),
		"log-format":      oneOf("text", "json"),
		"only":            oneOf("findings"),
		"fail-on":         oneOf(finding.Severities...),
		"undetermined-on": oneOf(finding.Severities...),
		"client":          clientLabels,
	}

	for name, values := range known {
		if c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil {
			c.RegisterFlagCompletionFunc(name, values) // fails only for a flag that is not there
		}
	}

	for _, sub := range c.Commands() {
		completions(sub)
	}
}

func oneOf(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(slices.Clone(values), cobra.ShellCompDirectiveNoFileComp)
}

// clientLabels completes --client from the --fleet that was typed before it.
func clientLabels(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	path, err := c.Flags().GetString("fleet")
	if err != nil || path == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}

	f, diags := fleetfile.Load(path)
	if f == nil || diags.HasErrors() {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}

	var names []string
	for _, client := range f.Clients {
		names = append(names, client.Name)
	}

	return names, cobra.ShellCompDirectiveNoFileComp
}

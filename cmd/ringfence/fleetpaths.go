package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
	"ringfence/internal/run"
)

type pathsFlags struct {
	isolationFlags
	client   string
	resolved bool
}

var fleetPathsText = text{
	use:   "paths --fleet FILE",
	short: "Say who of one client can reach a target of another, and of which pairs nobody knows",
	long: `Joins the tenants of a fleet, by their newest snapshots, and lists every path from one client to a target of
another: a shortest one for each target, with the evidence of each hop. A path is
live, jit (somebody has to activate a role, which he can do alone) or potential
(somebody else has to act). Then it says which pairs are not proven apart, and which
evidence is missing. A path stands whatever is missing.

Formats: text, json, dot (Graphviz), bloodhound (OpenGraph nodes and edges, with the
paths of the MSP to its clients, too). Text, json and dot name your clients and are
yours alone; bloodhound has pseudonyms, and names with --resolved.

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  every pair is proven apart
    1  the tool failed
    2  usage: the flags, or the files that they name
    3  a live or jit path leads from a client to somebody else's target
    4  none does, but a pair is not proven apart, or there is a potential path
    5  a file of facts is not what facts are written like
  130  interrupted`,
	example: `  ringfence fleet paths --fleet fleet.hcl --data ./ringfence-data
  ringfence fleet paths --fleet fleet.hcl --facts ./facts --format dot`,
}

// The formats of paths beside text and json.
const dotFormat, bloodHoundFormat = "dot", "bloodhound"

func (a *app) fleetPaths() *cobra.Command {
	var f pathsFlags
	c := verb(fleetPathsText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runFleetPaths(ctx, f)
	})
	c.Annotations = map[string]string{formatsKey: dotFormat + " " + bloodHoundFormat}

	f.add(c)
	c.Flags().StringVar(&f.client, "client", "", "only paths and pairs of this client (default: all)")
	c.Flags().BoolVar(&f.resolved, "resolved", false, "with --format bloodhound: names instead of pseudonyms")

	return c
}

func (a *app) runFleetPaths(ctx context.Context, f pathsFlags) error {
	if f.resolved && a.format != bloodHoundFormat {
		return usage("leave it out: the other formats have names anyhow", "--resolved belongs to --format bloodhound")
	}
	j, err := a.join(ctx, f.isolationFlags)
	if err != nil {
		return err
	}
	defer j.close()
	if err := j.joins(f.client); err != nil {
		return err
	}

	options := isolation.Options{Client: f.client, MSP: a.format == bloodHoundFormat}
	survey, err := isolation.New(j.Fleet, options)
	if err != nil {
		return broken("", "looking for paths: %w", err)
	}

	conditions := surveyed(survey)
	switch a.format {
	case "json":
		err = a.json(struct {
			*isolation.Survey
			Conditions []int `json:"conditions"`
		}{survey, conditions})
	case dotFormat:
		err = a.print(string(survey.DOT()))
	case bloodHoundFormat:
		var graph []byte
		if graph, err = survey.OpenGraph(j.Joined.Fleet().Key, f.resolved); err == nil {
			err = a.rawJSON(graph)
		}
	default:
		err = a.printPaths(survey)
	}
	return errors.Join(err, exitOf(run.First(conditions)))
}

// surveyed are the exit conditions that a survey stands for, sorted.
func surveyed(s *isolation.Survey) []int {
	conditions := []int{}
	if s.Pairs.Unproven > 0 {
		conditions = append(conditions, run.ExitUndetermined)
	}
	for _, p := range s.Offending() {
		if p.State == fact.Potential {
			conditions = append(conditions, run.ExitUndetermined)
		} else {
			conditions = append(conditions, run.ExitNotSatisfied)
		}
	}
	slices.Sort(conditions)
	return slices.Compact(conditions)
}

func (a *app) printPaths(s *isolation.Survey) error {
	for _, p := range s.Paths {
		a.printPath(s.Name, p)
	}
	a.printUnproven(s)
	return a.printf("%s\n", s.Sentence(strconv.Itoa))
}

// printPath prints a path, hop by hop.
func (a *app) printPath(name func(fact.Node) string, p isolation.Path) {
	a.printf("%s reaches %s of %s: %s, %s\n",
		p.From, nodeText(p.Target), p.To, p.State, counted(len(p.Hops), "hop"))
	a.printf("     %s %s\n", name(p.Hops[0].From), nodeText(p.Hops[0].From))
	for i, h := range p.Hops {
		a.printf("  %d. %s, %s: %s %s\n", i+1, h.Kind, h.State, name(h.To), nodeText(h.To))
		for _, e := range h.Evidence {
			a.printf("       seen in %s: %s\n", e.Of, e.Subject)
		}
	}
	a.print("\n")
}

// nodeText is a node without its tenant.
func nodeText(n fact.Node) string { return n.Kind() + "/" + n.ID() }

// How many names a line of text lists, and how many lines a list has.
const shownFew, shownLines = 10, 25

func (a *app) printUnproven(s *isolation.Survey) {
	if len(s.Unproven) == 0 {
		return
	}

	far := 0
	for _, u := range s.Unproven {
		if len(u.Lacking) == 0 {
			far += u.Pairs
		}
	}
	a.print("Not proven to be out of reach:\n")
	open := s.Open()
	for i, o := range open {
		if i == shownLines {
			a.printf("  and %d more, see --format json\n", len(open)-i)
			break
		}
		whom := someOf(o.From)
		if o.Everybody {
			whom = "everybody"
		}
		a.printf("  %s: of %s\n", someOf(o.To), whom)
	}

	a.print("\nWhat is missing, and of how many pairs:\n")
	if far > 0 {
		a.printf("  %6d  nothing, but evidence was read too far apart in time\n", far)
	}
	for i, g := range s.Missing {
		if i == shownLines {
			a.printf("  and %d more, see --format json\n", len(s.Missing)-i)
			break
		}
		a.printf("  %6d  %s\n", g.Pairs, g)
	}
	a.print("\n")
}

// someOf are the first of some names, and how many more there are.
func someOf(names []string) string {
	if len(names) <= shownFew {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shownFew], ", "), len(names)-shownFew)
}

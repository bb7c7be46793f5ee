package policycheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
	"ringfence/engine/policyset"
)

// The names that custom of METADATA can have: a control's, a family's, and those of a parameter.
var (
	ofControl = []string{
		"id", "since", "severity", "scope", "maps", "unverified", "params", "remediation", "limits",
	}
	ofFamily = []string{"family", "order"}
	ofParam  = []string{"type", "default", "description"}
)

var (
	snake   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	release = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)
)

// checkMetadata holds a control's METADATA to what people and programs read of it.
func (c *checker) checkMetadata(name string, a *ast.Annotations) {
	said := c.inComment(name, a)
	need := func(ok bool, key, text string) {
		if !ok {
			said(key, text, "")
		}
	}

	var control finding.Control
	data, err := json.Marshal(a.Custom)
	if err == nil {
		err = json.Unmarshal(data, &control)
	}
	if err != nil {
		said("custom", "custom cannot be read: "+err.Error(), "")
		return
	}

	onlyNames(said, "custom", a.Custom, ofControl)
	params, _ := a.Custom["params"].(map[string]any)
	for _, param := range slices.Sorted(maps.Keys(params)) {
		names, _ := params[param].(map[string]any)
		onlyNames(said, "params."+param, names, ofParam)
	}

	need(policyset.IsID(control.ID), "id", fmt.Sprintf("%q is no id: letters A-Z and digits, "+
		"in parts with - between them, such as ACME-01", control.ID))
	need(a.Title != "" && !strings.Contains(a.Title, "\n"), "title",
		"title is missing, or more than one line")
	need(!strings.HasSuffix(a.Title, "."), "title", "a title has no full stop")
	need(a.Description != "", "description", "description is missing: what does the control demand, and why?")
	need(control.Remediation != "", "remediation", "custom.remediation is missing: what would a human do?")
	need(control.Limits != "", "limits", "custom.limits is missing: what does a pass not prove?")
	need(len(a.RelatedResources) > 0, "related_resources",
		"related_resources is missing: which page says so?")
	need(control.Since == "" || release.MatchString(control.Since), "since",
		`custom.since is a release, such as "0.2"`)

	oneOf(said, "severity", control.Severity, finding.Severities)
	if control.Scope != "" {
		scopes := []string{}
		for _, s := range finding.Scopes {
			scopes = append(scopes, string(s))
		}
		oneOf(said, "scope", string(control.Scope), scopes)
	}

	checkMaps(said, control)
	for _, param := range slices.Sorted(maps.Keys(control.Params)) {
		p := control.Params[param]
		need(snake.MatchString(param), param, "param "+param+" is not named like max_days")
		need(p.Description != "", param, "param "+param+" has no description")
		if err := p.Check(p.Default); err != nil {
			said(param, "param "+param+": default: "+err.Error(), "")
		}
	}
}

// onlyNames holds an object of METADATA to the names that somebody reads.
func onlyNames(said func(key, text, nearest string), where string, given map[string]any, names []string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			said(name, "nobody reads "+where+"."+name, Nearest(name, names))
		}
	}
}

func oneOf(said func(key, text, nearest string), key, given string, options []string) {
	if !slices.Contains(options, given) {
		said(key, fmt.Sprintf("custom.%s %q is not one of %s", key, given, strings.Join(options, ", ")),
			Nearest(given, options))
	}
}

func checkMaps(said func(key, text, nearest string), control finding.Control) {
	catalogs := slices.Sorted(maps.Keys(control.Maps))
	for _, catalog := range catalogs {
		if !snake.MatchString(catalog) || slices.Contains(control.Maps[catalog], "") {
			said(catalog, "maps."+catalog+" is not a list of ids, under a name like iso_27001", "")
		}
	}

	for _, catalog := range control.Unverified {
		if !slices.Contains(catalogs, catalog) {
			said("unverified", fmt.Sprintf("unverified names %q, which maps does not have", catalog),
				Nearest(catalog, catalogs))
		}
	}
}

// checkFamily holds the METADATA of a family to what headings are made of.
func (c *checker) checkFamily(name string, a *ast.Annotations) {
	said := c.inComment(name, a)
	onlyNames(said, "custom", a.Custom, ofFamily)
	if a.Title == "" {
		said("title", "a family needs a title", "")
	}
	if text, ok := a.Custom["family"].(string); !ok || text == "" {
		said("family", "custom.family is the family's short name", "")
	}
}

// inComment notes problems at the line of the METADATA comment that has a key.
func (c *checker) inComment(name string, a *ast.Annotations) func(key, text, nearest string) {
	return func(key, text, nearest string) {
		line := 1
		if a.Location != nil {
			line = a.Location.Row
		}

		first := line
		has := regexp.MustCompile(`^#[\s{,]*(.*[{,]\s*)?"?` + regexp.QuoteMeta(key) + `"?\s*:`)
		for i, l := range strings.Split(string(c.text[name]), "\n") {
			if i+1 > first && strings.HasPrefix(l, "package ") {
				break
			}
			if i+1 >= first && has.MatchString(l) {
				line = i + 1
				break
			}
		}

		c.add(Problem{File: name, Line: line, Column: 1, Kind: Metadata, Text: text, Nearest: nearest})
	}
}

// checkIDs looks for ids that two of the files have.
func (c *checker) checkIDs() {
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.own)) {
		a := packageMetadata(c.own[name])
		if a == nil {
			continue
		}

		id, _ := a.Custom["id"].(string)
		if other := first[id]; id != "" && other != "" {
			c.inComment(name, a)("id", other+" has the id "+id+", too", "")
		}
		if first[id] == "" {
			first[id] = name
		}
	}
}

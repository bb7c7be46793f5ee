package policyset

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
)

// A control's id, such as RF-T-08 or ACME-01, stands in file names, in tables and in
// the names of OSCAL, so that it is short and of few characters. Its package is
// <pack>.<family>.<control>; a pack may have several parts.
var (
	controlID = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$`)
	packPart  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

const maxID = 40

// Control reads the METADATA of one compiled file. isControl is false for a
// library: a package without a custom.id. An error says what in the METADATA or
// in the rules is not as a control has to be.
func Control(compiler *ast.Compiler, path string) (c finding.Control, isControl bool, err error) {
	module := compiler.Modules[path]
	for _, a := range module.Annotations {
		if a.Scope != "package" || a.Custom["id"] == nil {
			continue
		}

		if c, err = fromAnnotations(a); err != nil {
			return c, true, fmt.Errorf("METADATA: %w", err)
		}

		c.Package = strings.TrimPrefix(module.Package.Path.String(), "data.")
		c.File = path
		if c.Family, err = family(module.Package.Path); err != nil {
			return c, true, fmt.Errorf("%d: %w", module.Package.Location.Row, err)
		}
		return c, true, checkRules(compiler, module)
	}

	return c, false, nil
}

// family is the last but one part of a control's package.
func family(path ast.Ref) (string, error) {
	var parts []string
	for _, term := range path[1:] {
		part, _ := term.Value.(ast.String)
		parts = append(parts, string(part))
	}

	odd := func(part string) bool { return !packPart.MatchString(part) }
	if len(parts) < 3 || slices.ContainsFunc(parts, odd) {
		return "", fmt.Errorf("package %s: a control's package is <pack>.<family>.<control>, each of a-z, 0-9 "+
			"and _, such as acme.backup.jobs", strings.Join(parts, "."))
	}

	return parts[len(parts)-2], nil
}

func fromAnnotations(a *ast.Annotations) (finding.Control, error) {
	var c finding.Control
	b, err := json.Marshal(a.Custom)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, err
	}

	c.Title, c.Description, c.Resources = a.Title, a.Description, nil
	for _, r := range a.RelatedResources {
		c.Resources = append(c.Resources, finding.Resource{Ref: r.Ref.String(), Description: r.Description})
	}

	if c.Scope == "" {
		c.Scope = finding.ClientScope
	}
	if c.Unverified == nil {
		c.Unverified = []string{}
	}

	return c, checkMetadata(c)
}

// IsID reports whether a text can be a control's id.
func IsID(id string) bool { return controlID.MatchString(id) && len(id) <= maxID }

func checkMetadata(c finding.Control) error {
	switch {
	case !IsID(c.ID):
		return fmt.Errorf("custom.id %q does not look like RF-T-08 or ACME-01 (%s, at most %d characters)",
			c.ID, controlID, maxID)
	case c.Title == "" || strings.Contains(c.Title, "\n"):
		return fmt.Errorf("%s: title is missing, or more than one line", c.ID)
	case !slices.Contains(finding.Severities, c.Severity):
		return fmt.Errorf("%s: custom.severity %q is not one of %v", c.ID, c.Severity, finding.Severities)
	case !slices.Contains(finding.Scopes, c.Scope):
		return fmt.Errorf("%s: custom.scope %q is not client, msp or fleet", c.ID, c.Scope)
	}

	for _, catalog := range c.Unverified {
		if _, mapped := c.Maps[catalog]; !mapped {
			return fmt.Errorf("%s: custom.unverified names %q, which custom.maps does not have", c.ID, catalog)
		}
	}

	for name, p := range c.Params {
		if err := p.Check(p.Default); err != nil {
			return fmt.Errorf("%s: param %s: default: %w", c.ID, name, err)
		}
	}
	return nil
}

// checkRules holds a control to its contract: it has the sets subjects and pass,
// and these and fail, if it is there, are partial sets.
func checkRules(c *ast.Compiler, m *ast.Module) error {
	for _, name := range []string{"subjects", "pass", "fail"} {
		rules := c.GetRulesExact(m.Package.Path.Append(ast.StringTerm(name)))
		if len(rules) == 0 && name != "fail" {
			return fmt.Errorf("the control has no set %q (%s contains s if …)", name, name)
		}
		for _, r := range rules {
			if r.Head.RuleKind() != ast.MultiValue {
				const problem = `%d: %s is not a partial set: write "%s contains s if …"`
				return fmt.Errorf(problem, r.Location.Row, name, name)
			}
		}
	}

	return nil
}

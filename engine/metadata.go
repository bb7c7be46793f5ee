package engine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
)

var controlID = regexp.MustCompile(`^[A-Z]{1,4}-[A-Z]{1,3}-[0-9]{2,3}$`)

// metadata reads the METADATA of a module's package. A package without a
// custom.id is a library.
func metadata(m *ast.Module) (finding.Control, bool, error) {
	for _, a := range m.Annotations {
		if a.Scope != "package" || a.Custom["id"] == nil {
			continue
		}

		c, err := fromAnnotations(a)
		if err != nil {
			return c, true, fmt.Errorf("METADATA: %w", err)
		}

		c.Package = strings.TrimPrefix(m.Package.Path.String(), "data.")
		c.Family = family(m.Package.Path)
		return c, true, nil
	}

	return finding.Control{}, false, nil
}

// family is the last but one part of the package path: <pack>.<family>.<control>.
func family(path ast.Ref) string {
	if len(path) < 4 {
		return ""
	}
	s, _ := path[len(path)-2].Value.(ast.String)
	return string(s)
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

	return c, checkMetadata(c)
}

func checkMetadata(c finding.Control) error {
	switch {
	case !controlID.MatchString(c.ID):
		return fmt.Errorf("custom.id %q does not look like RF-T-08", c.ID)
	case c.Title == "" || strings.Contains(c.Title, "\n"):
		return fmt.Errorf("%s: title is missing, or more than one line", c.ID)
	case !slices.Contains(finding.Severities, c.Severity):
		return fmt.Errorf("%s: custom.severity %q is not one of %v", c.ID, c.Severity, finding.Severities)
	case !slices.Contains(finding.Scopes, c.Scope):
		return fmt.Errorf("%s: custom.scope %q is not client, msp or fleet", c.ID, c.Scope)
	}

	for name, p := range c.Params {
		if err := p.Check(p.Default); err != nil {
			return fmt.Errorf("%s: param %s: default: %w", c.ID, name, err)
		}
	}
	return nil
}

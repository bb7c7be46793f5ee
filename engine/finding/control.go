package finding

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Severities from the least to the most severe.
var Severities = []string{"low", "medium", "high", "critical"}

// AtLeast reports whether severity is floor or above.
func AtLeast(severity, floor string) bool {
	return slices.Index(Severities, severity) >= slices.Index(Severities, floor)
}

// Control is a control's METADATA, the comment before its package: the only home of
// its title, severity, mappings and help. Programs print it as JSON, with its fields
// in this order.
type Control struct {
	ID      string `json:"id"`      // "RF-T-08"; never used twice
	Package string `json:"package"` // of its policy

	Title       string `json:"title"`
	Description string `json:"description"`
	Family      string `json:"family"`   // the id of its Family
	Severity    string `json:"severity"` // one of Severities
	Scope       Scope  `json:"scope"`    // what it judges
	Since       string `json:"since"`    // the release that it came with

	// Maps are the requirements of other catalogs that it covers, by catalog.
	Maps map[string][]string `json:"maps"`
	// Unverified names those catalogs of Maps whose ids nobody checked against a source.
	Unverified []string `json:"unverified"`
	// Params are what the fleet file can set, by name.
	Params map[string]Param `json:"params"`

	// How to repair a finding, what the control cannot see, and pages to read.
	Remediation string     `json:"remediation"`
	Limits      string     `json:"limits"`
	Resources   []Resource `json:"related_resources"`

	File string `json:"-"` // the policy file, for messages
}

// Resource is a page to read.
type Resource struct {
	Ref         string `json:"ref"`
	Description string `json:"description"`
}

// Param is a parameter of a control.
type Param struct {
	Type        string `json:"type"`    // boolean, integer, string or strings (a list)
	Default     any    `json:"default"` // of that type
	Description string `json:"description"`
}

// Check reports whether a value has the parameter's type. Numbers may come as
// json.Number, int or float64, lists as []any or []string.
func (p Param) Check(v any) error {
	ok := false
	switch p.Type {
	case "boolean":
		_, ok = v.(bool)
	case "string":
		_, ok = v.(string)
	case "integer":
		ok = isInteger(v)
	case "strings":
		ok = isStrings(v)
	default:
		return fmt.Errorf("type %q is not boolean, integer, string or strings", p.Type)
	}

	if !ok {
		return fmt.Errorf("%v is not of type %s", v, p.Type)
	}
	return nil
}

func isInteger(v any) bool {
	switch v := v.(type) {
	case int, int64:
		return true
	case float64:
		return v == math.Trunc(v)
	case json.Number:
		_, err := v.Int64()
		return err == nil
	}
	return false
}

func isStrings(v any) bool {
	switch v := v.(type) {
	case []string:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { _, ok := e.(string); return !ok })
	}
	return false
}

package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// promises are the attributes of input.client that are null where nothing was
// promised. A control that needs one of them for its subjects is not
// applicable then.
var promises = []string{"azure", "cell", "fence", "keys", "partners", "responsible", "service_providers", "vendors"}

// promiseInput is the part of the input that is neither evidence nor a parameter.
func (j job) promiseInput() (map[string]any, error) {
	client := j.intent.Client
	client.Params = nil
	encoded, err := intent.Marshal(client)
	if err != nil {
		return nil, err
	}

	var attributes map[string]any
	if err := json.Unmarshal(encoded, &attributes); err != nil {
		return nil, err
	}

	delete(attributes, "params")

	return map[string]any{
		"client":       attributes,
		"msp":          map[string]any{"tenant_id": j.intent.MSP.TenantID, "domains": j.intent.MSP.Domains},
		"as_of":        j.asOf.Format(time.RFC3339),
		"collected_at": j.snap.Manifest.CollectedAt,
	}, nil
}

// baseInput is promiseInput as OPA's values: what all controls share.
func (j job) baseInput() (base, error) {
	shared, err := j.promiseInput()
	if err != nil {
		return nil, err
	}
	return members(shared)
}

// base holds the members of the input that all controls share.
type base [][2]*ast.Term

func members(object map[string]any) (list [][2]*ast.Term, err error) {
	value, err := ast.InterfaceToValue(object)
	if err != nil {
		return nil, err
	}

	value.(ast.Object).Foreach(func(key, value *ast.Term) { list = append(list, [2]*ast.Term{key, value}) })
	return list, nil
}

// input is the document that one control sees: its own parameters, and what its
// plan reads, with each dataset's documents as arrays gives them.
func (j job) input(c *control, b base, arrays map[string]*ast.Array) (ast.Value, error) {
	own, err := j.controlInput(c.Control)
	if err != nil {
		return nil, err
	}

	ofControl, err := members(own)
	if err != nil {
		return nil, err
	}

	areas := map[string][][2]*ast.Term{}
	for _, name := range c.reads {
		if arrays[name] != nil {
			area, leaf, _ := strings.Cut(name, ".")
			areas[area] = append(areas[area], [2]*ast.Term{ast.StringTerm(leaf), ast.NewTerm(arrays[name])})
		}
	}

	root := slices.Concat(b, ofControl)
	for area, datasets := range areas {
		root = append(root, [2]*ast.Term{ast.StringTerm(area), ast.ObjectTerm(datasets...)})
	}

	return ast.NewObject(root...), nil
}

// controlInput is the part of the input that is a control's own: its parameters,
// and in the fleet result the clients, each with what the fleet file sets of the
// same parameters for it. Of several controls it is what they see together.
func (j job) controlInput(controls ...finding.Control) (map[string]any, error) {
	shown := map[string]any{}
	for _, c := range controls {
		own, err := params(j.intent.Client, c)
		if err != nil {
			return nil, err
		}
		maps.Copy(shown, own)
	}

	input := map[string]any{"params": shown}
	if j.promise.Kind() == intent.FleetKind {
		input["fleet"] = map[string]any{"clients": joined(j.promise.Joined(), controls)}
	}

	return input, nil
}

// joined are the clients as controls see them.
func joined(clients []intent.FleetClient, controls []finding.Control) []any {
	all := []any{}
	for _, client := range clients {
		seen := map[string]any{
			"name": client.Name, "tenant_id": client.TenantID, "state": client.State, "domains": client.Domains,
		}

		own := map[string]any{}
		for _, c := range controls {
			maps.Copy(own, client.Params[c.ID])
		}

		if len(own) > 0 {
			seen["params"] = own
		}

		all = append(all, seen)
	}

	return all
}

// params are a control's own parameters: what the fleet file sets, over the
// defaults of the METADATA.
func params(cl intent.Client, c finding.Control) (map[string]any, error) {
	own := map[string]any{}
	for name, p := range c.Params {
		own[name] = p.Default
	}

	for name, v := range cl.Params[c.ID] {
		p, known := c.Params[name]
		if !known {
			return nil, fmt.Errorf("%s has no param %q", c.ID, name)
		}
		if err := p.Check(v); err != nil {
			return nil, fmt.Errorf("%s: param %s: %w", c.ID, name, err)
		}
		own[name] = v
	}

	return own, nil
}

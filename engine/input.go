package engine

import (
	"encoding/json"
	"fmt"
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

// fixedInput is the part of the input that is neither the client's promises nor
// evidence.
func (j job) fixedInput() map[string]any {
	fixed := map[string]any{
		"msp":   map[string]any{"tenant_id": j.intent.MSP.TenantID, "domains": j.intent.MSP.Domains},
		"as_of": j.asOf.Format(time.RFC3339), "collected_at": j.snap.Manifest.CollectedAt,
	}
	if j.promise.Kind() == intent.FleetKind {
		fixed["fleet"] = map[string]any{"clients": j.promise.Joined()}
	}
	return fixed
}

// attributes are what a client was promised, without parameters.
func attributes(cl intent.Client) (map[string]any, error) {
	cl.Params = nil
	b, err := intent.Marshal(cl)
	if err != nil {
		return nil, err
	}

	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}

	delete(m, "params")
	return m, nil
}

// baseInput is the part of the input that all controls of an evaluation share.
func (j job) baseInput() (base, error) {
	client, err := attributes(j.intent.Client)
	if err != nil {
		return base{}, err
	}

	promised, err := ast.InterfaceToValue(client)
	if err != nil {
		return base{}, err
	}

	rest, err := ast.InterfaceToValue(j.fixedInput())
	if err != nil {
		return base{}, err
	}

	return base{members(promised), members(rest)}, nil
}

// base holds the members of input.client but its params, and those of the
// input but the client and the evidence.
type base struct{ client, rest [][2]*ast.Term }

func members(v ast.Value) (list [][2]*ast.Term) {
	v.(ast.Object).Foreach(func(key, value *ast.Term) { list = append(list, [2]*ast.Term{key, value}) })
	return list
}

// input is the document that one control sees: only what its plan reads, with
// each dataset's documents as arrays gives them.
func (j job) input(c *control, b base, arrays map[string]*ast.Array) (ast.Value, error) {
	params, err := paramsOf(j.intent.Client, c.params)
	if err != nil {
		return nil, err
	}

	shown, err := ast.InterfaceToValue(params)
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

	client := append(slices.Clip(b.client), [2]*ast.Term{ast.StringTerm("params"), ast.NewTerm(shown)})
	root := append(slices.Clip(b.rest), [2]*ast.Term{ast.StringTerm("client"), ast.ObjectTerm(client...)})
	for area, datasets := range areas {
		root = append(root, [2]*ast.Term{ast.StringTerm(area), ast.ObjectTerm(datasets...)})
	}

	return ast.NewObject(root...), nil
}

// paramsOf are the parameters of some controls, by id.
func paramsOf(cl intent.Client, controls []finding.Control) (map[string]any, error) {
	all := map[string]any{}
	for _, c := range controls {
		values, err := params(cl, c)
		if err != nil {
			return nil, err
		}
		all[c.ID] = values
	}

	return all, nil
}

// params are a control's own parameters merged with their defaults.
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

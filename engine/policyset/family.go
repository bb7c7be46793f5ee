package policyset

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
)

// Families reads what the policy tree says about its families: the METADATA of
// each package that has a custom.family.
func Families(compiler *ast.Compiler) ([]finding.Family, error) {
	modules := compiler.Modules
	var found []finding.Family
	files := map[string]string{} // by family
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		for _, a := range modules[path].Annotations {
			if a.Scope != "package" || a.Custom["family"] == nil {
				continue
			}

			f, err := newFamily(modules[path].Package.Path, a)
			if err != nil {
				return nil, fmt.Errorf("%s: METADATA: %w", path, err)
			}
			if first := files[f.ID]; first != "" {
				return nil, fmt.Errorf("%s and %s both describe the family %s", first, path, f.ID)
			}

			files[f.ID] = path
			found = append(found, f)
		}
	}

	return found, nil
}

func newFamily(path ast.Ref, a *ast.Annotations) (finding.Family, error) {
	var custom struct {
		Family string `json:"family"`
		Order  int    `json:"order"`
	}

	data, err := json.Marshal(a.Custom)
	if err == nil {
		err = json.Unmarshal(data, &custom)
	}
	if err != nil {
		return finding.Family{}, err
	}
	if custom.Family == "" || a.Title == "" || custom.Order < 0 {
		return finding.Family{}, fmt.Errorf("a family needs a title, a name in custom.family and an order from 1")
	}

	id, _ := path[len(path)-1].Value.(ast.String)
	return finding.Family{
		ID:       string(id),
		Name:     custom.Family,
		Title:    a.Title,
		Question: a.Description,
		Order:    custom.Order,
	}, nil
}

package isolation

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
)

// KindsFile is the file of a folder of facts that says which kinds of facts were looked for.
const KindsFile = "kinds.json"

// Folder is a folder of facts: <tenant>.json, a file of facts of each tenant, and kinds.json.
type Folder struct {
	Kinds []reach.Kind
	Facts map[string]fact.Facts // by tenant
	// Files are the facts as they are there, by tenant.
	Files map[string][]byte
}

// ReadFolder reads a folder of facts. It is strict: a file that is not what facts are written
// like, that is named for another tenant than it is about, or that holds facts of a kind that is
// not in kinds.json is an error.
func ReadFolder(dir string) (Folder, error) {
	f := Folder{Facts: map[string]fact.Facts{}, Files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f, err
	}
	if f.Kinds, err = readKinds(filepath.Join(dir, KindsFile)); err != nil {
		return f, err
	}

	for _, e := range entries {
		tenant, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON || e.Name() == KindsFile {
			continue
		}
		file := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() {
			return f, fmt.Errorf("%s is not a regular file", file)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return f, err
		}
		facts, err := fact.Parse(data)
		if err == nil && facts.Tenant != tenant {
			err = fmt.Errorf("it is of tenant %s", facts.Tenant)
		}
		if err == nil {
			err = f.knows(facts)
		}
		if err != nil {
			return f, fmt.Errorf("%s: %w", file, err)
		}
		f.Facts[tenant], f.Files[tenant] = facts, data
	}

	return f, nil
}

func readKinds(file string) ([]reach.Kind, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	var kinds []reach.Kind
	if err := json.Unmarshal(data, &kinds, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	seen := map[string]bool{}
	for _, k := range kinds {
		rules := []reach.Rule{reach.ToSide, reach.FromSide, reach.Bridging, reach.Owning, reach.Sharing}
		if !slices.Contains(rules, k.Rule) || k.Name == "" || seen[k.Name] {
			return nil, fmt.Errorf("%s: the kind %q has the rule %q, or is there twice", file, k.Name, k.Rule)
		}
		seen[k.Name] = true
	}
	return kinds, nil
}

// knows refuses facts of a kind that is not known: nobody could say what their absence means.
func (f Folder) knows(facts fact.Facts) error {
	rules := map[string]reach.Rule{}
	for _, k := range f.Kinds {
		rules[k.Name] = k.Rule
	}
	isEdge := func(kind string) bool { return rules[kind] == reach.ToSide || rules[kind] == reach.FromSide }
	isLink := func(kind string) bool { return rules[kind].Bridges() || rules[kind] == reach.Sharing }

	for _, c := range facts.Coverage {
		if rules[c.Kind] == "" {
			return fmt.Errorf("it covers the kind %q, which %s does not know", c.Kind, KindsFile)
		}
	}
	for _, e := range facts.Edges {
		if !isEdge(e.Kind) {
			return fmt.Errorf("an edge is of the kind %q, which %s does not know as one", e.Kind, KindsFile)
		}
	}
	for _, l := range facts.Links {
		if !isLink(l.Kind) {
			return fmt.Errorf("a link is of the kind %q, which %s does not know as one", l.Kind, KindsFile)
		}
	}
	return nil
}

// Join joins the facts of a folder. A member without facts is one of which nothing is known.
func (f Folder) Join(
	members map[string]Member, msp string, key fingerprint.Key, spread time.Duration,
) (Fleet, error) {
	numbers := map[string]join.Member{}
	for i, tenant := range slices.Sorted(maps.Keys(members)) {
		numbers[tenant] = join.Member(i)
	}

	joined, err := fleet.Join(fleet.Fleet{
		Kinds: f.Kinds, Members: numbers, MSP: msp, Key: key, Shelf: memory{}, Spread: spread,
		Facts: func(tenant string) (fact.Facts, error) {
			if facts, there := f.Facts[tenant]; there {
				return facts, nil
			}
			return fact.Facts{Tenant: tenant}, nil
		},
	})
	return Fleet{joined, members}, err
}

// memory is a shelf for the index of a folder's facts, which are in memory, too.
type memory map[int][]byte

func (m memory) Append(part int, data []byte) error {
	m[part] = append(m[part], data...)
	return nil
}

func (m memory) Read(part int) ([]byte, error) { return m[part], nil }

func (m memory) Replace(part int, data []byte) error {
	m[part] = slices.Clone(data)
	return nil
}

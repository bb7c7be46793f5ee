package snapshot

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed schema/*.json
var schemaFiles embed.FS

// Presence says what a property's absence from an API answer means.
type Presence string

const (
	Always   Presence = "always"   // the API always returns it, never null
	Nullable Presence = "nullable" // always returned, possibly null
	Absent   Presence = "absent"   // may be left out, with a documented meaning; normalized to null
	Unknown  Presence = "unknown"  // may be left out; the reference does not say what that means
)

// IDForm says how a document's id is made of an API property.
type IDForm string

const (
	GUID      IDForm = "guid"      // lower case
	ARM       IDForm = "arm"       // an Azure resource id, lower case
	Verbatim  IDForm = "verbatim"  // as it is: the id is case-sensitive
	Singleton IDForm = "singleton" // "default": there is one
)

// Schema is one dataset's schema file: JSON Schema (2020-12) with our "x-"
// keywords. Parent names the dataset whose documents are this one's scopes;
// it is "" for a dataset that is read once per tenant. ParentWhere is the property
// of a parent that must be true for it to be asked about, "" where all are.
type Schema struct {
	Dataset        string          `json:"title"`
	Description    string          `json:"description"`
	ID             IDRule          `json:"x-id"`
	Source         Source          `json:"x-source"`
	Permission     string          `json:"x-permission"`
	Parent         string          `json:"x-parent"`
	ParentWhere    string          `json:"x-parent-where"`
	WithoutLicence *WithoutLicence `json:"x-without-licence"`
	Inherited      *Inherited      `json:"x-inherited"`
	Kind           *Kind           `json:"x-kind"`
	Property
}

// IDRule makes ids: the property of the body that holds it, its form, and
// whether the parent's id is put in front ("<parent>/<id>").
type IDRule struct {
	Property string `json:"property"`
	Form     IDForm `json:"form"`
	Child    bool   `json:"child"`
}

// Source is where the documents come from: API ("graph" or "arm"), its
// version, the path template and the reference page.
type Source struct {
	API      string `json:"api"`
	Version  string `json:"version"`
	Endpoint string `json:"endpoint"`
	Page     string `json:"page"`
}

// WithoutLicence says what a missing licence means: "empty" (nothing of the
// kind can exist) or "unknown". Plans are the service plan names of which one
// is needed.
type WithoutLicence struct {
	Means string   `json:"means"`
	Plans []string `json:"plans"`
	Page  string   `json:"page"`
}

// Absence documents what it means when a property is left out.
type Absence struct {
	Means string `json:"means"`
	Page  string `json:"page"`
}

// Property is one node of a schema. List is "set" where the order of an array
// means nothing, "sequence" where it does. Values is the schema of a map's
// values (tags), nil where keys are fixed.
type Property struct {
	Type       Types                `json:"type"`
	Presence   Presence             `json:"x-presence"`
	Absence    *Absence             `json:"x-absence"`
	Volatile   bool                 `json:"x-volatile"`
	Secret     bool                 `json:"x-secret"`
	List       string               `json:"x-list"`
	Properties map[string]*Property `json:"properties"`
	Items      *Property            `json:"items"`
	Values     *Property            `json:"-"`
	Additional json.RawMessage      `json:"additionalProperties"`
}

// Types is JSON Schema's "type": one name, or a list of them.
type Types []string

// UnmarshalJSON takes both forms of "type".
func (t *Types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = Types{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// Schemas returns every dataset's schema by full name ("<area>.<dataset>").
// It panics on a broken embedded file: that is a defect of the build, which the
// package's tests refuse.
var Schemas = sync.OnceValue(func() map[string]*Schema {
	all := map[string]*Schema{}
	entries, err := schemaFiles.ReadDir("schema")
	if err != nil {
		panic(err)
	}

	for _, e := range entries {
		s, err := loadSchema(e.Name())
		if err != nil {
			panic(fmt.Sprintf("schema/%s: %v", e.Name(), err))
		}
		all[s.Dataset] = s
	}

	return all
})

// SchemaFor returns the schema of one dataset.
func SchemaFor(dataset string) (*Schema, error) {
	s, ok := Schemas()[dataset]
	if !ok {
		return nil, fmt.Errorf("no dataset %q (datasets: %s)", dataset, strings.Join(slices.Sorted(maps.Keys(Schemas())), ", "))
	}
	return s, nil
}

// SchemaJSON returns the schema file of a dataset, byte for byte.
func SchemaJSON(dataset string) ([]byte, error) {
	return schemaFiles.ReadFile(path.Join("schema", dataset+".json"))
}

func loadSchema(file string) (*Schema, error) {
	b, err := schemaFiles.ReadFile(path.Join("schema", file))
	if err != nil {
		return nil, err
	}
	if _, err := ParseObject(b); err != nil {
		return nil, err
	}

	s := &Schema{}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, err
	}
	if s.Dataset+".json" != file {
		return nil, fmt.Errorf("title is %q", s.Dataset)
	}

	return s, s.Property.resolve(s.Dataset)
}

// resolve parses additionalProperties and checks the keywords below a node.
func (p *Property) resolve(at string) error {
	if len(p.Additional) > 0 && p.Additional[0] == '{' {
		p.Values = &Property{}
		if err := json.Unmarshal(p.Additional, p.Values); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}

	if p.is("array") != (p.List != "") {
		return fmt.Errorf(`%s: every array, and nothing else, says x-list "set" or "sequence"`, at)
	}

	if p.Items != nil {
		if err := p.Items.resolve(at + "[]"); err != nil {
			return err
		}
	}

	for name, c := range p.Properties {
		if err := c.check(at + "." + name); err != nil {
			return err
		}
	}

	return nil
}

func (p *Property) check(at string) error {
	switch p.Presence {
	case Always, Nullable, Unknown:
	case Absent:
		if p.Absence == nil || p.Absence.Means == "" || p.Absence.Page == "" {
			return fmt.Errorf("%s: x-presence absent needs x-absence with means and page", at)
		}
	default:
		return fmt.Errorf("%s: x-presence is %q", at, p.Presence)
	}

	return p.resolve(at)
}

func (p *Property) is(kind string) bool { return slices.Contains(p.Type, kind) }

// Area and Name split "<area>.<dataset>".
func (s *Schema) Area() string { a, _, _ := strings.Cut(s.Dataset, "."); return a }
func (s *Schema) Name() string { _, n, _ := strings.Cut(s.Dataset, "."); return n }

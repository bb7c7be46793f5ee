package snapshot

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
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

// Guard says for what a dataset is collected whatever the controls read.
type Guard string

const (
	// GuardTenant: wherever a tenant is read, for it tells whose tenant it is, or
	// what is licensed there.
	GuardTenant Guard = "tenant"

	// GuardSubscriptions: wherever Azure is read, for it tells which subscriptions
	// there are, or proves that the caller sees all that is in them.
	GuardSubscriptions Guard = "subscriptions"
)

// Schema is one dataset's schema file: JSON Schema (2020-12) with keywords of
// ours, which begin with "x-". All that ringfence must know of a dataset is here,
// except how its pages are asked for, which is a row in collectors/<area>.
// A keyword that is not one of these fields is an error.
type Schema struct {
	Draft       string `json:"$schema"`
	Dataset     string `json:"title"` // "<area>.<name>", as the file is called
	Description string `json:"description"`

	// Where the documents come from, which permission shows them, and how each
	// gets its id.
	Source     Source `json:"x-source"`
	Permission string `json:"x-permission"` // several are separated by ", "; "none"
	ID         IDRule `json:"x-id"`

	// Parent names the dataset at whose documents this one is read, one list for
	// each: the id of the parent's document is the scope of those on the list. It may
	// also be a list in the promise (see DomainPromise). It is "" for a dataset that is
	// read once per tenant. ParentWhere says which parents are asked about; nil: all.
	Parent      string       `json:"x-parent"`
	ParentWhere *ParentWhere `json:"x-parent-where"`

	// UnprovenWhere are the parents at which an empty answer proves nothing; nil: none.
	UnprovenWhere []Unanswered `json:"x-unproven-where"`

	// How answers are to be understood: what a 404 means, that only what is younger
	// is read, and that the API does not answer applications at all. nil: a 404 is an
	// error, everything is read, and applications are answered.
	NotFound      *NotFound      `json:"x-not-found"`
	Window        *Window        `json:"x-window"`
	DelegatedOnly *DelegatedOnly `json:"x-delegated-only"`

	// MoreParents are further datasets at whose documents this one is read as well,
	// as diagnostic settings are at vaults, storage accounts and more: see Parents.
	// Root is a place of the tenant as a whole at which it is read besides, nil for
	// none. Inside is where in a document of the parent the objects of this dataset
	// lie, "properties.virtualNetworkPeerings": nothing is asked for them then.
	MoreParents []string `json:"x-more-parents"`
	Root        *Root    `json:"x-root"`
	Inside      string   `json:"x-inside"`

	// Hosts are those at which the dataset is read, found in documents of other
	// datasets; nil for one that is read through an API.
	Hosts *Hosts `json:"x-hosts"`

	// What an answer may hold beside what was asked for, and how it is told apart;
	// nil where there is nothing to tell.
	Inherited *Inherited `json:"x-inherited"`
	Kind      *Kind      `json:"x-kind"`

	WithoutLicence *WithoutLicence `json:"x-without-licence"` // nil: no licence is needed
	Guard          Guard           `json:"x-guard"`           // "": read only for controls
	NeverEmpty     bool            `json:"x-never-empty"`     // every tenant has a document of it

	// Newest is there where the answer is a history, of which only the first object
	// is read, and where it is documented that this is the newest one. A next page is
	// expected then and no gap.
	Newest *Newest `json:"x-newest"`

	// Split is there for a dataset of the MSP's own tenant that is split among its
	// clients. What is read per document of such a dataset is split along with it.
	Split *Split `json:"x-split"`

	// Component is there for a dataset whose documents OSCAL calls components; all
	// others are inventory items.
	Component *Component `json:"x-component"`

	Property
}

// IDRule makes ids: the property of the body that holds it, its form, and
// whether the parent's id is put in front ("<parent>/<id>").
//
// Type is the type of resource in an id where that is not what the endpoint lists,
// "*/diagnosticsettings" for that type of any namespace.
type IDRule struct {
	Property string `json:"property"`
	Form     IDForm `json:"form"`
	Child    bool   `json:"child"`
	Type     string `json:"type"`
}

// Source is where the documents come from: the name of the API ("graph"), its
// version, the path template and the reference page.
//
// The template's {names} are filled in when it is asked: {principalId} is the
// caller, {scope} the parent's document as the path of a resource, {type} what the
// dataset's row in collectors/<area> lists, {since} and {until} the ends of the
// dataset's window (x-window), {managementGroup} the group that the fleet file names,
// and any other name stands for the id of the parent's document, as in
// "/groups/{groupId}/members".
type Source struct {
	API      string `json:"api"`
	Version  string `json:"version"`
	Endpoint string `json:"endpoint"`
	Page     string `json:"page"`
	// Delta is the page of the function that tells which objects of the list changed since an
	// earlier time; "" for a list that has none, or of which it does not tell all.
	Delta string `json:"delta"`
}

// WithoutLicence says what a missing licence means: "empty" (nothing of the
// kind can exist) or "unknown". Plans are the service plan names of which one
// is needed.
type WithoutLicence struct {
	Means string   `json:"means"`
	Plans []string `json:"plans"`
	Page  string   `json:"page"`
}

// Newest names the page that says in which order an API lists a history.
type Newest struct {
	Page string `json:"page"`
}

// Split says which client of the MSP a document is about: the tenant id is in
// the member Tenant of its property Property, or is that property itself where Tenant
// is "". Where that is null the document
// may be about nobody, if the property Unowned.Property has one of Unowned.Values
// (a relationship that no customer has approved); otherwise it should be there,
// and nobody can say whose the document is. Each is what one document is called
// in messages: "relationship".
type Split struct {
	Each     string `json:"each"`
	Property string `json:"property"`
	Tenant   string `json:"tenant"`
	Unowned  struct {
		Property string   `json:"property"`
		Values   []string `json:"values"`
	} `json:"unowned"`
	Page string `json:"page"`
}

// Component is the type that OSCAL gives a component of this kind: "policy",
// "service", "interconnection". InForce is there where documents have a state of
// their own: the thing is in operation only where Property has the Value (text,
// number or boolean).
type Component struct {
	Type    string `json:"type"`
	InForce *struct {
		Property string `json:"property"`
		Value    any    `json:"value"`
	} `json:"in-force"`
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

// SchemasDigest is one digest of all schemas: what was normalized by others may
// differ.
var SchemasDigest = sync.OnceValue(func() string {
	sum := sha256.New()
	_ = fs.WalkDir(schemaFiles, ".", func(name string, _ fs.DirEntry, err error) error {
		if data, errRead := schemaFiles.ReadFile(name); err == nil && errRead == nil {
			fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
		}
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil))
})

// SchemaFor returns the schema of one dataset.
func SchemaFor(dataset string) (*Schema, error) {
	s, ok := Schemas()[dataset]
	if !ok {
		known := slices.Sorted(maps.Keys(Schemas()))
		return nil, fmt.Errorf("no dataset %q (datasets: %s)", dataset, strings.Join(known, ", "))
	}
	return s, nil
}

// Guards are the datasets that are collected for these reasons, sorted.
func Guards(reasons ...Guard) (datasets []string) {
	for name, s := range Schemas() {
		if slices.Contains(reasons, s.Guard) {
			datasets = append(datasets, name)
		}
	}

	slices.Sort(datasets)
	return datasets
}

func loadSchema(file string) (*Schema, error) {
	b, err := schemaFiles.ReadFile(path.Join("schema", file))
	if err != nil {
		return nil, err
	}
	if _, err := ParseObject(b); err != nil { // no key is there twice
		return nil, err
	}

	s := &Schema{}
	if err := decodeStrictly(b, s); err != nil {
		return nil, err
	}
	if s.Dataset+".json" != file {
		return nil, fmt.Errorf("title is %q", s.Dataset)
	}

	return s, s.Property.resolve(s.Dataset)
}

// decodeStrictly refuses a keyword that nobody reads: a misspelt "x-split" would
// put the rows of all clients before each of them.
func decodeStrictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

var endpointName = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// Permissions are those that show the dataset, all of them; none where every caller sees
// it.
func (s *Schema) Permissions() []string {
	if s.Permission == "none" {
		return []string{}
	}
	return strings.Split(s.Permission, ", ")
}

// Parents are the datasets at whose documents this one is read; none for a dataset
// that is read once per tenant.
func (s *Schema) Parents() []string {
	if s.Parent == "" {
		return nil
	}
	return append([]string{s.Parent}, s.MoreParents...)
}

// PerScope reports whether the dataset is read at scopes, which its coverage lists: at
// documents of its parents, at its root, or at hosts.
func (s *Schema) PerScope() bool { return s.Parent != "" || s.Root != nil || s.Hosts != nil }

// ownNames are the {names} that do not stand for a parent.
var ownNames = []string{"principalId", "scope", "type", "since", "until", "managementGroup"}

// ParentName is the {name} in the endpoint that stands for the id of the
// parent's document, "" where there is none: the one that neither the caller's id,
// nor the dataset's row, nor its window fills in.
func (s *Schema) ParentName() string {
	for _, match := range endpointName.FindAllStringSubmatch(s.Source.Endpoint, -1) {
		if name := match[1]; !slices.Contains(ownNames, name) {
			return name
		}
	}
	return ""
}

// ParentOf is the dataset by whose documents another one is read, "" where it is
// read once, or by a list in the promise.
func ParentOf(dataset string) string {
	s := Schemas()[dataset]
	if s == nil || IsPromise(s.Parent) {
		return ""
	}
	return s.Parent
}

// Shared reports whether the dataset is read in the MSP's own tenant and split
// among its clients: it says x-split itself, or is read per document of one that
// does.
func (s *Schema) Shared() bool {
	for ; s != nil; s = Schemas()[s.Parent] {
		if s.Split != nil {
			return true
		}
	}
	return false
}

// Above are the datasets that have to be read before this one can be, sorted: those at
// whose documents it is read, or that name its hosts, and what is above them.
func (s *Schema) Above() []string {
	found := map[string]bool{}
	for _, name := range s.Before() {
		if parent := Schemas()[name]; parent != nil {
			found[name] = true
			for _, above := range parent.Above() {
				found[above] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Essential are the properties that a document cannot do without, whatever is read of it:
// those that make its id, that the API always returns, that tell its kind, its owner and
// its state, and by which it is decided what is read per document of the dataset.
func (s *Schema) Essential() []string {
	names := []string{s.ID.Property}
	for name, p := range s.Properties {
		if p.Presence == Always {
			names = append(names, name)
		}
	}
	if s.Kind != nil {
		names = append(names, slices.Concat(s.Kind.Has, s.Kind.Lacks)...)
	}
	if s.Split != nil {
		names = append(names, s.Split.Property, s.Split.Unowned.Property)
	}
	if s.Component != nil && s.Component.InForce != nil {
		names = append(names, s.Component.InForce.Property)
	}
	if s.Window != nil {
		names = append(names, s.Window.Property)
	}
	for _, child := range Schemas() {
		if child.Parent == s.Dataset {
			names = append(names, child.decidedBy()...)
		}
	}

	slices.Sort(names)
	return slices.Compact(names)
}

// resolve parses additionalProperties and checks the keywords below a node.
func (p *Property) resolve(at string) error {
	if len(p.Additional) > 0 && p.Additional[0] == '{' {
		p.Values = &Property{}
		if err := decodeStrictly(p.Additional, p.Values); err != nil {
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

// check is resolve for a property, which has a presence as well.
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

// Name is the part of the dataset's full name behind the area: "users" of
// "entra.users".
func (s *Schema) Name() string { _, name, _ := strings.Cut(s.Dataset, "."); return name }

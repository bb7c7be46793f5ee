package fleetfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
)

// structs are what the blocks of each kind are read into.
var structs = map[string]any{
	"msp":          MSP{},
	"cloud_unsafe": Cloud{},
	"fence":        intent.Fence{},
	"reviewer":     Reviewer{},
	"vendor":       intent.Vendor{},
	"partner":      intent.Partner{},
	"application":  intent.Application{},
	"client":       Client{},
	"wall":         Wall{},
	"shared_sink":  SharedSink{},
	"exception":    Exception{},
	"gate":         Gate{},
}

// TestTables: whoever adds a field has to describe it, and whoever adds a row has to
// give it a field.
func TestTables(t *testing.T) {
	for _, k := range kinds {
		if k.name == "defaults" {
			continue // a client without what is its own
		}

		structure, known := structs[k.name]
		if !known {
			t.Errorf("structs has no %s", k.name)
			continue
		}
		for _, problem := range problems(k.table, k.name, reflect.TypeOf(structure)) {
			t.Error(problem)
		}
	}
}

// problems are where a table does not describe a struct.
func problems(table intent.Table, path string, structure reflect.Type) []string {
	var all []string
	names := map[string]int{}
	for _, a := range table {
		names[a.Name]++
		field := intent.Field(reflect.Zero(structure), a.Name)
		if !field.IsValid() {
			all = append(all, fmt.Sprintf("%s.%s has a row and no field", path, a.Name))
			continue
		}

		for _, problem := range rowProblems(a, field.Type()) {
			all = append(all, fmt.Sprintf("%s.%s %s", path, a.Name, problem))
		}
		if inner := structOf(field.Type()); a.Of != nil && inner != nil {
			all = append(all, problems(a.Of, path+"."+a.Name, inner)...)
		}
	}

	for _, field := range reflect.VisibleFields(structure) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous || !field.IsExported() || name == "origins":
		case names[name] != 1:
			all = append(all, fmt.Sprintf("%s.%s (%s) has a field and %d rows", path, name, field.Name, names[name]))
		}
	}

	return all
}

// rowProblems are what is wrong with one row, given the type of its field.
func rowProblems(a intent.Attribute, field reflect.Type) []string {
	isText := slices.Contains([]intent.Type{intent.Text, intent.Texts, intent.CloudName, intent.Credential}, a.Type)
	isReference := a.Type == intent.Reference || a.Type == intent.References || a.Type == intent.Naming
	noValue := []intent.Type{intent.Label, intent.Block, intent.Blocks, intent.Naming}
	hasValue := !slices.Contains(noValue, a.Type)

	var all []string
	for _, c := range []struct {
		problem string
		is      bool
	}{
		{"is a " + string(a.Type) + " and a " + field.String(), !fits(a, field)},
		{"is a text without a form", isText && a.Form.Norm == nil},
		{"refers to no kind of block", isReference && !slices.Contains(kindNames(), a.To)},
		{"is a block without attributes", !hasValue && a.Type != intent.Label && len(a.Of) == 0},
		{"has no Doc, no ReadBy or no Example", a.Doc == "" || a.ReadBy == "" || hasValue && a.Example == ""},
		{"is never null, and says what null means", a.Null != "" && (a.Required || a.Default != "")},
		{"can be null, and does not say what null means", a.Null == "" && field.Kind() == reflect.Pointer},
		{"has a default, and its field is no string", a.Default != "" && field.Kind() != reflect.String},
		{"has a default that is not of its form", a.Default != "" && !hasForm(a.Default, a.Form)},
	} {
		if c.is {
			all = append(all, c.problem)
		}
	}

	return all
}

func hasForm(s string, f intent.Form) bool {
	norm, ok := f.Norm(s)
	return ok && norm == s
}

// fits reports whether values of an attribute go into fields of a Go type.
func fits(a intent.Attribute, field reflect.Type) bool {
	isString := field.Kind() == reflect.String
	switch a.Type {
	case intent.Label, intent.CloudName, intent.Credential:
		return isString
	case intent.Text:
		return isString || field == reflect.TypeFor[*string]()
	case intent.Texts:
		return field == reflect.TypeFor[[]string]()
	case intent.Flag:
		return field.Kind() == reflect.Bool
	case intent.Reference:
		return isString && a.Of == nil || field.Kind() == reflect.Pointer && a.Of != nil
	case intent.References:
		return field == reflect.TypeFor[[]string]() && a.Of == nil || structOf(field) != nil && a.Of != nil
	case intent.Number:
		return field == reflect.TypeFor[*int64]()
	case intent.Block:
		return structOf(field) != nil
	case intent.Blocks, intent.Naming:
		return structOf(field) != nil && field.Kind() == reflect.Slice
	case intent.Parameters:
		return field == reflect.TypeFor[map[string]map[string]any]()
	}

	return false
}

// structOf is the struct that a field is, points to, or is a list of; nil if there is
// none.
func structOf(field reflect.Type) reflect.Type {
	if field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice {
		field = field.Elem()
	}
	if field.Kind() != reflect.Struct {
		return nil
	}
	return field
}

// A made-up client with attributes that no table has.
type (
	madeUp struct {
		Name     string  `json:"name"`
		Region   *string `json:"region"`
		Contract *deal   `json:"contract"`
	}
	deal struct {
		Until  string   `json:"until"`
		Places []string `json:"places"`
		Signed bool     `json:"signed"`
	}
)

var (
	untilRow = intent.Attribute{
		Name: "until", Type: intent.Text, Form: date, Default: "2030-12-31",
		ReadBy: "a test", Doc: "The contract's end.", Example: `"2031-01-31"`,
	}
	placesRow = intent.Attribute{
		Name: "places", Type: intent.Texts, Form: intent.Name, Null: "anywhere",
		ReadBy: "a test", Doc: "Where it holds.", Example: `["here"]`,
	}
	signedRow = intent.Attribute{
		Name: "signed", Type: intent.Flag, ReadBy: "a test", Doc: "Whether it was signed.", Example: `true`,
	}
)

func madeUpTable(contractRows ...intent.Attribute) intent.Table {
	return intent.Table{
		{Name: "name", Type: intent.Label, ReadBy: "a test", Doc: "The label."},
		{
			Name: "region", Type: intent.Text, Form: intent.Name, Null: "any",
			ReadBy: "a test", Doc: "The region.", Example: `"x"`,
		},
		{
			Name: "contract", Type: intent.Block, Of: contractRows, Null: "there is none",
			ReadBy: "a test", Doc: "The contract.",
		},
	}
}

// TestNewAttribute reads, shows and documents a block of attributes that are rows and
// fields, and nothing else.
func TestNewAttribute(t *testing.T) {
	table := madeUpTable(untilRow, placesRow, signedRow)
	const src = `client "a" {
  contract {
    places = ["there", "here", "there"]
    signed = true
    unti   = "2031-01-31"
  }
}
`

	l := newLoader("dir")
	l.parse("fleet.hcl", []byte(src))
	b := l.open(kind{name: "client", table: table}, l.blocks[0])
	var got madeUp
	b.read(&got)

	want := madeUp{Name: "a", Contract: &deal{Until: "2030-12-31", Places: []string{"there", "here"}, Signed: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	const misspelt = `The contract block of client "a" has no attribute "unti". Did you mean "until"?`
	if all := l.All(); len(all) != 1 || all[0].Detail != misspelt || all[0].Subject.Start.Line != 5 {
		t.Errorf("%v", all)
	}

	origins := []string{b.origins["contract.places"].From, b.origins["contract.until"].From, b.origins["region"].From}
	if diff := cmp.Diff([]string{FromClient, FromBuiltIn, ""}, origins); diff != "" {
		t.Error(diff)
	}

	shown := []row{
		{"region", ""},
		{"contract.until", "2030-12-31"},
		{"contract.places", "there, here"},
		{"contract.signed", "true"},
	}
	if diff := cmp.Diff(shown, rows(table, "", reflect.ValueOf(got)), cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}

// TestForgotten: what is forgotten of a new attribute is named.
func TestForgotten(t *testing.T) {
	const (
		until = iota
		places
		signed
		contract = "client.contract"
		noWords  = " has no Doc, no ReadBy or no Example"
	)
	type table = intent.Table
	for _, c := range []struct {
		forget func(rows table) table
		want   string
	}{
		{func(r table) table { return r }, ""},
		{func(r table) table { return r[:signed] }, contract + ".signed (Signed) has a field and 0 rows"},
		{func(r table) table { r[signed].Name = "since"; return r }, contract + ".since has a row and no field"},
		{func(r table) table { return append(r, r[until]) }, contract + ".until (Until) has a field and 2 rows"},
		{func(r table) table { r[places].Type = "set"; return r }, contract + ".places is a set and a []string"},
		{func(r table) table { r[places].Form.Norm = nil; return r }, contract + ".places is a text without a form"},
		{func(r table) table { r[signed].Doc = ""; return r }, contract + ".signed" + noWords},
		{func(r table) table { r[signed].ReadBy = ""; return r }, contract + ".signed" + noWords},
		{func(r table) table { r[until].Default = "soon"; return r }, ".until has a default that is not of its form"},
		{func(r table) table { return nil }, contract + " is a block without attributes"},
	} {
		forgotten := madeUpTable(c.forget(table{untilRow, placesRow, signedRow})...)
		got := strings.Join(problems(forgotten, "client", reflect.TypeFor[madeUp]()), "; ")
		if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}

	unsaid := madeUpTable(untilRow, placesRow, signedRow)
	unsaid[2].Null = ""
	got := problems(unsaid, "client", reflect.TypeFor[madeUp]())
	if want := []string{"client.contract can be null, and does not say what null means"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

package intent

import (
	"reflect"
	"slices"
)

// Table is a list of attributes: those of a block of the fleet file, and at the
// same time the members of the object that the block becomes in intent.json.
//
// A table is the one home of what is known of its attributes. The fleet file is
// decoded, checked and shown by it; the engine takes from it which attributes
// gate a control, and the schema of input.client; docs/fleet-file.md is
// generated from it. So a new attribute is one row, and one field of the struct
// that holds its value. The field has the row's name as its JSON name:
//
//	{Name: "data_location", Type: Text, Form: geography, Null: "…", Doc: "…", …}
//
//	type Client struct {
//		DataLocation *string `json:"data_location"`
//	}
//
// A test fails where rows and fields do not agree.
type Table []Attribute

// Attribute is one row of a [Table].
type Attribute struct {
	// Name is the same in the fleet file and in intent.json.
	Name string

	// Type says how the value is written, and which Go type its field has.
	Type Type

	// Form is what a text, or each text of a list, must look like, and how it is
	// normalised. Only texts have one.
	Form Form

	// Word is a text that may stand in the place of a list of texts, and is its only
	// element then: subscriptions = "all". "" for none.
	Word string

	// To is the kind of block that a reference leads to ("fence"): the fleet file
	// says fence = fence.eu. Of blocks that name a client, it is their kind.
	To string

	// OrMSP: in the place of a reference to a client there may be msp, the MSP's own
	// tenant, which is read as [FleetLabel].
	OrMSP bool

	// Of are the attributes of a nested block, or of the block that a reference
	// leads to. A reference without them stands for the label alone.
	Of Table

	// Required: the fleet file must have it. Attributes that are neither required
	// nor have a default are null where they are left out.
	Required bool

	// Default is what ringfence assumes of a text that is left out.
	Default string

	// Defaults says what the defaults block can give to a client.
	Defaults Inheritance

	// Unique names what no two owners may share ("tenant id"); "" if they may. It
	// is the word of the message.
	Unique string

	// Null says in words what is promised where the value is null. An attribute of
	// a client with such a sentence gates: a control that needs it for its
	// subjects is not applicable where it is null. Without one the attribute
	// always has a value, or its absence means nothing to a control.
	Null string

	// Checked marks what exists to be checked by controls. `fleet check` warns
	// where such a promise is made and no control reads it, and where a control
	// reads it and the promise is not made.
	Checked bool

	// ReadBy says who acts on the value, Doc in one sentence what it means, and
	// Example shows a value as the fleet file has it. A nested block needs none,
	// since its attributes have theirs.
	ReadBy, Doc, Example string
}

// Type is how an attribute is written.
type Type string

// The types of attributes, with the Go type of their fields. Each has a parser in
// internal/fleetfile.
const (
	Label      Type = "label"                 // string: the label of the block itself
	Text       Type = "text"                  // string, or *string where it can be null
	Texts      Type = "list of texts"         // []string: a set
	Flag       Type = "true or false"         // bool
	Number     Type = "number"                // *int64: a whole number from 1 to 2^53-1
	Reference  Type = "reference"             // *T of the block that it leads to, or string: its label
	References Type = "list of references"    // []T, or []string: a set
	Block      Type = "block"                 // *T
	Blocks     Type = "blocks"                // []T: any number of blocks of this name, without labels
	Naming     Type = "blocks that name it"   // []T: blocks of the kind To, each of which lists its clients
	CloudName  Type = "text or reference"     // string: "public", or "unsafe:lab" for cloud_unsafe.lab
	Credential Type = "source of a secret"    // string: never the secret itself
	Parameters Type = "parameters by control" // map[string]map[string]any
)

// Inheritance says what an attribute of a client takes from the defaults block.
type Inheritance int

// The client's own attribute always wins. Blocks are merged attribute by
// attribute unless they are taken as a whole.
const (
	Merged Inheritance = iota
	AsAWhole
	Never
)

// Row finds an attribute by its name.
func (t Table) Row(name string) (Attribute, bool) {
	i := slices.IndexFunc(t, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return Attribute{}, false
	}
	return t[i], true
}

// Gating are the attributes of a client whose null makes a control that needs
// them for its subjects not applicable, sorted.
func Gating() []string {
	var names []string
	for _, a := range ClientTable {
		if a.Null != "" {
			names = append(names, a.Name)
		}
	}

	slices.Sort(names)
	return names
}

// IsNull reports whether an attribute of the client is null. The name of one in a
// nested block has a dot ("keys.owner"); it is null, too, where the block is.
func (c Client) IsNull(name string) bool { return isNull(reflect.ValueOf(c), name) }

package fleetfile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
	"ringfence/internal/inputfile"
	"ringfence/internal/terminal"
)

// Change is a change file: what would be different of one client, if somebody did it. It
// describes the promise in the fleet file's own words, and the tenant document by document.
//
//	promise {
//	  state = "live"
//	}
//	patch "gdap.relationships" {
//	  id  = "72a7ae7e-…"
//	  set = { status = "active" }
//	}
type Change struct {
	File   string
	Digest string // SHA-256 of the file, in hex

	// Promises is whether the file has a promise block, whose attributes stand before
	// those of the client.
	Promises bool

	// Documents are in the order of the file, in which they are applied.
	Documents []DocumentChange
}

// ChangeKind is what is done with a document.
type ChangeKind string

// The kinds of changes. Describe is about no document: it says that what a change adds at
// some places is all that there is.
const (
	AddDocument    ChangeKind = "add"
	RemoveDocument ChangeKind = "remove"
	PatchDocument  ChangeKind = "patch"
	Describe       ChangeKind = "describe"
)

// DocumentChange is one block of a change file. Add has a Scope, where the dataset is read
// per parent, and a Body, as the API would return it. Remove and Patch have an ID. Patch
// has the members that are Set, and JSON pointers to those that are Unset. Describe has
// places At.
type DocumentChange struct {
	Kind    ChangeKind
	Dataset string
	ID      string
	Scope   string
	Body    map[string]any
	Set     map[string]any
	Unset   []string
	At      []string

	// Place is where the block stands, "change.hcl:12"; "" for one that we made.
	Place string
}

// LoadChanged reads a fleet file as [Load] does, with what a change file says of one of its
// clients. The fleet is that after the change of the promise. Neither may be used if the
// diagnostics have errors.
func LoadChanged(path, label, change string) (*Fleet, *Change, *Diagnostics) {
	l := newLoader(path)
	l.change = &changed{Change: Change{File: change}, label: label}
	if err := l.parseAll(path); err != nil {
		l.add(hcl.DiagError, nil, "Cannot read the fleet file", terminal.Safe(err.Error()))
	}
	if err := l.parseChange(change); err != nil {
		l.add(hcl.DiagError, nil, "Cannot read the change file", terminal.Safe(err.Error()))
	}

	l.decodeChanged()
	return l.fleet, &l.change.Change, l.Diagnostics
}

// decodeChanged reads the blocks of the fleet file, and those of the change after them.
func (l *loader) decodeChanged() {
	l.decode()
	for _, b := range l.change.blocks {
		l.documentChange(b)
	}
	l.sort()
}

// changed is a change file while it is read.
type changed struct {
	Change
	label   string // of the client that it is about
	promise *hclsyntax.Block
	blocks  []*hclsyntax.Block // the others
}

// referable are the blocks that a change file may declare for its promise to refer to.
var referable = []string{"fence", "partner", "vendor"}

const promiseBlock = "promise"

func changeBlocks() []string {
	kinds := []string{promiseBlock}
	for _, k := range []ChangeKind{AddDocument, RemoveDocument, PatchDocument, Describe} {
		kinds = append(kinds, string(k))
	}
	return append(kinds, referable...)
}

func (l *loader) parseChange(path string) error {
	src, err := hclFile{path, func() (*os.File, error) { return inputfile.Open(path) }}.read()
	if err == nil {
		l.changeSource(path, src)
	}
	return err
}

// changeSource sorts the blocks of a change file.
func (l *loader) changeSource(path string, src []byte) {
	sum := sha256.Sum256(src)
	l.change.Digest = hex.EncodeToString(sum[:])
	body, ok := l.syntax(path, src)
	if !ok {
		return
	}

	declared := &hclsyntax.Body{Attributes: body.Attributes}
	for _, b := range body.Blocks {
		switch {
		case slices.Contains(referable, b.Type):
			declared.Blocks = append(declared.Blocks, b)
		case b.Type == promiseBlock:
			l.promiseBlock(b)
		case slices.Contains(changeBlocks(), b.Type):
			l.change.blocks = append(l.change.blocks, b)
		default:
			l.err(b.TypeRange, "Unknown block", "A change file has no block %q.%s",
				b.Type, suggest(b.Type, changeBlocks()))
		}
	}

	l.register(declared, false)
}

// promiseBlock keeps the block whose attributes go before the client's.
func (l *loader) promiseBlock(b *hclsyntax.Block) {
	switch {
	case l.change.promise != nil:
		l.err(b.DefRange(), "Duplicate block", "A change file has one promise block.")
	case len(b.Labels) > 0:
		l.err(b.LabelRanges[0], "Unexpected label",
			"The promise block has no label: it is about the client whose snapshot is judged.")
	case l.change.label == intent.FleetLabel:
		l.err(b.DefRange(), "No promise of its own",
			"The fleet's promise is made of those of all clients: change one of them in a copy of the fleet file.")
	default:
		l.change.promise, l.change.Promises = b, true
	}

	for _, nested := range b.Body.Blocks {
		if nested.Type == "graph" || nested.Type == "collect" {
			l.err(nested.DefRange(), "Not a promise",
				"How a tenant is read is no promise: a simulation reads none.")
		}
	}
}

// documentChange reads a block that is about documents.
func (l *loader) documentChange(b *hclsyntax.Block) {
	c := DocumentChange{Kind: ChangeKind(b.Type), Place: place(b.DefRange())}
	if len(b.Labels) != 1 {
		l.err(b.DefRange(), "Wrong labels",
			"%s names one dataset: write %s \"entra.users\" { … }.", capital(b.Type), b.Type)
		return
	}

	c.Dataset = b.Labels[0]
	schema := snapshot.Schemas()[c.Dataset]
	if schema == nil {
		l.err(b.LabelRanges[0], "Unknown dataset", "There is no dataset %s.%s",
			quoted(c.Dataset), didYouMean(c.Dataset, datasetNames()))
		return
	}

	d := described{loader: l, block: b, schema: schema, what: b.Type + " " + quoted(c.Dataset)}
	if d.read(&c) {
		l.change.Documents = append(l.change.Documents, c)
	}
}

func datasetNames() []string {
	var names []string
	for name := range snapshot.Schemas() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// attributesOf are what the blocks of a change file have; the first must be there.
var attributesOf = map[ChangeKind][]string{
	AddDocument:    {"document", "scope"},
	RemoveDocument: {"id"},
	PatchDocument:  {"id", "set", "unset"},
	Describe:       {"at"},
}

// described is a block about documents while it is read.
type described struct {
	*loader
	block  *hclsyntax.Block
	schema *snapshot.Schema
	what   string
}

// read sets what the block says; false after a diagnostic.
func (d described) read(c *DocumentChange) bool {
	before := len(d.list)
	names := attributesOf[c.Kind]
	attributes := d.block.Body.Attributes
	for name, given := range attributes {
		if !slices.Contains(names, name) {
			d.err(given.NameRange, "Unknown attribute",
				"%s has no attribute %q.%s", capital(d.what), name, suggest(name, names))
		}
	}
	for _, nested := range d.block.Body.Blocks {
		d.err(nested.DefRange(), "Unknown block", "%s has no blocks: write %s = { … }, with the equals sign.",
			capital(d.what), nested.Type)
	}
	if attributes[names[0]] == nil {
		d.err(d.block.DefRange(), "Missing attribute", "%s needs the attribute %q.", capital(d.what), names[0])
	}

	c.ID, c.Scope = d.text("id"), d.text("scope")
	c.Body, c.Set = d.object("document"), d.object("set")
	c.Unset, c.At = d.texts("unset"), d.texts("at")
	d.check(*c)

	return len(d.list) == before
}

// check holds a block to the schema of its dataset.
func (d described) check(c DocumentChange) {
	at := d.block.DefRange()
	switch {
	case c.Kind == AddDocument && d.schema.PerScope() && c.Scope == "":
		d.err(at, "Missing attribute", "%s is read at each of %s: %s needs the attribute \"scope\", the id of one.",
			c.Dataset, cmp.Or(d.schema.Parent, "its places"), d.what)
	case c.Scope != "" && !d.schema.PerScope():
		d.err(at, "Unexpected attribute", "%s is read once per tenant: it has no scopes.", c.Dataset)
	case c.Kind == Describe && !d.schema.PerScope():
		d.err(at, "Unexpected block", "%s is read once per tenant, and no change makes it complete.", c.Dataset)
	case c.Kind == PatchDocument && c.Set == nil && c.Unset == nil:
		d.err(at, "Missing attribute", "%s needs \"set\" or \"unset\".", capital(d.what))
	}

	if missing := d.missing(c); len(missing) > 0 {
		d.err(at, "Incomplete document", "The API always returns %s of %s. A document without is evidence "+
			"with a hole in it, and no tenant's.", strings.Join(missing, ", "), c.Dataset)
	}
}

// missing are the properties that a new document must have.
func (d described) missing(c DocumentChange) (names []string) {
	if c.Kind != AddDocument || c.Body == nil {
		return nil
	}
	for name, p := range d.schema.Properties {
		if _, has := c.Body[name]; !has && p.Presence == snapshot.Always && !p.Secret {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (d described) expr(name string) hclsyntax.Expression {
	given, ok := d.block.Body.Attributes[name]
	if !ok {
		return nil
	}
	return given.Expr
}

func (d described) text(name string) string {
	e := d.expr(name)
	if e == nil {
		return ""
	}
	s, _ := d.formed(e, fmt.Sprintf("%q of %s", name, d.what), intent.AnyText)
	return s
}

func (d described) texts(name string) (all []string) {
	e := d.expr(name)
	if e == nil {
		return nil
	}
	for _, item := range d.items(e, fmt.Sprintf("%q of %s", name, d.what), "a list of strings") {
		if s, ok := d.formed(item, fmt.Sprintf("each of %q of %s", name, d.what), intent.AnyText); ok {
			all = append(all, s)
		}
	}
	return all
}

func (d described) object(name string) map[string]any {
	e := d.expr(name)
	if e == nil {
		return nil
	}
	if _, ok := e.(*hclsyntax.ObjectConsExpr); !ok {
		d.wrong(e, fmt.Sprintf("%q of %s", name, d.what), "an object: { property = value }")
		return nil
	}
	v, _ := d.json(e, &d.schema.Property, d.schema.Dataset).(map[string]any)
	return v
}

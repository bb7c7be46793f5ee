package fleetfile

import (
	"net"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

// loader is one run of [Load]: what was found so far.
type loader struct {
	*Diagnostics
	fleet *Fleet

	// The first pass over the files.
	blocks []topBlock
	labels map[string]map[string]hcl.Range // kind -> label -> where
	broken bool                            // a file could not be read as HCL: blocks may be missing

	// The second pass, which reads the blocks.
	defaults *hclsyntax.Body
	declared map[string]map[string]reflect.Value // kind -> label -> pointer to what it stands for
	claims   map[claimed]claim
}

// topBlock is a block at the top level.
type topBlock struct {
	kind, label string
	block       *hclsyntax.Block
}

// register is the first pass: which blocks are there, under which labels. Of a file
// with syntax errors only the labels count, so that other files can refer to them;
// more would be guessing.
func (l *loader) register(body *hclsyntax.Body, broken bool) {
	for _, b := range body.Blocks {
		switch {
		case broken && len(b.Labels) == 1:
			l.take(b.Type, b.Labels[0], b.LabelRanges[0])
		case broken:
		case !slices.Contains(kindNames(), b.Type):
			l.err(b.TypeRange, "Unknown block", "A fleet file has no block %q.%s", b.Type, didYouMean(b.Type, kindNames()))

		default:
			label, at, ok := l.blockLabel(b)
			if ok && l.take(b.Type, label, at) {
				l.blocks = append(l.blocks, topBlock{b.Type, label, b})
			}
		}
	}

	if broken {
		return
	}
	for _, a := range body.Attributes {
		l.err(a.NameRange, "Unknown attribute", "%q stands outside of any block. A fleet file holds blocks only, "+
			"such as client \"x\" { … }.", a.Name)
	}
}

func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// take keeps a label; false after a diagnostic if it is taken.
func (l *loader) take(kind, label string, at hcl.Range) bool {
	if l.labels[kind] == nil {
		l.labels[kind] = map[string]hcl.Range{}
	}

	if first, taken := l.labels[kind][label]; taken {
		l.err(at, "Duplicate block", "%s is declared twice; the first is at %s.", capital(title(kind, label)), place(first))
		return false
	}

	l.labels[kind][label] = at
	return true
}

// blockLabel checks the label of a block; msp and defaults have none.
func (l *loader) blockLabel(b *hclsyntax.Block) (string, hcl.Range, bool) {
	if b.Type == "msp" || b.Type == "defaults" {
		if len(b.Labels) > 0 {
			l.err(b.LabelRanges[0], "Unexpected label", "The %s block has no label.", b.Type)
		}
		return "", b.DefRange(), true
	}

	if len(b.Labels) != 1 {
		l.err(b.DefRange(), "Wrong labels", "A %s block has exactly one label: write %s \"name\" { … }.", b.Type, b.Type)
		return "", hcl.Range{}, false
	}

	label, at := b.Labels[0], b.LabelRanges[0]
	switch {
	case b.Type == "gate":
		if !gateName.MatchString(label) {
			l.err(at, "Invalid label", "The name of a gate must be %s (also _), not %s.", intent.NameWords, quoted(label))
		}
	case !IsLabel(label):
		l.err(at, "Invalid label", "A label must be %s, not %s. Labels become names of folders.",
			intent.NameWords, quoted(label))
	case label == intent.FleetLabel:
		l.err(at, "Reserved label", "The label \"fleet\" is reserved for the MSP's own folder.")
	}

	return label, at, true
}

// IsLabel reports whether a name may be the label of a client or a reviewer.
func IsLabel(name string) bool {
	_, ok := intent.Name.Norm(name)
	return ok
}

// title names a block in messages.
func title(kind, label string) string {
	if label == "" {
		return "the " + kind + " block"
	}
	return kind + " " + quoted(label)
}

// decode is the second pass: all labels are known, so order is free.
func (l *loader) decode() {
	l.fleet.Clouds = slices.Clone(microsoftClouds)
	for _, k := range kinds {
		for _, b := range l.blocks {
			if b.kind == k.name {
				k.decode(l, l.open(k, b))
			}
		}
	}

	if _, ok := l.labels["msp"]; !ok && !l.broken && !l.HasErrors() {
		l.add(hcl.DiagError, nil, "Missing block", "The fleet file has no msp block: whose clients are these?")
	}

	l.nestedDomains()
	l.sort()
}

// open makes a block ready to be read: a client over the defaults.
func (l *loader) open(k kind, top topBlock) *block {
	b := &block{
		loader:  l,
		kind:    k.name,
		table:   k.table,
		label:   top.label,
		what:    title(top.kind, top.label),
		at:      top.block.DefRange(),
		layers:  []layer{{FromClient, top.block.Body}},
		origins: map[string]Origin{},
		values:  map[string]hcl.Range{},
	}
	b.owner = b.what

	switch {
	case k.name == "defaults":
		b.shared = true
		b.layers[0].from = FromDefaults
	case k.name == "client" && l.defaults != nil:
		b.layers = append(b.layers, layer{FromDefaults, l.defaults})
	}

	return b
}

// declare reads a block that others refer to by value.
func declare[T any](l *loader, b *block) {
	value := new(T)
	b.read(value)

	if l.declared[b.kind] == nil {
		l.declared[b.kind] = map[string]reflect.Value{}
	}
	l.declared[b.kind][b.label] = reflect.ValueOf(value)
}

func (l *loader) msp(b *block) { b.read(&l.fleet.MSP) }

func (l *loader) client(b *block) {
	c := Client{at: b.at, Origins: b.origins}
	b.read(&c)
	l.fleet.Clients = append(l.fleet.Clients, c)
}

// defaultsBlock reads the defaults for their errors alone: they are said even where
// there is no client. Each client reads them again below its own block.
func (l *loader) defaultsBlock(b *block) {
	b.read(&Client{})
	l.defaults = b.layers[0].body
}

func (l *loader) reviewer(b *block) {
	var r Reviewer
	b.read(&r)
	l.fleet.Reviewers = append(l.fleet.Reviewers, r)
}

func (l *loader) cloud(b *block) {
	var c Cloud
	b.read(&c)
	c.Name = unsafePrefix + c.Name
	c.CAFile = l.join(c.CAFile)
	l.fleet.Clouds = append(l.fleet.Clouds, c)

	for name, address := range map[string]string{"graph": c.Graph, "arm": c.ARM, "authority": c.Authority} {
		u, err := url.Parse(address)
		if err == nil && u.Host != "" && !loopback(u.Hostname()) {
			l.warn(b.values[name], "Not on this machine", "%s is for emulators, and %s is not this machine: whoever is "+
				"there receives tokens and secrets, and can make up what a tenant is.", capital(b.what), quoted(u.Host))
		}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func (l *loader) wall(b *block) {
	w := Wall{at: b.at}
	b.read(&w)
	l.fleet.Walls = append(l.fleet.Walls, w)

	if w.Cells != nil && len(w.Cells) < 2 {
		b.err(b.at, "Invalid value", "%s needs at least two cells to stand between.", capital(b.what))
	}
}

func (l *loader) gate(b *block) {
	var g Gate
	b.read(&g)
	l.fleet.Gates = append(l.fleet.Gates, g)

	if g.Name == "attest" && g.Level != "" && g.Level != "L3" {
		b.err(b.values["level"], "Gate too low", "Only a person attests: the gate \"attest\" is L3 and cannot be lowered.")
	}
}

func (l *loader) exception(b *block) {
	x := Exception{at: b.at}
	b.read(&x)
	x.controlAt, x.expiresAt = b.values["control"], b.values["expires"]
	l.fleet.Exceptions = append(l.fleet.Exceptions, x)
}

// blockChecks are the rules about several attributes of a nested block, by its name.
// A check gets a pointer to the struct that was read.
var blockChecks = map[string]func(b *block, read any){"azure": checkAzure, "graph": checkGraph}

func checkAzure(b *block, read any) {
	azure := read.(*intent.Azure)
	switch {
	case azure.None && azure.Subscriptions != nil:
		b.err(b.values["none"], "Contradiction", "%s declares subscriptions and none = true. Which is it?", capital(b.what))
	case !azure.None && (azure.Subscriptions == nil || b.isEmptyList("subscriptions")):
		b.err(b.at, "Missing attribute", "%s must say what should be visible: subscriptions = [\"<guid>\", …], "+
			"or none = true.", capital(b.what))
	}
}

// isEmptyList reports whether a list that is there is written as [].
func (b *block) isEmptyList(name string) bool {
	list, ok := b.layers[0].body.Attributes[name].Expr.(*hclsyntax.TupleConsExpr)
	return ok && len(list.Exprs) == 0
}

func checkGraph(b *block, read any) {
	graph := read.(*Graph)
	_, given := b.origins["graph.app_id"]
	needed := graph.Credential != "" && graph.Credential != "azidentity" && b.mustBeComplete()
	if needed && !given {
		b.err(b.at, "Missing attribute", "%s needs the attribute \"app_id\" to sign in with its credential.", capital(b.what))
	}
}

// join makes a path of the fleet file relative to its folder.
func (l *loader) join(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.fleet.Dir, path)
}

// claimed is what only one owner may have: Unique of an attribute, and the value.
type claimed struct{ what, value string }

// claim is who first said that something is theirs alone.
type claim struct {
	owner string
	at    hcl.Range
}

// machines own the keys that the msp block names.
const machines = "a machine"

// claim reports what two claim. A key is a machine's or one person's, a tenant,
// domain, subscription or vault one client's. The defaults claim nothing: what they
// give is claimed by the clients that take it.
func (b *block) claim(what, value string, at hcl.Range) {
	if what == "" || value == "" || b.shared {
		return
	}

	owner := b.owner
	if what == machineKey {
		what, owner = personsKey, machines
	}

	key := claimed{what, value}
	first, taken := b.claims[key]
	switch {
	case !taken:
		b.claims[key] = claim{owner, at}
	case first.owner == owner:
	case what == personsKey && first.owner == machines:
		b.err(at, "Duties not separated", "The key of %s is also a machine key (%s). Who signs results must not be "+
			"able to review them.", owner, place(first.at))
	default:
		b.err(at, "Duplicate "+what, "The %s %s of %s is also that of %s (%s).",
			what, quoted(value), owner, first.owner, place(first.at))
	}
}

// nestedDomains warns of a domain below one of another: whose is a guest, or a
// certificate, of sub.fabrikam.example?
func (l *loader) nestedDomains() {
	for lower, below := range l.claims {
		upper, isNested := lower.value, lower.what == "domain"
		for isNested {
			_, upper, isNested = strings.Cut(upper, ".")
			above, ok := l.claims[claimed{"domain", upper}]
			if isNested && ok && above.owner != below.owner {
				l.warn(below.at, "Domain below another's", "%s of %s is below %s of %s (%s). Whoever holds the upper one "+
					"can take over the lower one: is this the same client?",
					quoted(lower.value), below.owner, quoted(upper), above.owner, place(above.at))
			}
		}
	}
}

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

	change *changed // of LoadChanged; nil for Load
}

// topBlock is a block at the top level.
type topBlock struct {
	kind, label string
	block       *hclsyntax.Block
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
		const detail = "The fleet file has no msp block: whose clients are these?"
		l.add(hcl.DiagError, nil, "Missing block", detail)
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

	if c := l.change; c != nil && c.promise != nil && k.name == "client" && c.label == top.label {
		b.layers = append([]layer{{FromChange, c.promise.Body}}, b.layers...)
	}

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

func (l *loader) msp(b *block) {
	b.read(&l.fleet.MSP)
	l.fleet.MSP.FleetKey = l.join(l.fleet.MSP.FleetKey)
}

func (l *loader) client(b *block) {
	c := Client{at: b.at, Origins: b.origins}
	b.read(&c)
	if _, written := b.origins["collect"]; !written { // it is no promise that could be missing
		b.origins["collect"] = Origin{From: FromBuiltIn}
	}
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

	for name, address := range map[string]string{"graph": c.Graph, "arm": c.ARM, "authority": c.Authority,
		"vault": c.Vault} {
		u, err := url.Parse(address)
		if err == nil && u.Host != "" && !loopback(u.Hostname()) {
			l.warn(b.values[name], "Not on this machine",
				"%s is for emulators, and %s is not this machine: whoever is there receives tokens "+
					"and secrets, and can make up what a tenant is.", capital(b.what), quoted(u.Host))
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

// sharedSink reads a sink, and tells each client that it names.
func (l *loader) sharedSink(b *block) {
	s := SharedSink{}
	b.read(&s)
	l.fleet.SharedSinks = append(l.fleet.SharedSinks, s)

	for i := range l.fleet.Clients {
		if c := &l.fleet.Clients[i]; slices.Contains(s.Clients, c.Name) {
			c.SharedSinks = append(c.SharedSinks, s.SharedSink)
			c.Origins["shared_sinks"] = origin(FromSharedSink, b.at)
		}
	}
}

func (l *loader) gate(b *block) {
	var g Gate
	b.read(&g)
	l.fleet.Gates = append(l.fleet.Gates, g)

	if g.Name == "attest" && g.Level != "" && g.Level != "L3" {
		b.err(b.values["level"], "Gate too low",
			"Only a person attests: the gate \"attest\" is L3 and cannot be lowered.")
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
	namesOthers := azure.Subscriptions != nil || azure.ManagementGroup != nil
	switch {
	case azure.None && namesOthers:
		b.err(b.values["none"], "Contradiction",
			"%s declares subscriptions and none = true. Which is it?", capital(b.what))
	case azure.ManagementGroup != nil && slices.Contains(azure.Subscriptions, intent.AllSubscriptions):
		b.err(b.values["management_group"], "Contradiction",
			"%s names a management group and all subscriptions. Which is it?", capital(b.what))
	case b.isEmptyList("subscriptions") && !azure.None, !namesOthers && !azure.None:
		b.err(b.at, "Missing attribute",
			"%s must say what should be visible: subscriptions = [\"<guid>\", …] or \"all\", "+
				"management_group = \"<id>\", or none = true.", capital(b.what))
	}
}

// isEmptyList reports whether a list that is there is written as [].
func (b *block) isEmptyList(name string) bool {
	given, ok := b.layers[0].body.Attributes[name]
	if !ok {
		return false
	}
	list, ok := given.Expr.(*hclsyntax.TupleConsExpr)
	return ok && len(list.Exprs) == 0
}

func checkGraph(b *block, read any) {
	graph := read.(*Graph)
	_, given := b.origins["graph.app_id"]
	needed := graph.Credential != "" && graph.Credential != "azidentity" && b.mustBeComplete()
	if needed && !given {
		b.err(b.at, "Missing attribute",
			"%s needs the attribute \"app_id\" to sign in with its credential.", capital(b.what))
	}
}

// join makes a path of the fleet file relative to its folder.
func (l *loader) join(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.fleet.Dir, path)
}

package fleetfile

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

type (
	fence   = intent.Fence
	partner = intent.Partner
	vendor  = intent.Vendor
)

// kinds are the blocks of the top level, in the order in which they are
// decoded: what is referred to by value comes first.
var kinds = []string{"msp", "cloud_unsafe", "fence", "reviewer", "vendor", "partner", "defaults", "client", "wall", "exception", "gate"}

// declare is the first pass: which blocks are there, under which labels. Of a
// file with syntax errors only the labels count, so that other files can refer
// to them; more would be guessing.
func (l *loader) declare(body *hclsyntax.Body, broken bool) {
	for _, b := range body.Blocks {
		switch {
		case broken && len(b.Labels) == 1:
			l.register(b.Type, b.Labels[0], b.LabelRanges[0])
		case broken:
		case !slices.Contains(kinds, b.Type):
			l.err(b.TypeRange, "Unknown block", "A fleet file has no block %q.%s", b.Type, didYouMean(b.Type, kinds))

		default:
			label, at, ok := l.blockLabel(b)
			if ok && l.register(b.Type, label, at) {
				l.decls = append(l.decls, decl{b.Type, label, b})
			}
		}
	}

	if broken {
		return
	}
	for _, a := range body.Attributes {
		l.err(a.NameRange, "Unknown attribute", "%q stands outside of any block. A fleet file holds blocks only, such as client \"x\" { … }.", a.Name)
	}
}

// register keeps a label; false after a diagnostic if it is taken.
func (l *loader) register(kind, label string, at hcl.Range) bool {
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
		if !gatePattern.MatchString(label) {
			l.err(at, "Invalid label", "The name of a gate must be %s (also _), not %s.", labelWords, quoted(label))
		}
	case !labelPattern.MatchString(label):
		l.err(at, "Invalid label", "A label must be %s, not %s. Labels become names of folders.", labelWords, quoted(label))
	case label == "fleet":
		l.err(at, "Reserved label", "The label \"fleet\" is reserved for the MSP's own folder.")
	}

	return label, at, true
}

func title(kind, label string) string {
	if label == "" {
		return "the " + kind + " block"
	}
	return kind + " " + quoted(label)
}

// decode is the second pass: all labels are known, so order is free.
func (l *loader) decode() {
	l.fleet.Clouds = slices.Clone(microsoftClouds)
	for _, kind := range kinds {
		for _, d := range l.decls {
			if d.kind == kind {
				l.decodeBlock(d)
			}
		}
	}

	if _, ok := l.labels["msp"]; !ok && !l.broken && !l.HasErrors() {
		l.add(hcl.DiagError, nil, "Missing block", "The fleet file has no msp block: whose clients are these?")
	}

	l.nestedDomains()
	l.sort()
}

// nestedDomains warns of a domain below one of another: whose is a guest, or a
// certificate, of sub.fabrikam.example?
func (l *loader) nestedDomains() {
	const kind = "domain "
	for name, below := range l.claims {
		child, isDomain := strings.CutPrefix(name, kind)
		for parent := child; isDomain; {
			_, rest, more := strings.Cut(parent, ".")
			if parent = rest; !more {
				break
			}
			if above, ok := l.claims[kind+parent]; ok && above.owner != below.owner {
				l.add(hcl.DiagWarning, &below.at, "Domain below another's", fmt.Sprintf("%s of %s is below %s of %s (%s). Whoever holds the upper one can take over the lower one: is this the same client?", quoted(child), below.owner, quoted(parent), above.owner, place(above.at)))
			}
		}
	}
}

func (l *loader) decodeBlock(d decl) {
	b := l.open(d)
	switch d.kind {
	case "msp":
		l.msp(b)
	case "cloud_unsafe":
		l.cloud(b, d.label)
	case "fence":
		l.fences[d.label] = &fence{Name: d.label, Regions: b.strings("regions", region),
			Geographies: b.strings("geographies", geo), Countries: b.strings("countries", country)}
	case "reviewer":
		l.reviewer(b, d.label)
	case "vendor":
		l.vendors[d.label] = vendor{Name: d.label, TenantID: b.text("tenant_id", true, guid).s, AppIDs: b.strings("app_ids", guid)}
	case "partner":
		l.partners[d.label] = partner{Name: d.label, TenantID: b.text("tenant_id", true, guid).s,
			Allow: b.strings("allow", oneOf("b2b", "direct-connect", "mfa-trust", "sync", "mto"))}
	case "defaults":
		l.client(b, "") // for its errors alone, even without clients
		l.defaults = d.block.Body
	case "client":
		l.client(b, d.label)
	case "wall":
		l.wall(b, d.label)
	case "exception":
		l.exception(b, d.label)
	case "gate":
		l.gate(b, d.label)
	}

	b.done()
}

func (l *loader) open(d decl) *block {
	b := &block{loader: l, what: title(d.kind, d.label), shared: d.kind == "defaults", at: d.block.DefRange(), origins: map[string]Origin{}}
	from := FromClient

	if d.kind == "defaults" {
		from = FromDefaults
	}

	b.layers = []layer{{from, d.block.Body}}

	if d.kind == "client" && l.defaults != nil {
		b.layers = append(b.layers, layer{FromDefaults, l.defaults})
	}

	return b
}

func (l *loader) msp(b *block) {
	m := &l.fleet.MSP
	m.Name = b.text("name", true, anyText).s
	tenant := b.text("tenant_id", true, guid)
	domains := b.texts("domains", domain)
	m.TenantID, m.Domains = tenant.s, plain(domains)
	m.Cloud = b.cloudName()
	keys := b.texts("machine_keys", digest)
	m.MachineKeys = plain(keys)
	m.Azure = b.azure("fleet")
	m.Graph = b.graph()
	l.claim("tenant id", tenant, b.what)

	for _, d := range domains {
		l.claim("domain", d, b.what)
	}

	for _, k := range keys {
		l.claim("key", k, "a machine")
	}
}

func (l *loader) cloud(b *block, label string) {
	graph, arm, authority := b.text("graph", true, endpoint), b.text("arm", true, endpoint), b.text("authority", true, endpoint)
	l.fleet.Clouds = append(l.fleet.Clouds, Cloud{
		Name: "unsafe:" + label, Graph: graph.s, ARM: arm.s, Authority: authority.s,
		CAFile: l.join(b.text("ca_file", false, anyText).s),
	})
	for _, address := range []text{graph, arm, authority} {
		if u, err := url.Parse(address.s); err == nil && u.Host != "" && !loopback(u.Hostname()) {
			l.add(hcl.DiagWarning, &address.at, "Not on this machine", fmt.Sprintf("%s is for emulators, and %s is not this machine: whoever is there receives tokens and secrets, and can make up what a tenant is.", capital(b.what), quoted(u.Host)))
		}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// reviewer refuses a machine's key: who computes a result must not review it.
func (l *loader) reviewer(b *block, label string) {
	k := b.text("key_sha256", true, digest)
	l.fleet.Reviewers = append(l.fleet.Reviewers, Reviewer{
		Name:      label,
		Email:     b.text("email", true, email).s,
		Org:       b.text("org", true, oneOf("msp", "client")).s,
		KeySHA256: k.s,
	})

	l.claim("key", k, b.what)
}

func (l *loader) wall(b *block, label string) {
	cells := b.strings("cells", cellName)
	if b.expr("cells", true) != nil && len(cells) < 2 {
		b.err(b.at, "Invalid value", "%s needs at least two cells to stand between.", capital(b.what))
	}
	l.fleet.Walls = append(l.fleet.Walls, Wall{Name: label, Cells: cells, at: b.at})
}

func (l *loader) gate(b *block, label string) {
	level := b.text("level", true, oneOf("L0", "L1", "L2", "L3"))
	if label == "attest" && level.s != "" && level.s != "L3" {
		b.err(level.at, "Gate too low", "Only a person attests: the gate \"attest\" is L3 and cannot be lowered.")
	}
	l.fleet.Gates = append(l.fleet.Gates, Gate{Name: label, Level: level.s})
}

func (l *loader) exception(b *block, label string) {
	control, expires := b.text("control", true, anyText), b.text("expires", true, date)
	x := Exception{at: b.at, controlAt: control.at, expiresAt: expires.at, Client: b.ref("client", "client", true).s}
	x.Exception = intent.Exception{
		Name:       label,
		Control:    control.s,
		Subject:    b.optional("subject", anyText),
		Kind:       kindFinding,
		Reason:     b.text("reason", true, anyText).s,
		ApprovedBy: b.ref("approved_by", "reviewer", true).s,
		Expires:    expires.s,
	}

	if kind := b.text("kind", false, oneOf(kindFinding, kindGap)); kind.s != "" {
		x.Kind = kind.s
	}

	l.fleet.Exceptions = append(l.fleet.Exceptions, x)
}

// join makes a path of the fleet file relative to its folder.
func (l *loader) join(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.fleet.Dir, path)
}

// claim is who first said that something is theirs alone.
type claim struct {
	owner string
	at    hcl.Range
}

// claim reports what two claim. A key is a machine's or one person's, a tenant,
// domain, subscription or vault one client's.
func (l *loader) claim(kind string, value text, owner string) {
	if value.s == "" {
		return
	}
	first, taken := l.claims[kind+" "+value.s]
	switch {
	case !taken:
		l.claims[kind+" "+value.s] = claim{owner, value.at}
	case first.owner == owner:
	case kind == "key" && first.owner == "a machine":
		l.err(value.at, "Duties not separated", "The key of %s is also a machine key (%s). Who signs results must not be able to review them.", owner, place(first.at))
	default:
		l.err(value.at, "Duplicate "+kind, "The %s %s of %s is also that of %s (%s).", kind, quoted(value.s), owner, first.owner, place(first.at))
	}
}

package fleetfile

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

// client reads a client over the defaults, or with label "" the defaults
// themselves. Every attribute is asked for by name, so what is unknown is what
// nobody asked for.
func (l *loader) client(b *block, label string) {
	c := Client{at: b.at, Origins: b.origins}
	c.Name = label

	if label != "" {
		l.identity(b, &c)
	}

	c.State = b.builtIn("state", b.text("state", false, oneOf("onboarding", "live", "offboarded")).s, "live")
	c.MaxAge = b.builtIn("max_age", b.text("max_age", false, age).s, "24h")
	c.Client.Cloud = b.cloudName()
	c.Cell = b.optional("cell", cellName)

	if ref := b.ref("fence", "fence", false); ref.s != "" {
		c.Fence = l.fences[ref.s]
	}

	c.ServiceProviders = b.strings("service_providers", guid)
	c.Responsible = b.refs("responsible", "reviewer")
	c.Partners = resolve(b.refs("partners", "partner"), l.partners)
	c.Vendors = resolve(b.refs("vendors", "vendor"), l.vendors)
	c.Azure = b.azure(label)
	c.Keys = b.keys(label)
	c.Graph = b.graph()
	c.Params = b.params()

	if label != "" {
		l.fleet.Clients = append(l.fleet.Clients, c)
	}
}

// identity reads what no default can give.
func (l *loader) identity(b *block, c *Client) {
	own := *b
	own.layers = b.layers[:1]
	tenant, domains := own.text("tenant_id", true, guid), own.texts("domains", domain)
	b.known = own.known
	c.TenantID, c.Domains = tenant.s, plain(domains)
	l.claim("tenant id", tenant, b.what)

	for _, d := range domains {
		l.claim("domain", d, b.what)
	}
}

// builtIn is the value, or what ringfence assumes where the file is silent.
func (b *block) builtIn(name, value, fallback string) string {
	if value != "" {
		return value
	}
	b.origins[name] = Origin{From: FromBuiltIn}
	return fallback
}

func resolve[T any](labels []string, declared map[string]T) []T {
	if labels == nil {
		return nil
	}

	out := []T{}
	for _, label := range labels {
		out = append(out, declared[label])
	}

	return out
}

// cloudName reads cloud: a name of Microsoft's, or cloud_unsafe.x.
func (b *block) cloudName() string {
	e := b.expr("cloud", false)
	if e == nil {
		return b.builtIn("cloud", "", "public")
	}

	if _, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		if label := b.label(e, b.name("cloud"), "cloud_unsafe"); label != "" {
			return "unsafe:" + label
		}
		return ""
	}

	f := oneOf("public", "usgov", "china")
	f.want += ", or a reference such as cloud_unsafe.x"
	name, _ := b.formed(e, b.name("cloud"), f)

	return name
}

// azure is taken as a whole from the client or from the defaults.
func (b *block) azure(label string) *intent.Azure {
	s := b.sub("azure")
	if s == nil {
		return nil
	}

	s.layers = s.layers[:1]
	subs := s.texts("subscriptions", guid)
	none, noneAt := s.bool("none")
	s.done()

	switch {
	case none && subs != nil:
		s.err(noneAt, "Contradiction", "%s declares subscriptions and none = true. Which is it?", capital(s.what))
	case !none && (subs == nil || s.empty("subscriptions")):
		s.err(s.at, "Missing attribute", "%s must say what should be visible: subscriptions = [\"<guid>\", …], or none = true.", capital(s.what))
	}

	if label != "" {
		for _, t := range subs {
			b.claim("subscription", t, b.what)
		}
	}

	return &intent.Azure{Subscriptions: plain(subs), None: none}
}

// empty reports whether a list is written as [].
func (b *block) empty(name string) bool {
	list, ok := b.layers[0].body.Attributes[name].Expr.(*hclsyntax.TupleConsExpr)
	return ok && len(list.Exprs) == 0
}

// bool reads a boolean: false if it is absent.
func (b *block) bool(name string) (bool, hcl.Range) {
	e := b.expr(name, false)
	if e == nil {
		return false, hcl.Range{}
	}

	v, ok := boolean(e)
	if !ok {
		b.wrong(e, b.name(name), "true or false")
	}

	return v, e.Range()
}

func (b *block) keys(label string) *intent.Keys {
	s := b.sub("keys")
	if s == nil {
		return nil
	}

	vaults := s.texts("vaults", vaultID)
	k := &intent.Keys{Owner: s.optional("owner", oneOf("client", "msp")), Vaults: plain(vaults), MaxAge: s.optional("max_age", age)}
	s.done()

	if label != "" {
		for _, t := range vaults {
			b.claim("vault", t, b.what)
		}
	}

	return k
}

// graph reads how to sign in. A literal secret is never repeated: neither in
// the message nor in the snippet.
func (b *block) graph() Graph {
	s := b.sub("graph")
	if s == nil {
		return Graph{}
	}

	complete := !b.shared && !b.broken
	g := Graph{AppID: s.text("app_id", false, guid).s}

	if e := s.expr("credential", complete); e != nil {
		g.Credential = s.credential(e)
	}

	s.done()

	if _, given := s.origins["graph.app_id"]; complete && !given && g.Credential != "" && g.Credential != "azidentity" {
		s.err(s.at, "Missing attribute", "%s needs the attribute \"app_id\" to sign in with its credential.", capital(s.what))
	}

	return g
}

// credential checks one without ever showing it.
func (b *block) credential(e hclsyntax.Expression) string {
	s, ok := literal(e)
	if ok {
		s, ok = credential.norm(s)
	}

	if !ok {
		b.hide(e.Range())
		b.err(e.Range(), "Literal secret", "%s must be %s. No secret belongs in a fleet file: if this was one, replace it in the tenant, since it may be in the file's history.", capital(b.name("credential")), credential.want)
		return ""
	}

	if path, ok := strings.CutPrefix(s, "file:"); ok {
		return "file:" + b.join(path)
	}

	return s
}

// params merges the client's over the defaults', parameter by parameter, so
// that a client that sets one does not lose the fleet's others.
func (b *block) params() map[string]map[string]any {
	var out map[string]map[string]any
	b.known = append(b.known, "params")
	for _, ly := range slices.Backward(b.layers) {
		a, ok := ly.body.Attributes["params"]
		if !ok || isNull(a.Expr) {
			continue
		}

		if out == nil {
			out = map[string]map[string]any{}
		}

		b.object(a.Expr, `"params" of `+b.what, func(id string, at hcl.Range, e hclsyntax.Expression) {
			b.origins["params."+id] = origin(ly.from, at)
			if out[id] == nil {
				out[id] = map[string]any{}
			}
			b.object(e, "the params of "+quoted(id), func(name string, at hcl.Range, e hclsyntax.Expression) {
				if v := b.param(e, quoted(name)+" of "+quoted(id)); v != nil {
					out[id][name] = v
					b.origins["params."+id+"."+name] = origin(ly.from, at)
				}
			})
		})
	}

	return out
}

// object calls item for each key of an object.
func (l *loader) object(e hclsyntax.Expression, what string, item func(key string, at hcl.Range, e hclsyntax.Expression)) {
	o, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		l.wrong(e, what, "an object: { name = value }")
		return
	}

	seen := map[string]bool{}
	for _, it := range o.Items {
		name, ok := key(it.KeyExpr)
		switch at := it.KeyExpr.Range(); {
		case !ok || !clean(name):
			l.wrong(it.KeyExpr, "a key in "+what, "a plain name")
		case seen[name]:
			l.err(at, "Duplicate key", "%s is set twice in %s.", capital(quoted(name)), what)
		default:
			seen[name] = true
			item(name, at, it.ValueExpr)
		}
	}
}

// param reads a parameter: bool, int64, string, or a list of strings ([]any);
// nil after a diagnostic. Check compares it with the control's type.
func (l *loader) param(e hclsyntax.Expression, what string) any {
	if s, ok := literal(e); ok && clean(s) {
		return s
	}
	if v, ok := boolean(e); ok {
		return v
	}
	if n, ok := integer(e); ok {
		return n
	}

	list, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok {
		l.wrong(e, what, "a boolean, an integer, a string or a list of strings")
		return nil
	}

	out := []any{}
	for _, item := range list.Exprs {
		s, ok := literal(item)
		if !ok || !clean(s) {
			l.wrong(item, "each of "+what, "a string")
			return nil
		}
		out = append(out, s)
	}

	return out
}

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// template is a small snapshot, taken apart so that it can be grown: copies of all documents
// that refer to each other as the originals do. It is a client's or the MSP's own.
type template struct {
	snap    snapshot.Snapshot
	promise intent.Promise
	names   map[string]string // what a document is called by others -> its dataset
	pattern *regexp.Regexp    // any of the names
}

// templates are those of controls of scope client, and of all others.
type templates struct{ client, msp template }

// clientsOf is the pseudo-dataset of the fleet's clients, called by tenant id.
const clientsOf = "fleet.clients"

// one lists the datasets of which a tenant has one, or a list that does not grow with it.
var one = []string{
	"entra.authorization_policy",
	"entra.cross_tenant_default",
	"entra.organization",
	"entra.subscribed_skus",
}

// repeating are lists of what has a dataset of its own.
var repeating = []string{"azure.key_references", "azure.resources"}

// unnamed are datasets whose documents have no name of their own: they are told apart by
// their parent's, or name something else. So are those of datasets that lie in resources: see
// nameOf.
var unnamed = []string{
	"azure.caller_access",
	"azure.locations",
	"azure.role_definitions",
	"entra.group_members",
}

// newTemplates collects a client with every kind of resource and deviation, and the MSP's
// tenant.
func newTemplates(ctx context.Context) (*templates, error) {
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	const label = "trey-research" // sees all datasets
	w := emulator.GenerateClients(1, []string{"fabrikam", "contoso"})
	w.Add(label, emulator.Size{Users: 20, Subscriptions: 1, Resources: 40})

	served, err := serve(ctx, w, dir)
	if err != nil {
		return nil, err
	}
	defer served.Close()

	collected, err := served.collector.Collect(ctx, label, served.shares)
	if err != nil {
		return nil, err
	}

	fleet := served.collector.Fleet
	promise, err := fleet.Intent(label)
	if err != nil {
		return nil, err
	}

	t := &templates{client: template{promise: promise}, msp: template{promise: fleet.FleetIntent()}}
	if t.client.snap, err = inMemory(collected.Snapshot); err != nil {
		return nil, err
	}
	if t.msp.snap, err = inMemory(served.msp.Snapshot); err != nil {
		return nil, err
	}
	return t, errors.Join(t.client.findNames(), t.msp.findNames())
}

// inMemory is a snapshot that outlives the folder of its store.
func inMemory(snap snapshot.Snapshot) (snapshot.Snapshot, error) {
	files := map[string][]byte{}
	for name, c := range snap.Manifest.Datasets {
		if !c.Holds() {
			continue
		}

		file, err := snap.Open(name)
		if err != nil {
			return snap, err
		}
		files[name], err = io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return snap, err
		}
	}

	snap.Open = func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[name])), nil
	}
	return snap, nil
}

// findNames finds what documents are called by others.
func (t *template) findNames() error {
	t.names = map[string]string{}
	for _, dataset := range slices.Sorted(maps.Keys(t.snap.Manifest.Datasets)) {
		docs, err := t.snap.Documents(dataset)
		if err != nil {
			return err
		}

		for _, d := range docs {
			name := nameOf(dataset, d.Scope, d.ID)
			isRepeated := t.names[name] != "" && slices.Contains(repeating, dataset)
			if name != "" && !isRepeated {
				t.names[name] = dataset
			}
		}
	}

	for _, c := range t.promise.Joined() {
		t.names[c.TenantID] = clientsOf
	}

	var all []string
	for name := range t.names {
		all = append(all, regexp.QuoteMeta(name))
	}

	slices.Sort(all)
	t.pattern = regexp.MustCompile(strings.Join(all, "|"))
	t.pattern.Longest()
	return nil
}

// nameOf is what other documents call one by: its id, or the last segment of an id that has
// several; "" for what has no name of its own. What lies in a resource has none: many vaults
// have a key "storage", which is also the name of much else.
func nameOf(dataset, scope, id string) string {
	if slices.Contains(one, dataset) || slices.Contains(unnamed, dataset) || liesInResource(scope, id) {
		return ""
	}

	name := id[strings.LastIndexByte(id, '/')+1:]
	if name == "default" { // the only one at its place
		return ""
	}
	return name
}

// ownName is a document's name, "" also where its id names another at a parent: the owner of a
// group is called by the user's id.
func (t *template) ownName(dataset string, d snapshot.Document) string {
	name := nameOf(dataset, d.Scope, d.ID)
	isAnothers := d.Scope != "" && t.names[name] != dataset && !slices.Contains(repeating, dataset)
	if isAnothers {
		return ""
	}
	return name
}

func liesInResource(scope, id string) bool {
	return strings.HasPrefix(scope, "/") && strings.HasPrefix(id, scope+"/")
}

// pieces is a text cut at the names in it.
type pieces struct {
	plain []string // one more than names
	names []string
}

func (t *template) cut(text string) (p pieces) {
	end := 0
	for _, at := range t.pattern.FindAllStringIndex(text, -1) {
		if !isWhole(text, at[0], at[1]) {
			continue
		}
		p.plain = append(p.plain, text[end:at[0]])
		p.names = append(p.names, text[at[0]:at[1]])
		end = at[1]
	}

	p.plain = append(p.plain, text[end:])
	return p
}

// isWhole reports whether a name in a text is a word of it and no part of another, as "storage"
// in "microsoft.storage". A name of digits is one only in quotes: others are numbers.
func isWhole(text string, from, to int) bool {
	name, before, after := text[from:to], byte('"'), byte('"')
	if from > 0 {
		before = text[from-1]
	}
	if to < len(text) {
		after = text[to]
	}

	if strings.Trim(name, "0123456789") == "" {
		return before == '"' && after == '"'
	}
	if hasGUID.MatchString(name) {
		return true
	}
	return !isAlphanumeric(before) && (before != '.' || strings.Contains(name, ".")) && !isAlphanumeric(after)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// copies is how often each dataset is there.
type copies map[string]int

// join puts a text together for copy k of a document called own: its own name
// is the k-th, other names are of copies that exist.
func (t *template) join(p pieces, own string, k int, c copies) string {
	var b strings.Builder
	for i, name := range p.names {
		b.WriteString(p.plain[i])
		n := k

		if name != own {
			n = k % max(1, c[t.names[name]])
		}

		b.WriteString(rename(name, n))
	}

	b.WriteString(p.plain[len(p.plain)-1])
	return b.String()
}

var hasGUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

var isGUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// rename is the k-th form of a name: of a GUID another GUID.
func rename(name string, k int) string {
	switch {
	case k == 0:
		return name
	case isGUID.MatchString(name):
		n, _ := strconv.ParseUint(name[:8], 16, 32)
		h := "0000000" + strconv.FormatUint(uint64(uint32(n)+uint32(k)), 16)
		return h[len(h)-8:] + name[8:]
	}

	return name + "-" + strconv.Itoa(k)
}

// grownPromise declares the copies that a client's promise names, or copies the clients of
// the fleet.
func (t *template) grownPromise(times copies) intent.Promise {
	if fleet, isFleet := t.promise.(intent.Fleet); isFleet {
		fleet.Clients = grownClients(fleet.Clients, times[clientsOf])
		return fleet
	}

	in := intent.Clone(t.promise.Tenant())
	if azure := in.Client.Azure; azure != nil {
		azure.Subscriptions = t.declare(azure.Subscriptions, "azure.subscriptions", times)
	}
	if keys := in.Client.Keys; keys != nil {
		keys.Vaults = t.declare(keys.Vaults, "keyvault.vaults", times)
	}
	return in
}

func (t *template) declare(ids []string, dataset string, times copies) (all []string) {
	for _, id := range ids {
		p, own := t.cut(id), nameOf(dataset, "", id)
		for k := range max(1, times[dataset]) {
			all = append(all, t.join(p, own, k, times))
		}
	}

	slices.Sort(all)
	return all
}

func grownClients(clients []intent.FleetClient, times int) (all []intent.FleetClient) {
	for _, c := range clients {
		for k := range times {
			copied := intent.Clone(c)
			copied.Name, copied.TenantID = rename(c.Name, k), rename(c.TenantID, k)
			for i, d := range c.Domains {
				copied.Domains[i] = "d" + strconv.Itoa(k) + "." + d
			}
			all = append(all, copied)
		}
	}

	return all
}

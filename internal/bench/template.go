package main

import (
	"context"
	"errors"
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

// template is a small snapshot, taken apart so that it can be grown: copies of
// all documents that refer to each other as the originals do. It is a client's,
// with its intent, or the MSP's, with the fleet.
type template struct {
	snap    snapshot.Snapshot
	intent  intent.Intent
	fleet   intent.Fleet
	names   map[string]string // what a document is called by others -> its dataset
	pattern *regexp.Regexp    // any of the names
}

// templates are those of controls of scope client, and of all others.
type templates struct{ client, msp template }

// clientsOf is the pseudo-dataset of the fleet's clients, called by tenant id.
const clientsOf = "fleet.clients"

// one lists the datasets of which a tenant has one, or a list that does not
// grow with it.
var one = []string{
	"entra.authorization_policy", "entra.cross_tenant_default", "entra.organization", "entra.subscribed_skus",
}

// newTemplates collects a client with every kind of resource and deviation, and
// the MSP's tenant.
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
	if served != nil {
		defer served.Close()
	}

	if err != nil {
		return nil, err
	}

	var t templates
	var errs [4]error
	collected, err := served.collector.Collect(ctx, label, served.shares)
	t.client.snap, errs[0] = collected.Snapshot, err
	t.client.intent, errs[1] = served.collector.Fleet.Intent(label)
	t.msp.snap, t.msp.fleet = served.msp.Snapshot, served.collector.Fleet.FleetIntent()
	errs[2], errs[3] = t.client.call(), t.msp.call()

	return &t, errors.Join(errs[:]...)
}

// call finds what documents are called.
func (t *template) call() error {
	t.names = map[string]string{}
	for _, dataset := range slices.Sorted(maps.Keys(t.snap.Manifest.Datasets)) {
		docs, err := t.snap.Documents(dataset)
		if err != nil {
			return err
		}
		for _, d := range docs {
			// Some lists repeat what has a dataset of its own.
			name := nameOf(dataset, d.ID)
			if name != "" && (t.names[name] == "" || !slices.Contains(repeating, dataset)) {
				t.names[name] = dataset
			}
		}
	}

	for _, c := range t.fleet.Clients {
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

// repeating are lists of what has a dataset of its own.
var repeating = []string{"azure.key_references", "azure.resources"}

// unnamed are datasets whose documents have no name of their own: they are told
// apart by their parent's, or name something else.
var unnamed = []string{
	"azure.caller_access", "azure.locations", "azure.role_definitions", "azure.sql_encryption_protectors",
	"entra.group_members",
}

// nameOf is what other documents call one by: its id, or the last segment of
// an id that has several. "" for what has no name of its own.
func nameOf(dataset, id string) string {
	if slices.Contains(one, dataset) || slices.Contains(unnamed, dataset) {
		return ""
	}
	return id[strings.LastIndexByte(id, '/')+1:]
}

// pieces is a text cut at the names in it.
type pieces struct {
	plain []string // one more than names
	names []string
}

func (t *template) cut(text string) (p pieces) {
	end := 0
	for _, at := range t.pattern.FindAllStringIndex(text, -1) {
		p.plain = append(p.plain, text[end:at[0]])
		p.names = append(p.names, text[at[0]:at[1]])
		end = at[1]
	}

	p.plain = append(p.plain, text[end:])
	return p
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

// growIntent declares the copies that the client's promise names.
func (t *template) growIntent(times copies) intent.Intent {
	in := t.intent
	if in.Client.Azure != nil {
		declared := t.declare(in.Client.Azure.Subscriptions, "azure.subscriptions", times)
		in.Client.Azure = &intent.Azure{Subscriptions: declared}
	}

	if in.Client.Keys != nil {
		keys := *in.Client.Keys
		keys.Vaults = t.declare(keys.Vaults, "keyvault.vaults", times)
		in.Client.Keys = &keys
	}

	return in
}

func (t *template) declare(ids []string, dataset string, times copies) (all []string) {
	for _, id := range ids {
		p, own := t.cut(id), nameOf(dataset, id)
		for k := range max(1, times[dataset]) {
			all = append(all, t.join(p, own, k, times))
		}
	}

	slices.Sort(all)
	return all
}

// growFleet copies the clients.
func (t *template) growFleet(times copies) intent.Fleet {
	fleet := t.fleet
	fleet.Clients = nil
	for _, c := range t.fleet.Clients {
		for k := range times[clientsOf] {
			copied := c
			copied.Name, copied.TenantID, copied.Domains = rename(c.Name, k), rename(c.TenantID, k), nil
			for _, d := range c.Domains {
				copied.Domains = append(copied.Domains, "d"+strconv.Itoa(k)+"."+d)
			}

			fleet.Clients = append(fleet.Clients, copied)
		}
	}

	return fleet
}

package emulator

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// dump is all that a tenant is, as bytes.
func dump(t *Tenant) string {
	b, err := json.Marshal([]any{t.ID, t.Name, t.AppID, t.ObjectID, t.Subscriptions(), t.data, t.planted, t.furtherPromises(),
		t.visit, t.faults})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestWorldIsAFunctionOfSeedAndLabel(t *testing.T) {
	effort.WithoutRace(t)
	a, b := Generate(7, 40), Generate(7, 40)
	for i := range a.Clients {
		if diff := cmp.Diff(dump(a.Clients[i]), dump(b.Clients[i])); diff != "" {
			t.Fatalf("two worlds of one seed differ: %s", diff)
		}
	}

	alone := GenerateClients(7, []string{"zzz", "trey-research", "maple-seeds"})
	for _, label := range []string{"trey-research"} {
		if dump(a.Client(label)) != dump(alone.Client(label)) {
			t.Errorf("%s depends on the other clients", label)
		}
	}

	if dump(a.Client("contoso")) == dump(Generate(8, 2).Client("contoso")) {
		t.Error("the seed changes nothing")
	}
}

// goldenIDs of seed 1: MSP, first client, its first subscription, the secret,
// and the digest of the first client's resources.
var goldenIDs = []string{
	"f8f44a1e-9e9a-4d32-b82e-0859acb7d4ea",
	"cb6cd722-9de8-4fe1-bb85-31ba34444716",
	"22ef8afa-df17-46d1-8bd7-7c3f8f641069",
	"emulated~87e03a74-fcb6-4cb1-b63e-a90fcb04c0b1",
	"3cf99135170b3afeb62a3ce0ae2063085f354a6fdb581b15d7d14bb9c0024791",
}

// TestGoldenIDs pins what other machines must get, too.
func TestGoldenIDs(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 1)
	got := []string{w.MSP.ID, w.Clients[0].ID, w.Clients[0].Subscriptions()[0], w.Secret(),
		snapshot.Digest(encode(w.Clients[0].data["/arm/subscriptions/"+goldenIDs[2]+"/resources"]))}
	if diff := cmp.Diff(goldenIDs, got); diff != "" {
		t.Errorf("the world of seed 1 has changed (-want +got):\n%s", diff)
	}
}

func TestLabels(t *testing.T) {
	effort.WithoutRace(t)
	labels := Labels(2000)
	seen := map[string]bool{}
	shape := regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	for _, l := range labels {
		if seen[l] || l == "fleet" || !shape.MatchString(l) {
			t.Errorf("label %q is taken, reserved or malformed", l)
		}
		seen[l] = true
	}

	if len(labels) != 2000 {
		t.Errorf("%d labels, want 2000", len(labels))
	}
}

// TestBodiesFitTheSchemas: what the emulator has is what the schemas promise,
// and ids are unique in a tenant whatever their case.
func TestBodiesFitTheSchemas(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(3, 20)
	seen := map[string]int{}
	for _, c := range append(w.Clients, w.MSP) {
		ids := map[string]bool{}
		for path, objects := range c.everything(w) {
			dataset := datasetAt(path)
			if dataset == "" || strings.HasSuffix(path, "/members") && seen[dataset] > 2000 { // all groups are alike
				continue
			}

			schema, err := snapshot.SchemaFor(dataset)
			if err != nil {
				t.Fatal(err)
			}

			for _, o := range objects {
				seen[dataset]++
				body, err := snapshot.ParseObject(encode(o))
				if err != nil {
					t.Fatal(err)
				}

				doc, err := schema.Normalize(body, path)
				if err != nil {
					t.Fatal(err)
				}

				if gaps := schema.Gaps(doc); len(gaps) > 0 {
					t.Errorf("%s %s: %s lacks %v", c.Label, path, doc.ID, gaps)
				}

				if id := dataset + "/" + doc.ID; ids[id] {
					t.Errorf("%s: two documents %s", c.Label, id)
				} else {
					ids[id] = true
				}
			}
		}
	}

	for name := range snapshot.Schemas() {
		if served[name] && seen[name] == 0 {
			t.Errorf("no document of %s in 20 clients", name)
		}
	}
}

// everything is what lies in a tenant, and what is made when it is asked for.
func (t *Tenant) everything(w *World) map[string][]object {
	all := maps.Clone(t.data)
	for _, e := range graphEndpoints {
		switch {
		case e.log != nil:
			all["/graph"+strings.ToLower(e.path)] = e.log(t, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
		case e.found != nil:
			all["/graph"+strings.ToLower(strings.Replace(e.path, "{n}", t.Domain, 1))] = e.found(w, t.Domain)
		}
	}
	return all
}

// datasetAt is the dataset whose objects lie at a path of a tenant's data; ""
// where they lie there as another's, too.
func datasetAt(path string) string {
	api, rest, _ := strings.Cut(path[1:], "/")
	e, found := find(map[string][]endpoint{"graph": graphEndpoints, "arm": armEndpoints}[api], "/"+rest)
	if !found || e.path == "/subscriptions/{s}" {
		return ""
	}

	return e.dataset
}

// served are the datasets that the emulator has endpoints for.
var served = func() map[string]bool {
	m := map[string]bool{}
	for _, e := range append(slices.Clone(graphEndpoints), armEndpoints...) {
		m[e.dataset] = true
	}

	delete(m, "")
	return m
}()

// scopes fills the templates of the schemas' endpoints.
var scopes = strings.NewReplacer("{subscriptionId}", "x", "{type}", "microsoft.graph.user", "/{scope}",
	"/subscriptions/x",
	"/{serverId}", "/subscriptions/x/resourceGroups/x/providers/Microsoft.Sql/servers/x", "{groupId}", "x",
	"{relationshipId}", "x", "{managementGroup}", "x")

// anyName stands for an id of any form.
var anyName = regexp.MustCompile(`\{\w+\}`)

func TestEverySchemaVersionIsServed(t *testing.T) {
	effort.WithoutRace(t)
	for name := range served {
		schema, err := snapshot.SchemaFor(name)
		if err != nil {
			t.Fatal(err)
		}

		path, _, _ := strings.Cut(schema.Source.Endpoint, "?")
		if name == "keyvault.keys" {
			path = strings.Replace(path, "{scope}", "subscriptions/x/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x", 1)
		}
		in := graphEndpoints

		if schema.Source.API == "arm" {
			in = armEndpoints
		}

		e, ok := find(in, anyName.ReplaceAllString(scopes.Replace(path), "x"))
		if !ok || e.dataset != name {
			t.Errorf("%s: %s is not served", name, path)
		} else if schema.Source.API == "arm" && !slices.Contains(e.versions, schema.Source.Version) {
			t.Errorf("%s: api-version %s is not supported", name, schema.Source.Version)
		}
	}
}

func TestScale(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 12)
	big := w.Add("big", Size{Tier: "large", Users: 20000, Subscriptions: 3, Resources: 2000})
	n := 0
	for _, id := range big.Subscriptions() {
		n += len(big.data["/arm/subscriptions/"+id+"/resources"])
	}

	if n < 2000 || n > 2020 || len(big.Subscriptions()) != 3 {
		t.Errorf("%d resources in %d subscriptions, want 2000 (and some vaults) in 3", n,
			len(big.Subscriptions()))
	}
}

func TestFleetHCL(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 12)
	src := w.FleetHCL(Addresses{Base: "https://127.0.0.1:8443", CAFile: "ca.pem", SecretFile: "sec${r}et",
		MachineKeys: []string{"ab", "cd"}})
	file, diags := hclparse.NewParser().ParseHCL(src, "fleet.hcl")
	if diags.HasErrors() {
		t.Fatalf("%s\n%s", diags, src)
	}

	blocks := map[string]int{}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		blocks[b.Type]++
		if b.Type == "client" {
			azure := slices.ContainsFunc(b.Body.Blocks,
				func(x *hclsyntax.Block) bool { return x.Type == "azure" })
			left := b.Body.Attributes["fence"] == nil // clients that have left were promised nothing more
			if !azure && !left || b.Body.Attributes["tenant_id"] == nil {
				t.Errorf("client %v has no azure block or no tenant_id", b.Labels)
			}
		}

		if b.Type == "msp" {
			v, _ := b.Body.Blocks[0].Body.Attributes["credential"].Expr.Value(nil)
			if v.AsString() != "file:sec${r}et" {
				t.Errorf("credential is %q", v.AsString())
			}
		}
	}

	friends, exceptions := 0, 0
	for _, t := range slices.Concat(w.Clients, w.MSP.left) {
		friends += len(t.friends)
		exceptions += len(t.exceptions)
	}
	if exceptions < 3 {
		t.Errorf("%d exceptions: a vault and two journeys are accepted", exceptions)
	}

	want := map[string]int{"msp": 1, "cloud_unsafe": 1, "reviewer": 1, "defaults": 1, "fence": len(fences),
		"application": 3, "client": 12 + len(w.MSP.left), "exception": exceptions, "partner": friends}
	if diff := cmp.Diff(want, blocks); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}

	excepted := 0
	for _, p := range w.Planted() {
		if strings.Contains(string(src), p.Subject) && strings.HasPrefix(p.Subject, "keyvault.") {
			excepted++
		}
	}

	if excepted != 1 {
		t.Errorf("%d planted vaults are excepted, want 1", excepted)
	}

	if strings.Contains(string(src), w.Secret()) {
		t.Error("the fleet file holds a secret")
	}
}

func TestRegionsPairUp(t *testing.T) {
	effort.WithoutRace(t)
	byName := map[string]region{}
	for _, r := range regions {
		byName[r.name] = r
		if strings.ToLower(strings.ReplaceAll(r.display, " ", "")) != r.name {
			t.Errorf("%s is displayed as %q", r.name, r.display)
		}
	}

	for _, r := range regions {
		if _, ok := byName[r.pair]; !ok && r.pair != "-" && r.pair != "swedensouth" { // a restricted region, not listed
			t.Errorf("%s is paired with the unknown %s", r.name, r.pair)
		}
	}

	for _, f := range fences {
		for _, name := range append(slices.Clone(f.regions), f.outside...) {
			if byName[name].name == "" {
				t.Errorf("fence %s: no region %q", f.name, name)
			}
		}
		if slices.ContainsFunc(f.outside, func(o string) bool { return slices.Contains(f.regions, o) }) {
			t.Errorf("fence %s: a region is inside and outside", f.name)
		}
	}
}

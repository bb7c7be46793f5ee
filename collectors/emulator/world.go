package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// object is one JSON object as the API returns it.
type object = map[string]any

// World is an MSP and its clients.
type World struct {
	Seed    uint64
	MSP     *Tenant
	Clients []*Tenant

	maxReach int        // how many clients one principal of the MSP may reach; 0: 25
	walls    [][]string // cells that nobody may bridge
}

// SecretEnds says when the MSP's application's secret ends, as its registration has it.
func (w *World) SecretEnds(at time.Time) {
	path := strings.ToLower("/graph/applications(appId='" + w.MSP.AppID + "')")
	w.MSP.data[path] = []object{{
		"id": w.MSP.guid("application object"), "appId": w.MSP.AppID, "displayName": "ringfence",
		"passwordCredentials": []any{object{
			"customKeyIdentifier": nil, "displayName": "ringfence", "endDateTime": at.UTC().Format(time.RFC3339),
			"hint": w.Secret()[:3], "keyId": w.MSP.guid("password credential"), "secretText": nil,
			"startDateTime": "2026-01-01T00:00:00Z",
		}},
	}}
}

// Marks is by what the tenant is known: its label, name, tenant id and domain, and the ids of its
// people, applications and subscriptions.
func (t *Tenant) Marks() []string {
	marks := []string{t.Label, t.Name, t.ID, t.Domain}
	marks = append(append(marks, t.dir.members...), t.dir.apps...)
	for _, s := range t.subscriptions {
		marks = append(marks, s.id)
	}
	return marks
}

// Planted is a deviation that the generator put into a tenant. Subject is
// "<dataset>/<id>".
type Planted struct {
	Client  string `json:"client"`
	Control string `json:"control"`
	Subject string `json:"subject"`
}

// Tenant is one Entra tenant with the subscriptions that trust it. Roles are
// the Graph application permissions that are consented to; taking one away
// makes the calls that need it answer 403.
type Tenant struct {
	Label    string
	ID       string // tenant id
	Name     string
	Domain   string // default verified domain
	Country  string
	AppID    string // ringfence's application (client) id
	ObjectID string // object id of its service principal in this tenant
	Roles    []string
	Size     Size

	story
	seed uint64
	msp  *Tenant // nil in the MSP's own

	// What a client's fleet file and the server need to know.
	subscriptions []*subscription
	grants        []grant
	groups        []string        // object ids of the groups that the application is in
	plans         map[string]bool // service plans of the tenant's products, lapsed ones included
	declared      []string        // ids of the vaults that the client owns the keys in
	exceptions    []exception
	promises      []string // further lines of the client's block
	state         string   // of the contract; "" is live
	ends          string   // the last day of the contract of a client that has left
	keyPromises   []string // and of its keys block
	friends       []friend // whom the client works with across tenants
	agreed        agreements
	wishes        map[string]string // parameters of controls, as HCL, by the control's id

	// What others say of it, "" for the truth: whose its domains are, in the words of
	// Microsoft, and which tenant Azure names.
	domainOwner, azureTenant string

	// left are the MSP's former clients. Their tenants let nobody in, and are not served.
	left []*Tenant

	// seen is where somebody saw a service's data, where it is not the usual place.
	seen map[string]sighting

	// visit is what a flaw changes in the sign-ins of the MSP's people.
	visit object

	// While the data are made.
	dir     directory
	partner partnership
	keyHost string // host of the first vault; "": there is none

	// data are the objects of each collection, by its path in lower case, with
	// "/graph", "/arm" or "/inventory" in front.
	data map[string][]object

	// faults are in how the tenant answers, whatever else the server was told.
	faults []Fault

	// planted is what deviates in this tenant. In the MSP's it is what deviates
	// in the fleet, which only the MSP's tenant shows.
	planted []Planted
}

// Size scales a tenant. Zero fields take what the tier of the tenant's story has.
type Size struct {
	Tier          string // micro | small | mid | large | xl
	Users         int
	Subscriptions int // -1: none
	Resources     int // over all subscriptions

	// -1 is as few as can be: none, or the one guest and application that flaws are of.
	Guests            int
	Devices           int // that Intune manages
	ServicePrincipals int // beside the tenant's own
	Applications      int // of the tenant's own, with a managed identity each
	Groups            int
	Policies          int // of conditional access, beside those that each tenant of the tier has
	Partners          int // of cross-tenant access, beside the same
	Vaults            int // beside those of the story
}

type exception struct{ name, control, subject, reason string }

// Generate makes an MSP with n clients. The first twelve labels have fixed
// stories (see stories.go), so that every kind of deviation, near miss and
// blind spot occurs; later ones draw theirs.
func Generate(seed uint64, clients int) *World {
	return GenerateClients(seed, Labels(clients))
}

// GenerateClients makes an MSP with the clients of the labels, which must match
// ^[a-z][a-z0-9-]{0,62}$ and differ from each other.
func GenerateClients(seed uint64, labels []string) *World {
	w := &World{Seed: seed, MSP: newMSP(seed)}
	w.SecretEnds(time.Date(2030, 12, 31, 0, 0, 0, 0, time.UTC))
	for _, label := range labels {
		w.Add(label, Size{})
	}
	return w
}

// Add makes one more client, of the given size, and returns it.
func (w *World) Add(label string, size Size) *Tenant {
	return w.add(label, size, storyOf(w.Seed, label))
}

func (w *World) add(label string, size Size, told story) *Tenant {
	t := newTenant(w.Seed, label)
	t.story, t.msp = told, w.MSP
	t.Size = size.fill(t, told)
	t.Country = fenceOf(told.fence).country
	t.addReadersGroup()
	t.makeRelationships()
	t.addEntra()
	t.addGovernance()
	t.addDevices()
	t.addAzure()
	t.addRelationships()
	w.Clients = append(w.Clients, t)

	return t
}

// Planted lists the deviations, sorted by client, control and subject. What
// only the MSP's tenant shows is of the client "fleet".
func (w *World) Planted() []Planted {
	all := slices.Clone(w.MSP.planted)
	for _, t := range w.Clients {
		all = append(all, t.planted...)
	}

	slices.SortFunc(all, func(a, b Planted) int {
		return strings.Compare(a.Client+"\n"+a.Control+"\n"+a.Subject, b.Client+"\n"+b.Control+"\n"+b.Subject)
	})
	return all
}

// Secret is the client secret of every application in the world, and the one
// federated token that all of them take.
func (w *World) Secret() string { return "emulated~" + guid(w.Seed, "client secret") }

// Client returns the tenant with a label, or nil.
func (w *World) Client(label string) *Tenant {
	return first(w.Clients, func(t *Tenant) bool { return t.Label == label })
}

// tenant finds a tenant by its id or its domain.
func (w *World) tenant(name string) *Tenant {
	if w.MSP.is(name) {
		return w.MSP
	}
	return first(w.Clients, func(t *Tenant) bool { return t.is(name) })
}

// ownerOf finds the tenant that a subscription trusts.
func (w *World) ownerOf(sub string) *Tenant {
	return first(w.Clients, func(t *Tenant) bool {
		return slices.Contains(t.Subscriptions(),
			strings.ToLower(sub))
	})
}

func first(tenants []*Tenant, is func(*Tenant) bool) *Tenant {
	if i := slices.IndexFunc(tenants, is); i >= 0 {
		return tenants[i]
	}
	return nil
}

func (t *Tenant) is(name string) bool {
	return strings.EqualFold(t.ID, name) || strings.EqualFold(t.Domain, name)
}

// Subscriptions are the ids of all subscriptions that trust the tenant, those
// included that the application does not see.
func (t *Tenant) Subscriptions() []string {
	ids := make([]string, len(t.subscriptions))
	for i, sub := range t.subscriptions {
		ids[i] = sub.id
	}
	return ids
}

func newTenant(seed uint64, label string) *Tenant {
	return &Tenant{
		Label: label, Name: displayName(label), Domain: label + ".example", seed: seed,
		ID:       guid(seed, label, "tenant"),
		AppID:    guid(seed, label, "application"),
		ObjectID: guid(seed, label, "service principal"),
		Roles:    leastRoles(slices.Concat(entraEndpoints, deviceEndpoints)),
		data:     map[string][]object{},
	}
}

// newMSP makes the service provider's own tenant. Its label is no client's:
// it has a character that labels cannot have.
func newMSP(seed uint64) *Tenant {
	t := newTenant(seed, "msp#")
	t.Label, t.Name, t.Domain, t.Country = "", "Northwind Managed Services", "northwind-msp.example", "DE"
	t.Size = Size{Tier: "mid", Users: 64}
	t.Roles = slices.Concat(leastRoles(gdapEndpoints), t.Roles)
	t.addEntra()
	t.addGovernance()
	t.addDevices()
	t.addPartner()

	return t
}

// put adds objects to the collection at an API path ("/graph/organization",
// "/arm/subscriptions/…/resources"), which is not case-sensitive.
func (t *Tenant) put(path string, objects ...object) {
	key := strings.ToLower(path)
	t.data[key] = append(t.data[key], objects...)
}

// at are the objects of the collection at an API path.
func (t *Tenant) at(path string) []object { return t.data[strings.ToLower(path)] }

// fill makes the base population of endpoints whose rows say what it is.
func (t *Tenant) fill(api string, endpoints []endpoint, sub *subscription) {
	for _, e := range endpoints {
		if e.base == nil {
			continue
		}

		path := e.path
		if sub != nil {
			path = strings.Replace(path, "{s}", sub.id, 1)
		}

		t.put(api+path, e.base(t, sub)...)
	}
}

// plant writes down that an object of a dataset deviates in the sense of a
// control, and returns the subject.
func (t *Tenant) plant(control, dataset string, body object) string {
	schema, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err) // a name in this package's source is wrong
	}

	doc, err := schema.Normalize(body, "")
	if err != nil {
		panic(err)
	}

	subject := snapshot.Subject(dataset, doc.ID)
	t.deviates(control, subject)
	return subject
}

// subjectIn is the subject of an object that is read at a document of another dataset.
func subjectIn(scope, dataset string, body object) string {
	schema, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err) // a name in this package's source is wrong
	}

	doc, err := schema.Normalize(body, scope)
	if err != nil {
		panic(err)
	}
	return snapshot.Subject(dataset, doc.ID)
}

// deviates writes down a deviation whose subject need not be an object of the
// tenant. Two flaws may cause the same one.
func (t *Tenant) deviates(control, subject string) {
	client := t.Label
	if client == "" {
		client = snapshot.FleetClient
	}
	if p := (Planted{client, control, subject}); !slices.Contains(t.planted, p) {
		t.planted = append(t.planted, p)
	}
}

// rand is the source of one part of a tenant's data; parts do not disturb each
// other, so that adding one keeps the rest as it is.
func (t *Tenant) rand(part string) *rand.Rand {
	h := digest(t.seed, t.Label, part)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])))
}

// guid derives a v4-shaped GUID of the tenant from parts.
func (t *Tenant) guid(parts ...string) string {
	return guid(t.seed, append([]string{t.Label}, parts...)...)
}

// guid derives a v4-shaped GUID (RFC 9562, section 5.4) from seed and parts.
func guid(seed uint64, parts ...string) string {
	h := digest(seed, parts...)
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	x := hex.EncodeToString(h[:16])

	return fmt.Sprintf("%s-%s-%s-%s-%s", x[:8], x[8:12], x[12:16], x[16:20], x[20:])
}

func digest(seed uint64, parts ...string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d\n%s", seed, strings.Join(parts, "\n")))
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

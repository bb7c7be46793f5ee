package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// object is one JSON object as the API returns it.
type object = map[string]any

// World is an MSP and its clients.
type World struct {
	Seed    uint64
	MSP     *Tenant
	Clients []*Tenant
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

	fence   string
	subs    []*subscription
	grants  []grant
	groups  []string // object ids of the groups that the application is in
	dir     directory
	plans   map[string]bool // service plans of the tenant's products, lapsed ones included
	vaults  []string        // ids of the vaults that the client owns the keys in
	keyHost string          // host of the first of them; "": there is none
	data    map[string][]object
	wrongs  []Planted // of this tenant's own data; of the fleet's, in the MSP's
	waived  []exception
	seed    uint64
}

// Size scales a tenant. Zero fields take what the tenant's tier has.
type Size struct {
	Tier          string // micro | small | mid | large
	Users         int
	Subscriptions int // -1: none
	Resources     int // over all subscriptions
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
	for _, label := range labels {
		w.Add(label, Size{})
	}
	return w
}

// Add makes one more client, of the given size, and returns it.
func (w *World) Add(label string, size Size) *Tenant {
	t := newTenant(w.Seed, label)
	s := storyOf(w.Seed, label)
	t.Size = size.fill(t, s.tier)
	t.fence, t.Country = s.fence, fenceOf(s.fence).country
	t.setAccess(s)
	t.addEntra(s)
	t.addAzure(s)
	t.addRelationships(w.MSP, s)
	w.Clients = append(w.Clients, t)

	return t
}

// Planted lists the deviations, sorted by client, control and subject. What
// only the MSP's tenant shows is of the client "fleet".
func (w *World) Planted() []Planted {
	all := slices.Concat([]Planted{}, w.MSP.wrongs)
	for _, t := range w.Clients {
		all = append(all, t.wrongs...)
	}

	slices.SortFunc(all, func(a, b Planted) int {
		return strings.Compare(a.Client+"\n"+a.Control+"\n"+a.Subject, b.Client+"\n"+b.Control+"\n"+b.Subject)
	})
	return all
}

// Secret is the client secret of every application in the world, and the one
// federated token that all of them take.
func (w *World) Secret() string {
	return "emulated~" + guid(w.Seed, "client secret")
}

// Client returns the tenant with a label, or nil.
func (w *World) Client(label string) *Tenant {
	for _, t := range w.Clients {
		if t.Label == label {
			return t
		}
	}
	return nil
}

// tenant finds a tenant by its id or its domain.
func (w *World) tenant(name string) *Tenant {
	if w.MSP.is(name) {
		return w.MSP
	}
	for _, t := range w.Clients {
		if t.is(name) {
			return t
		}
	}
	return nil
}

func (t *Tenant) is(name string) bool {
	return strings.EqualFold(t.ID, name) || strings.EqualFold(t.Domain, name)
}

func newTenant(seed uint64, label string) *Tenant {
	return &Tenant{
		Label: label, Name: displayName(label), Domain: label + ".example", seed: seed,
		ID:       guid(seed, label, "tenant"),
		AppID:    guid(seed, label, "application"),
		ObjectID: guid(seed, label, "service principal"),
		Roles: []string{"Application.Read.All", "Group.Read.All", "GroupMember.Read.All", "LicenseAssignment.Read.All", "Organization.Read.All",
			"Policy.Read.All", "PrivilegedEligibilitySchedule.Read.AzureADGroup", "RoleAssignmentSchedule.Read.Directory",
			"RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "User.Read.All"},
		data: map[string][]object{},
	}
}

// newMSP makes the service provider's own tenant. Its label is no client's:
// it has a character that labels cannot have.
func newMSP(seed uint64) *Tenant {
	t := newTenant(seed, "msp#")
	t.Label, t.Name, t.Domain, t.Country = "", "Northwind Managed Services", "northwind-msp.example", "DE"
	t.Size = Size{Tier: "mid", Users: 64}
	t.Roles = append([]string{"DelegatedAdminRelationship.Read.All", "Directory.Read.All"}, t.Roles...)
	t.addEntra(story{invites: "adminsAndGuestInviters"})
	t.addPartner()

	return t
}

// put adds objects to the collection at an API path ("/graph/organization",
// "/arm/subscriptions/…/resources"), which is not case-sensitive.
func (t *Tenant) put(path string, objects ...object) {
	key := strings.ToLower(path)
	t.data[key] = append(t.data[key], objects...)
}

// plant writes down that an object of a dataset deviates in the sense of a
// control, and returns the subject.
func (t *Tenant) plant(control, dataset string, body object) string {
	s, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err) // a name in this package's source is wrong
	}

	doc, err := s.Normalize(body, "")
	if err != nil {
		panic(err)
	}

	subject := snapshot.Subject(dataset, doc.ID)
	t.wrong(control, subject)
	return subject
}

// wrong writes down a deviation whose subject need not be an object of the tenant.
func (t *Tenant) wrong(control, subject string) {
	client := t.Label
	if client == "" {
		client = "fleet"
	}
	t.wrongs = append(t.wrongs, Planted{client, control, subject})
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

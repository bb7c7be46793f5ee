package emulator

import (
	"cmp"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// flaw is one thing about a client that is not as it should be, or that only
// looks as if it were not. It is a row of a table of its area (entraFlaws and
// so on), which holds all that the emulator knows about it:
//
//	{name: "a guest holds a role", area: roles, breaks: "RF-T-11", clients: "fabrikam",
//		apply: func(s *site) { s.hold(s.dir.guests[0], "Application Administrator") }},
type flaw struct {
	// name says in words what is the matter. It is unique.
	name string

	// area is the part of the generator that applies the flaw, after it has
	// made its base population.
	area area

	// breaks is the control whose promise the flaw breaks. It is empty for a
	// near miss, and for what nobody can judge.
	breaks string

	// clients are the labels of the demo's clients that have the flaw, with
	// spaces between them. Labels without a story draw their flaws by odds.
	clients string
	odds    odds

	// apply changes what the area has made, and plants what deviates (see
	// [site.plant]).
	apply func(*site)
}

// odds say how often a client without a story has a flaw: one in so many. Flaws
// are drawn in the order of their ranks, so that a new one, with the next free
// rank, does not change what other flaws a client draws. Rank 0 is never drawn.
type odds struct{ rank, oneIn int }

// area is a part of the generator.
type area string

const (
	policies          area = "entra policies" // organization and tenant-wide policies
	roles             area = "entra roles"
	trusts            area = "entra cross-tenant access"
	workloads         area = "intune, defender and sharepoint"
	custody           area = "azure tenant plane"
	partnerships      area = "gdap"
	governors         area = "entra tenant governance"
	delegations       area = "azure lighthouse"
	subscriptionRules area = "azure policy"
	groups            area = "azure resource groups"
	resources         area = "azure resources"
	ownVaults         area = "keyvault vaults, the client's own" // chosen by story.vaults
	flawedVaults      area = "keyvault vaults, one for each flaw"
	managedHSMs       area = "keyvault managed hsms"
	keysInVaults      area = "keyvault keys"
	azureRights       area = "azure role assignments"
	encryptedData     area = "azure encryption"
	surroundings      area = "azure, what rules a subscription, its logs and backups"
)

// inAzure tells whether an area needs a subscription.
func (a area) inAzure() bool {
	return !slices.Contains([]area{policies, roles, trusts, workloads, partnerships, governors}, a)
}

// flaws are those of all areas.
var flaws = slices.Concat(
	entraFlaws,
	trustFlaws,
	rightFlaws,
	gdapFlaws,
	azureFlaws,
	keyvaultFlaws,
	partnerFlaws, groupFlaws, peopleFlaws, visitFlaws, termFlaws, governanceFlaws, lighthouseFlaws, gateFlaws,
	leftFlaws,
	keyFlaws, keyUserFlaws, keyHolderFlaws,
	pinningFlaws,
	fenceFlaws,
	ownershipFlaws,
	placeFlaws,
	emergencyFlaws,
	applicationFlaws,
	answerFlaws,
)

// site is where a flaw is applied: a client's tenant while an area is made.
type site struct {
	*Tenant
	flaw  flaw
	sub   *subscription // the client's first one, in the areas of Azure
	vault object        // the vault in question, in ownVaults
	rand  *rand.Rand    // the area's source of chance
}

// apply applies the client's flaws of an area, in the order of the tables.
func (t *Tenant) apply(a area, s site) {
	for _, f := range flaws {
		if f.area == a && slices.Contains(t.flaws, f.name) {
			s.Tenant, s.flaw = t, f
			f.apply(&s)
		}
	}
}

// plant writes down that an object of a dataset breaks the control of the flaw,
// and returns the subject.
func (s *site) plant(dataset string, body object) (subject string) {
	if s.flaw.breaks == "" {
		return ""
	}
	return s.Tenant.plant(s.flaw.breaks, dataset, body)
}

// plantIn is plant for an object of a dataset that is read at documents of another one:
// scope is the id of that document.
func (s *site) plantIn(scope, dataset string, body object) {
	if s.flaw.breaks != "" {
		s.deviates(s.flaw.breaks, subjectIn(scope, dataset, body))
	}
}

// flawsOf are the names of the flaws that a client of the demo has.
func flawsOf(label string) (names []string) {
	for _, f := range flaws {
		if slices.Contains(strings.Fields(f.clients), label) {
			names = append(names, f.name)
		}
	}
	return names
}

// drawFlaws gives a client without a story some flaws.
func drawFlaws(r *rand.Rand, azure bool) (names []string) {
	drawn := slices.DeleteFunc(slices.Clone(flaws), func(f flaw) bool { return f.odds.rank == 0 })
	slices.SortFunc(drawn, func(a, b flaw) int { return cmp.Compare(a.odds.rank, b.odds.rank) })

	for _, f := range drawn {
		if (azure || !f.area.inAzure()) && r.IntN(f.odds.oneIn) == 0 {
			names = append(names, f.name)
		}
	}

	return names
}

// FlawLabels are labels of small clients with one flaw each and nothing else
// that deviates, one label for each row of the tables, and [CleanLabel].
func FlawLabels() []string {
	labels := []string{CleanLabel}
	for _, f := range flaws {
		labels = append(labels, f.label())
	}
	return labels
}

// CleanLabel is the label of such a client without a flaw. With a number behind it ("alone-2") it
// is that of another one.
const CleanLabel = "alone"

var cleanLabel = regexp.MustCompile("^" + CleanLabel + `(-[0-9]+)?$`)

// label is the flaw's name as a client's label: "alone-a-guest-holds-a-role".
func (f flaw) label() string { return CleanLabel + "-" + labelOf(f.name) }

// labelOf is a name as a label.
func labelOf(name string) string {
	return strings.NewReplacer(" ", "-", "'", "", ",", "", ":", "").Replace(strings.ToLower(name))
}

// aloneStory is the story of a label of [FlawLabels].
func aloneStory(label string) (story, bool) {
	s := story{tier: "small", fence: "eu", subs: 1, vaults: []string{plainVault}, hsm: true, minimal: true}
	if cleanLabel.MatchString(label) {
		return s, true
	}

	i := slices.IndexFunc(flaws, func(f flaw) bool { return f.label() == label })
	if i < 0 {
		return story{}, false
	}

	s.flaws = []string{flaws[i].name}
	if flaws[i].area == ownVaults {
		s.vaults = s.flaws
	}

	return s, true
}

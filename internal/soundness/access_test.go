package soundness

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/access"
	"ringfence/internal/effort"
)

// checked is what "access check" finds out about a tenant.
func checked(t *testing.T, f *fleet, needs access.Needs, label string) access.Check {
	t.Helper()
	cfg, err := f.collector().Config(label)
	if err != nil {
		t.Fatal(err)
	}

	wanted := needs.Client
	if cfg.MSP {
		wanted = needs.MSP
	}
	var datasets []string
	for _, n := range wanted {
		datasets = append(datasets, n.Dataset)
	}

	found, err := collectors.Probe(t.Context(), cfg, datasets)
	if err != nil {
		t.Fatal(err)
	}
	return access.NewCheck(label, cfg.TenantID, wanted, found)
}

// covers are permissions that show what another one shows. Where they are granted, that
// one is not missed: https://learn.microsoft.com/graph/permissions-reference.
var covers = map[string]string{
	"GroupMember.Read.All":       "Group.Read.All",
	"LicenseAssignment.Read.All": "Organization.Read.All",
}

// TestAccessRemoved takes each permission away in turn, in a client's tenant and in the
// MSP's own. "access check" names it and nothing else, unless another one covers it, and
// each control that the engine then leaves undetermined is among those that it says are
// blind.
func TestAccessRemoved(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, nil)
	tenant := w.Add("contoso", emulator.Size{Users: 4, Resources: 6})
	f := serve(t, w)
	e := builtin(t)
	needs := access.NeedsOf(e, false)

	tenant.Roles, w.MSP.Roles = access.Permissions(needs.Client), access.Permissions(needs.MSP)
	if c := checked(t, f, needs, "contoso"); !c.Complete() {
		t.Fatalf("before anything is taken away: %+v", c.Missing)
	}
	before := undetermined(t, f, "contoso")

	permissions := slices.DeleteFunc(access.Permissions(needs.Client), isAzureRole)
	if len(permissions) < 5 {
		t.Fatalf("only %v", permissions)
	}
	for _, p := range pickFrom(permissions, effort.Of(1, 2, len(permissions)), "permissions") {
		t.Run(p, func(t *testing.T) {
			defer without(tenant, p)()
			c := checked(t, f, needs, "contoso")
			onlyMissing(t, c, p)

			if p == snapshot.Schemas()[snapshot.OrganizationDataset].Permission {
				if want := blindWithout(e, false, p); !slices.Equal(c.Blind, want) {
					t.Errorf("without it there is no snapshot, and %v are said to be blind, want %v", c.Blind, want)
				}
				return
			}
			for id := range undetermined(t, f, "contoso") {
				if !before[id] && !slices.Contains(c.Blind, id) {
					t.Errorf("%s is undetermined, and not among the blind ones: %v", id, c.Blind)
				}
			}
		})
	}

	for _, p := range access.Permissions(needs.MSP) {
		t.Run("MSP/"+p, func(t *testing.T) {
			defer without(w.MSP, p)()
			onlyMissing(t, checked(t, f, needs, snapshot.FleetClient), p)
		})
	}
}

// TestAccessNamesControls: each permission that is missing, one at a time, is named with
// exactly the controls whose plans need it; together they are all controls that there are.
func TestAccessNamesControls(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, nil)
	tenant := w.Add("contoso", emulator.Size{Users: 4, Resources: 6})
	noRole := w.Add("wingtip", emulator.Size{Users: 1, Resources: 1})
	f, e := serve(t, w), builtin(t)
	needs := access.NeedsOf(e, false)
	tenant.Roles, w.MSP.Roles = access.Permissions(needs.Client), access.Permissions(needs.MSP)
	noRole.Roles = tenant.Roles

	named := map[string]bool{}
	hold := func(label string, isMSP bool, permission string) {
		c := checked(t, f, needs, label)
		want := blindWithout(e, isMSP, permission)
		i := slices.IndexFunc(c.Missing, func(m access.Missing) bool { return m.Permission == permission })
		switch {
		case covers[permission] != "":
		case i < 0:
			t.Errorf("%s without %s: it is not missed, %+v", label, permission, c.Missing)
		case !slices.Equal(c.Missing[i].Controls, want) || len(want) == 0:
			t.Errorf("%s without %s: %v are named, want %v", label, permission, c.Missing[i].Controls, want)
		default:
			for _, id := range want {
				named[id] = true
			}
		}
	}

	for _, p := range access.Permissions(needs.Client) {
		if isAzureRole(p) {
			continue
		}
		undo := without(tenant, p)
		hold("contoso", false, p)
		undo()
	}
	for _, p := range access.Permissions(needs.MSP) {
		undo := without(w.MSP, p)
		hold(snapshot.FleetClient, true, p)
		undo()
	}
	hold("wingtip", false, snapshot.Schemas()[snapshot.SubscriptionDataset].Permission)

	for _, c := range e.Controls() {
		if p, _ := e.Plan(c.ID); !named[c.ID] && !p.Reads("records") && !compares(c) { // which no permission shows
			t.Errorf("nothing that can be missing is said to blind %s", c.ID)
		}
	}
	t.Logf("%d permissions, %d controls", len(access.Permissions(needs.Client))+len(access.Permissions(needs.MSP)), len(named))
}

// blindWithout are the controls whose plans need a permission, sorted: to read a dataset or
// what that is read by. Without the organization's there is no snapshot.
func blindWithout(e *engine.Engine, isMSP bool, permission string) (blind []string) {
	for _, c := range e.Controls() {
		if compares(c) { // clients are not compared
			continue
		}
		p, _ := e.Plan(c.ID)
		datasets := p.Datasets()
		if judgesEvidence(e, c.ID) {
			datasets = append(slices.Clone(datasets), e.Accounts(c.Scope)...)
		}
		reads, inMSP := access.Split(c.Scope, datasets)
		if isMSP {
			reads = inMSP
		}
		if len(reads) > 0 {
			reads = append(slices.Clone(reads), snapshot.OrganizationDataset)
		}

		for _, name := range reads {
			reads = append(reads, snapshot.Schemas()[name].Above()...)
		}
		needsIt := func(name string) bool {
			return slices.Contains(snapshot.Schemas()[name].Permissions(), permission)
		}
		if slices.ContainsFunc(reads, needsIt) {
			blind = append(blind, c.ID)
		}
	}
	slices.Sort(blind)
	return blind
}

// TestAccessEveryDataset takes each permission away that some dataset needs, whether a
// control reads it or not. What is denied then is named with the permission, and with what
// is read of it.
func TestAccessEveryDataset(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, nil)
	tenant := w.Add("contoso", emulator.Size{Users: 4, Resources: 6})
	f := serve(t, w)

	var needs access.Needs
	of := map[string][]string{} // datasets by permission
	for name, s := range snapshot.Schemas() {
		if s.Shared() || s.DelegatedOnly != nil || needsAzureRole(name) {
			continue
		}
		permissions := strings.Split(s.Permission, ", ")
		needs.Client = append(needs.Client, access.Need{Dataset: name, Permissions: permissions, Controls: []string{name}})
		for _, p := range permissions {
			of[p] = append(of[p], name)
		}
	}

	tenant.Roles = slices.Sorted(maps.Keys(of))
	whole := checked(t, f, needs, "contoso")
	if len(whole.Missing) > 0 || len(of) < 20 {
		t.Fatalf("of %d permissions before any is taken away: %+v", len(of), whole.Missing)
	}

	if writes := f.server.Writes(); len(writes) > 0 {
		t.Errorf("a check writes: %v", writes)
	}
	for _, d := range whole.Datasets {
		if d.Requests > len(d.Permissions) {
			t.Errorf("%s took %d requests", d.Dataset, d.Requests)
		}
	}

	before, covered := map[string]collectors.Access{}, 0
	for _, d := range whole.Datasets {
		before[d.Dataset] = d.Access
	}
	for _, p := range slices.Sorted(maps.Keys(of)) {
		t.Run(p, func(t *testing.T) {
			defer without(tenant, p)()
			c := checked(t, f, access.Needs{Client: around(needs.Client, of[p])}, "contoso")
			if len(c.Missing) == 0 {
				covered++ // by another one, in the emulator as in Graph: everything that needs it is still shown
				for _, d := range c.Datasets {
					if d.Access != before[d.Dataset] {
						t.Errorf("%s is %s, and nothing is missing", d.Dataset, d.Access)
					}
				}
				return
			}

			if len(c.Missing) != 1 || c.Missing[0].Permission != p {
				t.Fatalf("missing is %+v", c.Missing)
			}
			for _, name := range c.Missing[0].Datasets {
				if !slices.Contains(of[p], name) || !slices.Contains(c.Blind, name) {
					t.Errorf("%s is said to be dark without %s; blind are %v", name, p, c.Blind)
				}
			}
		})
	}
	if covered > len(of)/3 {
		t.Errorf("%d of %d permissions are covered by others", covered, len(of))
	}
}

// around are the needs for some datasets, what they are read by, and the guard.
func around(all []access.Need, datasets []string) []access.Need {
	wanted := map[string]bool{snapshot.OrganizationDataset: true}
	for _, name := range datasets {
		wanted[name] = true
		for _, above := range snapshot.Schemas()[name].Above() {
			wanted[above] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(n access.Need) bool { return !wanted[n.Dataset] })
}

// TestAccessWithoutRole: where the application has no role in Azure, every control that
// reads Azure is said to be blind.
func TestAccessWithoutRole(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.GenerateClients(1, []string{"wingtip"}))
	e := builtin(t)
	c := checked(t, f, access.NeedsOf(e, false), "wingtip")
	if len(c.Missing) == 0 || !isAzureRole(c.Missing[0].Permission) {
		t.Fatalf("%+v", c.Missing)
	}

	for _, control := range e.Controls() {
		p, _ := e.Plan(control.ID)
		isJudged := !compares(control) // nobody is compared
		if isJudged && slices.ContainsFunc(p.Datasets(), needsAzureRole) && !slices.Contains(c.Missing[0].Controls, control.ID) {
			t.Errorf("%s reads Azure, and is not named: %v", control.ID, c.Missing[0].Controls)
		}
	}
}

func isAzureRole(permission string) bool {
	_, _, isRole := access.AzureRole(permission)
	return isRole
}

// without takes a permission away from the application of a tenant, until it is called.
// broad shows what many narrower permissions show. It is taken away with each of them, since
// nothing else would be missed.
const broad = "Directory.Read.All"

func without(t *emulator.Tenant, permission string) (undo func()) {
	had := t.Roles
	isTaken := func(r string) bool { return r == permission || r == broad }
	t.Roles = slices.DeleteFunc(slices.Clone(had), isTaken)
	return func() { t.Roles = had }
}

// onlyMissing holds a check to the one permission that was taken away, and the broad one.
func onlyMissing(t *testing.T, c access.Check, permission string) {
	t.Helper()
	var missing []string
	for _, m := range c.Missing {
		if m.Permission != broad || permission == broad {
			missing = append(missing, m.Permission)
		}
	}

	want := []string{permission}
	if covers[permission] != "" {
		want = nil
	}
	if !slices.Equal(missing, want) {
		t.Errorf("missing is %v, want %v: %+v", missing, want, c.Datasets)
	}
}

// undetermined are the controls that are undetermined about a client, collected now.
func undetermined(t *testing.T, f *fleet, label string) map[string]bool {
	t.Helper()
	in, err := f.file.Intent(label)
	if err != nil {
		t.Fatal(err)
	}
	set, err := builtin(t).Evaluate(context.Background(), f.collect(t, label), in, now)
	if err != nil {
		t.Fatal(err)
	}

	all := map[string]bool{}
	for _, c := range set.Controls {
		if c.Outcome == finding.Undetermined {
			all[c.ID] = true
		}
	}
	return all
}

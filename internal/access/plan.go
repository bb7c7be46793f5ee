package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/internal/fleetfile"
)

// Plan is what people must do before a fleet can be audited: "ringfence.access-plan/1".
type Plan struct {
	Schema       string        `json:"schema"`
	Applications []Application `json:"applications"`
	Tenants      []Tenant      `json:"tenants"`
	Lighthouse   object        `json:"lighthouse"` // an ARM template
}

// Application is one that the fleet file signs in as, with what its registration asks
// for.
type Application struct {
	AppID string `json:"app_id"` // "": the machine's own identity
	// Tenants are the labels of those that it reads, "fleet" for the MSP's own.
	Tenants     []string `json:"tenants"`
	MultiTenant bool     `json:"multi_tenant"`
	// Manifest is the registration's requiredResourceAccess.
	Manifest []ResourceAccess `json:"required_resource_access"`
}

// ResourceAccess is what a registration asks one API for:
// https://learn.microsoft.com/graph/api/resources/requiredresourceaccess
type ResourceAccess struct {
	ResourceAppID string   `json:"resourceAppId"`
	Access        []Access `json:"resourceAccess"`
}

// Access is one permission by its id; Type is "Role" for those without a user.
type Access struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Tenant is what has to be granted in one tenant.
type Tenant struct {
	Client   string `json:"client"` // "fleet" for the MSP's own
	TenantID string `json:"tenant_id"`
	Cloud    string `json:"cloud"`
	AppID    string `json:"app_id"`

	Graph []Grant `json:"graph"`
	// ConsentURL grants what the registration asks for, Extra what is needed in this
	// tenant beside it.
	ConsentURL string  `json:"consent_url"`
	PortalURL  string  `json:"portal_url"`
	Extra      []Grant `json:"extra"`

	Azure []AzureGrant `json:"azure"`
	// Open says what cannot be planned, since the fleet file does not say enough.
	Open []string `json:"open"`

	// Commands are for a shell with the Azure CLI and for PowerShell, and take everything
	// away again.
	Az         []string `json:"az"`
	PowerShell []string `json:"powershell"`
	Revoke     []string `json:"revoke"`
}

// Grant is a permission of Microsoft Graph, and which controls it serves.
type Grant struct {
	Permission string   `json:"permission"`
	ID         string   `json:"id"`
	Datasets   []string `json:"datasets"`
	Controls   []string `json:"controls"`
}

// AzureGrant is a role at a scope.
type AzureGrant struct {
	Role  string `json:"role"`
	Scope string `json:"scope"`
}

// NewPlan plans for some clients, and for the MSP's own tenant where "fleet" is a label.
// A permission whose id is not known here is an error: a defect of the build.
func NewPlan(fleet *fleetfile.Fleet, needs Needs, labels []string) (Plan, error) {
	p := Plan{Schema: "ringfence.access-plan/1", Applications: []Application{}, Tenants: []Tenant{}}
	var problems []error
	for _, label := range labels {
		t, err := newTenant(fleet, needs, label)
		p.Tenants = append(p.Tenants, t)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return p, err
	}

	p.addApplications()
	for i, t := range p.Tenants {
		p.Tenants[i].Extra = p.application(t.AppID).beside(t)
		p.Tenants[i].addCommands()
	}
	p.Lighthouse = lighthouse(fleet.MSP)

	return p, nil
}

func newTenant(fleet *fleetfile.Fleet, needs Needs, label string) (Tenant, error) {
	id, cloud, graph, wanted := fleet.MSP.TenantID, fleet.MSP.Cloud, fleet.MSP.Graph, needs.MSP
	var promised snapshot.Promise
	if label != snapshot.FleetClient {
		c, ok := fleet.Client(label)
		if !ok {
			return Tenant{}, fmt.Errorf("the fleet file has no client %q", label)
		}
		id, cloud, graph, wanted = c.TenantID, c.Client.Cloud, c.Graph, needs.Client
		promised = evidence.PromiseOf(c.Client)
	}

	t := Tenant{
		Client: label, TenantID: id, Cloud: cloud, AppID: graph.AppID,
		Graph: []Grant{}, Extra: []Grant{}, Azure: []AzureGrant{}, Open: []string{},
	}
	declared, _ := fleet.Cloud(cloud)
	at := collectors.Cloud{Name: declared.Name, Authority: declared.Authority}
	t.ConsentURL = collectors.ConsentURL(at, id, t.app())
	t.PortalURL = portal(cloud) + "/" + id

	if graph.AppID == "" {
		t.Open = append(t.Open, "the fleet file names no application for this tenant: put the MSP's "+
			"multi-tenant one, for which "+placeholder+" stands here, into defaults { graph { app_id, credential } }")
	}

	if err := t.addGraph(wanted); err != nil {
		return t, err
	}
	t.addAzure(wanted, promised)
	return t, nil
}

// addGraph adds the permissions of Microsoft Graph, each once.
func (t *Tenant) addGraph(wanted []Need) error {
	at := map[string]int{}
	for _, n := range wanted {
		if people := snapshot.Schemas()[n.Dataset].DelegatedOnly; people != nil {
			t.Open = append(t.Open, n.Dataset+" is answered only where a person is signed in ("+people.Page+
				"): nothing that an application is granted shows it")
			continue
		}

		for _, permission := range n.Permissions {
			if _, _, isAzure := AzureRole(permission); isAzure {
				continue
			}

			id, known := AppRole(permission)
			if !known {
				return fmt.Errorf("the id of %s, which %s needs, is not in the table of app roles",
					permission, n.Dataset)
			}

			i, seen := at[permission]
			if !seen {
				i = len(t.Graph)
				at[permission] = i
				t.Graph = append(t.Graph, Grant{permission, id, []string{}, []string{}})
			}
			t.Graph[i].Datasets = append(t.Graph[i].Datasets, n.Dataset)
			t.Graph[i].Controls = merge(t.Graph[i].Controls, n.Controls)
		}
	}

	slices.SortFunc(t.Graph, func(a, b Grant) int { return cmp.Compare(a.Permission, b.Permission) })
	return nil
}

// merge is two sorted lists as one.
func merge(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// addAzure adds the roles, each at every place where it is needed: at the management
// group that the fleet file declares, and at each subscription.
func (t *Tenant) addAzure(wanted []Need, promised snapshot.Promise) {
	var grants []AzureGrant
	asked := false
	for _, n := range wanted {
		for _, permission := range n.Permissions {
			role, place, isAzure := AzureRole(permission)
			asked = asked || isAzure
			if isAzure && promised.Azure != nil {
				for _, scope := range t.scopesOf(place, *promised.Azure) {
					grants = append(grants, AzureGrant{role, scope})
				}
			}
		}
	}

	if asked && promised.Azure == nil {
		t.Open = append(t.Open, "the fleet file does not say which Azure subscriptions must be visible: "+
			"add azure { subscriptions = […] }, or azure { none = true }")
	}

	slices.SortFunc(grants, func(a, b AzureGrant) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Role, b.Role))
	})
	t.Azure = append(t.Azure, slices.Compact(grants)...)
}

// scopesOf are where a role is needed that is needed at a place. One at the root
// management group is inherited by all subscriptions; the subscriptions that a fleet file
// names beside another group may lie outside of it.
func (t *Tenant) scopesOf(place string, azure snapshot.Azure) (scopes []string) {
	switch {
	case azure.None:
		return nil
	case place == "the tenant root management group":
		return []string{groupPath + t.TenantID}
	case strings.HasPrefix(place, "/"):
		return []string{place}
	}

	if azure.ManagementGroup != "" {
		scopes = append(scopes, groupPath+azure.ManagementGroup)
	}
	if place == "the management group" || strings.EqualFold(azure.ManagementGroup, t.TenantID) {
		return scopes
	}
	for _, id := range azure.Subscriptions {
		scopes = append(scopes, "/subscriptions/"+id)
	}
	return scopes
}

// groupPath is the path of a management group, without its name.
const groupPath = "/providers/Microsoft.Management/managementGroups/"

// portals are where people look at a tenant's applications:
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var portals = map[string]string{
	"usgov": "https://portal.azure.us",
	"china": "https://portal.azure.cn",
}

func portal(cloud string) string { return cmp.Or(portals[cloud], "https://portal.azure.com") }

// addApplications makes the registrations of all tenants. One that reads clients asks for
// what clients are asked for: their administrators should not have to consent to what only
// the MSP's own tenant can show.
func (p *Plan) addApplications() {
	for _, t := range p.Tenants {
		i := slices.IndexFunc(p.Applications, func(a Application) bool { return a.AppID == t.AppID })
		if i < 0 {
			i = len(p.Applications)
			p.Applications = append(p.Applications, Application{AppID: t.AppID})
		}
		p.Applications[i].Tenants = append(p.Applications[i].Tenants, t.Client)
	}

	for i := range p.Applications {
		a := &p.Applications[i]
		a.MultiTenant = len(a.Tenants) > 1
		a.Manifest = []ResourceAccess{{GraphAppID, []Access{}}}
		for _, t := range p.Tenants {
			if t.AppID == a.AppID && (t.Client != snapshot.FleetClient || !a.MultiTenant) {
				a.ask(t.Graph)
			}
		}
	}
}

// ask makes the registration ask for permissions, each once.
func (a *Application) ask(grants []Grant) {
	access := &a.Manifest[0].Access
	for _, g := range grants {
		if one := (Access{g.ID, "Role"}); !slices.Contains(*access, one) {
			*access = append(*access, one)
		}
	}
}

func (p *Plan) application(id string) Application {
	i := slices.IndexFunc(p.Applications, func(a Application) bool { return a.AppID == id })
	return p.Applications[i]
}

// beside are the grants of a tenant that the registration does not ask for.
func (a Application) beside(t Tenant) []Grant {
	extra := []Grant{}
	for _, g := range t.Graph {
		if !slices.Contains(a.Manifest[0].Access, Access{g.ID, "Role"}) {
			extra = append(extra, g)
		}
	}
	return extra
}

// names are the permissions of grants, for one line.
func names(grants []Grant) string {
	var all []string
	for _, g := range grants {
		all = append(all, g.Permission)
	}
	return strings.Join(all, ", ")
}

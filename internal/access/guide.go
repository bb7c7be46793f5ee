package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Guide is a plan as people read it, in sections.
type guide []section

// section is one step: what it is for, tables, and blocks to copy.
type section struct {
	title string
	parts []part
}

// part is one of text, a table with a heading, or a block in a language.
type part struct {
	text     string
	table    [][]string
	language string // "sh", "powershell", "json"
	block    []string
}

// What stands in the sections; lines are wrapped anew.
const (
	manifestText = `These are Microsoft Graph's application permissions below, by their ids. All of
them read. The command replaces the permissions and redirect addresses that the registration
has, so keep it for ringfence alone.`

	consentText = `An administrator of the tenant (Privileged Role Administrator or Global
Administrator) opens the address, compares the list with the one above, and accepts. The
browser ends on a page of localhost that is not there: that is success.`

	rolesText = `, by an Owner or User Access Administrator of the subscriptions, after the consent:`

	extraText = `: the registration does not ask for it, so that no client has to consent to it.`

	noGDAPText = `ringfence needs no GDAP role in any client's tenant: its application reads by
itself, and a role would be one more thing to judge (RF-M-02). Who is a customer is read in
the MSP's own tenant (DelegatedAdminRelationship.Read.All).`

	onBehalfText = `Where a client's administrator asks you to consent for them: in Partner Center,
Customers, the client, Admin relationships, request a relationship of one day with Privileged
Role Administrator alone; after the client has approved it, open the address above as a
member of the security group that holds the role; then terminate the relationship at the
same place.`

	offerText = `Optional. ringfence signs in to the client's own tenant and does not use Azure
Lighthouse. Where people of the MSP are to look at a subscription, the client saves this as
lighthouse.json and deploys it: Reader for one group, and nothing else. RF-M-07 and RF-M-08
are about such delegations.`

	offerCommand = "az deployment sub create --location westeurope --template-file lighthouse.json " +
		"--parameters principalId=OBJECT_ID_OF_THE_GROUP"

	revokeText = `In each tenant. Nothing that ringfence was granted is left after it. A Lighthouse
delegation is taken away with: az managedservices assignment delete --assignment ID`
)

func (p Plan) guide() guide {
	return guide{
		p.applications(), p.consent(), p.azure(), p.extra(), p.partnerCenter(), p.offer(), p.revoke(),
	}
}

// applications: what to register, once.
func (p Plan) applications() section {
	s := section{title: "Register the application"}
	for _, a := range p.Applications {
		az, ps := a.update()
		which := "application " + a.AppID
		if a.AppID == "" {
			which = "a new application"
		}

		s.parts = append(s.parts,
			part{text: fmt.Sprintf("In %s, %s, which reads %s. Save this as manifest.json:",
				a.home(), which, tenantsText(a.Tenants))},
			part{language: "json", block: strings.Split(a.manifest(), "\n")},
			part{text: manifestText},
			part{language: "sh", block: az},
			part{language: "powershell", block: ps})
	}

	s.parts = append(s.parts, part{table: p.permissions()})
	return s
}

// home is the tenant that the application is registered in: a client's own, where it
// reads nobody else.
func (a Application) home() string {
	if !a.MultiTenant && a.AppID != "" && a.Tenants[0] != snapshot.FleetClient {
		return "the tenant of " + a.Tenants[0]
	}
	return "the MSP's own tenant"
}

// permissions are all permissions of the plan with what each is for.
func (p Plan) permissions() [][]string {
	rows, seen := [][]string{{"PERMISSION", "SHOWS", "CONTROLS"}}, map[string]bool{}
	for _, t := range p.Tenants {
		for _, g := range t.Graph {
			if !seen[g.Permission] {
				rows = append(rows, []string{g.Permission, strings.Join(g.Datasets, ", "), controlsText(g.Controls)})
			}
			seen[g.Permission] = true
		}
	}
	return rows
}

func controlsText(ids []string) string {
	if len(ids) == 0 {
		return "all: it proves whose tenant it is, or what is licensed"
	}
	return strings.Join(ids, ", ")
}

// tenantsText names up to three tenants.
func tenantsText(labels []string) string {
	var clients []string
	msp := ""
	for _, l := range labels {
		if l == snapshot.FleetClient {
			msp = "the MSP's own tenant"
		} else {
			clients = append(clients, l)
		}
	}

	text := strings.Join(clients[:min(3, len(clients))], ", ")
	if n := len(clients) - 3; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	switch {
	case msp == "":
		return text
	case text == "":
		return msp
	}
	return text + ", and " + msp
}

// consent: one address per tenant.
func (p Plan) consent() section {
	s := section{title: "Consent in each tenant", parts: []part{{text: consentText}}}
	rows := [][]string{{"CLIENT", "ADDRESS"}}
	for _, t := range p.Tenants {
		rows = append(rows, []string{t.Client, t.ConsentURL})
	}
	s.parts = append(s.parts, part{table: rows})

	var open []string
	of := map[string][]string{} // tenants by what is open
	for _, t := range p.Tenants {
		for _, text := range t.Open {
			if of[text] == nil {
				open = append(open, text)
			}
			of[text] = append(of[text], t.Client)
		}
	}
	for _, text := range open {
		s.parts = append(s.parts, part{text: tenantsText(of[text]) + ": " + text})
	}
	return s
}

// azure: role assignments, tenant by tenant.
func (p Plan) azure() section {
	s := section{title: "Azure roles"}
	with := slices.DeleteFunc(slices.Clone(p.Tenants), func(t Tenant) bool { return len(t.Azure) == 0 })
	for _, g := range alike(with, func(t Tenant) [][]string { return [][]string{t.Az, t.PowerShell} }) {
		s.parts = append(s.parts, part{text: g.names + rolesText},
			part{language: "sh", block: g.blocks[0]}, part{language: "powershell", block: g.blocks[1]})
	}
	if len(s.parts) == 0 {
		s.parts = []part{{text: "None: no tenant of this plan declares an Azure subscription."}}
	}
	return s
}

// group is tenants in which the same commands are run, but for the tenant's id.
type group struct {
	names  string
	blocks [][]string
}

// anyTenant stands for the id of each tenant of a group.
const anyTenant = "TENANT_ID"

// alike puts tenants together whose commands differ in the tenant's id alone: of 180
// clients nobody reads 180 times the same.
func alike(tenants []Tenant, commands func(Tenant) [][]string) []group {
	var order []string
	of := map[string][]Tenant{}
	for _, t := range tenants {
		key := fmt.Sprintf("%q", withoutID(t, commands(t)))
		if of[key] == nil {
			order = append(order, key)
		}
		of[key] = append(of[key], t)
	}

	var groups []group
	for _, key := range order {
		same := of[key]
		if len(same) == 1 {
			groups = append(groups, group{same[0].Client, commands(same[0])})
			continue
		}

		var labels []string
		for _, t := range same {
			labels = append(labels, t.Client)
		}
		groups = append(groups, group{
			tenantsText(labels) + ", each with its tenant's id for " + anyTenant, withoutID(same[0], commands(same[0])),
		})
	}
	return groups
}

// withoutID are commands with a word in the place of the tenant's id.
func withoutID(t Tenant, blocks [][]string) [][]string {
	out := make([][]string, len(blocks))
	for i, block := range blocks {
		for _, line := range block {
			out[i] = append(out[i], strings.ReplaceAll(line, t.TenantID, anyTenant))
		}
	}
	return out
}

// extra: what only one tenant grants.
func (p Plan) extra() section {
	s := section{title: "What only the MSP's own tenant grants"}
	for _, t := range p.Tenants {
		if len(t.Extra) > 0 && len(t.Azure) == 0 {
			s.parts = append(s.parts,
				part{text: names(t.Extra) + extraText},
				part{language: "sh", block: t.Az}, part{language: "powershell", block: t.PowerShell})
		}
	}
	if len(s.parts) == 0 {
		s.parts = []part{{text: "Nothing beside what the registration asks for."}}
	}
	return s
}

func (p Plan) partnerCenter() section {
	return section{title: "Partner Center", parts: []part{{text: noGDAPText}, {text: onBehalfText}}}
}

func (p Plan) offer() section {
	data, err := json.MarshalIndent(p.Lighthouse, "", "  ")
	if err != nil {
		panic(err) // texts alone
	}
	return section{title: "Lighthouse offer", parts: []part{
		{text: offerText},
		{language: "json", block: strings.Split(string(data), "\n")},
		{language: "sh", block: []string{offerCommand}},
	}}
}

// revoke: the way back.
func (p Plan) revoke() section {
	s := section{title: "How to revoke it all", parts: []part{{text: revokeText}}}
	for _, g := range alike(p.Tenants, func(t Tenant) [][]string { return [][]string{t.Revoke} }) {
		s.parts = append(s.parts, part{text: g.names + ":"}, part{language: "sh", block: g.blocks[0]})
	}
	return s
}

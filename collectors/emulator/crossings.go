package emulator

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// crossing is one thing about two clients, each of which looks ordinary by itself. It is a row of
// crossings, and is planted after the clients were made, by [World.Cross]: no client has it by
// its label, and neither the demo nor a drawn fleet has any.
type crossing struct {
	// name says in words what is the matter. It is unique.
	name string

	// breaks is the control whose promise to the second client it breaks, and kind the kind of
	// facts that joins the two.
	breaks, kind string

	// hops is how long the shortest path is from the first client to a target of the second (its
	// control, a key, a log), 0 where there is none. state is that path's: "" is live.
	hops  int
	state string

	// ofMSP: what deviates is of the MSP's own tenant, and only the fleet result shows it.
	ofMSP bool

	// apply changes what was made, and returns the subject that deviates.
	apply func(*pair) string
}

// pair are two clients of a world, and the MSP.
type pair struct {
	*World
	from, to *Tenant
	also     string // what deviates of the first client, too: both have the same
}

// Crossed is what was planted: of the second client, what deviates in the sense of a control, and
// how long the path is that leads there from the first one, 0 for none.
type Crossed struct {
	Planted
	Also  []Planted // of the first client, where both have the same
	Kind  string    // of the facts that join the two
	Hops  int
	State string // of the path: "live", "jit" or "potential"
}

// Crossings are the names of all that [World.Cross] can plant.
func Crossings() (names []string) {
	for _, c := range crossings {
		names = append(names, c.name)
	}
	return names
}

// Cross plants a crossing from one client of the world to another. It is not to be called while
// the world is served. A name or a label that there is not is an error.
func (w *World) Cross(name, from, to string) (Crossed, error) {
	i := slices.IndexFunc(crossings, func(c crossing) bool { return c.name == name })
	p := &pair{World: w, from: w.Client(from), to: w.Client(to)}
	if i < 0 || p.from == nil || p.to == nil || p.from == p.to {
		return Crossed{}, fmt.Errorf("no crossing %q from client %q to client %q", name, from, to)
	}

	c := crossings[i]
	subject := c.apply(p)
	deviating, client := p.to, to
	if c.ofMSP {
		deviating, client = w.MSP, snapshot.FleetClient
	}
	deviating.deviates(c.breaks, subject)
	state := c.state
	if c.hops > 0 && state == "" {
		state = "live"
	}

	planted := Crossed{Planted: Planted{client, c.breaks, subject}, Kind: c.kind, Hops: c.hops, State: state}
	if p.also != "" {
		p.from.deviates(c.breaks, p.also)
		planted.Also = []Planted{{from, c.breaks, p.also}}
	}
	return planted, nil
}

// Between are crossings of which everything is planted that they break, also in the sense of
// controls of one tenant: one at least for each control that compares clients.
var Between = []string{
	"a guest is from another client", "cross-tenant access names another client", "an application is another client's",
	"a vendor's application controls two clients", "two clients have one certificate",
	"two clients trust one pipeline", "two clients manage one device", "two clients have one push certificate",
	"another client has a role by Lighthouse", "logs go to another client", "two clients keep logs in one place",
	"another client's network reaches a vault", "two clients trust one network location",
	"a domain is below another client's", "messages about a client go to another one",
}

// ByMSP is a crossing of which everything is planted that it breaks, also in the sense of controls of
// the MSP's own tenant. It is no part of [Between], for other flaws of a drawn fleet let people of the
// MSP reach clients, too.
const ByMSP = "an application controls more clients than was agreed, on both sides of a wall"

// CrossBetween plants all of [Between] from one client to another, where the world has both.
func (w *World) CrossBetween(from, to string) error {
	if w.Client(from) == nil || w.Client(to) == nil {
		return nil
	}
	for _, name := range Between {
		if _, err := w.Cross(name, from, to); err != nil {
			return err
		}
	}
	return nil
}

// demoClients is how many clients the demo has. What may be wrong with each of them is known.
const demoClients = 12

// LimitMSP makes promises for the MSP's own people that those who administer it, or may activate
// that, have broken in the demo already: a wall between the two clients that [World.CrossBetween]
// crossed, to both of which they come by the MSP's application, and three clients for each of
// them, where flaws of others let them reach four. Larger worlds draw their flaws, and have neither.
func (w *World) LimitMSP(from, to string) {
	p := &pair{World: w, from: w.Client(from), to: w.Client(to)}
	if p.from == nil || p.to == nil || len(w.Clients) != demoClients {
		return
	}

	p.wall()
	w.maxReach = 3
	members := w.MSP.dir.members
	people := append(slices.Clone(members[:3]), members[len(members)-1])
	p.deviate("RF-M-12", people)
	p.deviate("RF-F-17", people)
}

// crossings are what is wrong between two clients.
var crossings = []crossing{
	// Guests.
	{name: "a guest is from another client", breaks: "RF-F-01", kind: "guest-home",
		apply: func(p *pair) string { return "entra.users/" + p.invite(p.to, nil) }},
	{name: "a guest is from another client's domain, and nobody there",
		breaks: "RF-F-01", kind: "guest-domain",
		apply: func(p *pair) string {
			id := p.to.guid("crossing guest")
			p.to.addUser(with(p.to.external(id, "gone", p.from.Domain, "ExternalAzureAD"), object{"userType": "Guest"}))
			return "entra.users/" + id
		}},
	{name: "a guest from another client has a role over a part", breaks: "RF-F-01", kind: "guest-home",
		apply: func(p *pair) string {
			id := p.invite(p.to, nil)
			p.to.holdRole(id, "User Administrator", "/administrativeUnits/"+p.to.guid("administrative unit"))
			return "entra.users/" + id
		}},
	{name: "a guest from another client controls the tenant", breaks: "RF-F-16", kind: "guest-home", hops: 2,
		apply: func(p *pair) string {
			p.to.holdRole(p.invite(p.to, nil), "Global Administrator", "/")
			return p.to.subject()
		}},
	{name: "an invited guest from another client will control the tenant",
		breaks: "RF-F-16", kind: "guest-home",
		hops: 2, state: "jit",
		apply: func(p *pair) string {
			id := p.invite(p.to, object{"externalUserState": "PendingAcceptance"})
			p.to.holdRole(id, "Global Administrator", "/")
			return p.to.subject()
		}},
	{name: "a disabled guest from another client could control the tenant",
		breaks: "RF-F-16", kind: "guest-home",
		hops: 2, state: "potential",
		apply: func(p *pair) string {
			p.to.holdRole(p.invite(p.to, object{"accountEnabled": false}), "Global Administrator", "/")
			return p.to.subject()
		}},

	// Applications and their credentials.
	{name: "an application is another client's", breaks: "RF-F-03", kind: "app-home",
		apply: func(p *pair) string { return "entra.service_principals/" + p.consent() }},
	{name: "another client's application controls the tenant", breaks: "RF-F-16", kind: "app-home", hops: 2,
		apply: func(p *pair) string {
			p.to.control(p.consent())
			return p.to.subject()
		}},
	{name: "two clients have one certificate", breaks: "RF-F-05", kind: "app-credential",
		apply: func(p *pair) string { return p.shareCertificate() }},
	{name: "two clients have one certificate, which controls the tenant",
		breaks: "RF-F-16", kind: "app-credential",
		hops: 3,
		apply: func(p *pair) string {
			p.shareCertificate()
			p.also = "" // it is the path that deviates, and that leads one way
			p.to.control(p.to.plainApp())
			return p.to.subject()
		}},
	{name: "two clients trust one pipeline", breaks: "RF-F-06", kind: "workload",
		apply: func(p *pair) string {
			o := object{"id": p.to.guid("crossing pipeline"), "name": "shared", "description": nil,
				"issuer":    "https://token.actions.githubusercontent.com",
				"audiences": []any{"api://AzureADTokenExchange"},
				"subject":   "repo:" + p.from.Label + "/shared:ref:refs/heads/main"}
			for _, t := range []*Tenant{p.from, p.to} {
				at := "/graph/applications/" + t.registrationOf(t.plainApp()) + "/federatedIdentityCredentials"
				t.put(at, with(o, object{}))
			}
			p.also = subjectIn(p.from.registrationOf(p.from.plainApp()), "entra.federated_credentials", o)
			return subjectIn(p.to.registrationOf(p.to.plainApp()), "entra.federated_credentials", o)
		}},

	// Devices, logs and keys.
	{name: "two clients manage one device", breaks: "RF-F-07", kind: "device",
		apply: func(p *pair) string {
			at := devicesPath + "/managedDevices"
			theirs, ours := p.from.at(at)[0], p.to.at(at)[0]
			ours["serialNumber"], ours["manufacturer"] = theirs["serialNumber"], theirs["manufacturer"]
			p.also = "intune.managed_devices/" + theirs["id"].(string)
			for _, registered := range p.from.at(devicesPath + "/windowsAutopilotDeviceIdentities") {
				if registered["serialNumber"] == theirs["serialNumber"] {
					p.from.deviates("RF-F-07", "intune.autopilot_devices/"+registered["id"].(string))
				}
			}
			return "intune.managed_devices/" + ours["id"].(string)
		}},
	{name: "logs go to another client", breaks: "RF-F-10", kind: "log-home", hops: 1,
		apply: func(p *pair) string {
			s := &site{Tenant: p.to, sub: p.to.subscriptions[0]}
			setting := s.activitySetting()
			setting["properties"].(object)["workspaceId"] = p.from.subscriptions[0].path(
				"/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-central")
			p.to.deviates("RF-F-16", p.to.subject()) // a log is a target, too
			return subjectIn(s.sub.id, "azure.diagnostic_settings", setting)
		}},
	{name: "a key is in another client's vault", breaks: "RF-F-16", kind: "decrypt", hops: 1,
		apply: func(p *pair) string {
			p.to.addDisks(p.to.rand("crossing"), p.to.subscriptions[0], "crossed",
				p.from.keyURL(p.from.keyHost, "disks"))
			return p.to.subject()
		}},

	// What each of them declares, or trusts.
	{name: "cross-tenant access names another client", breaks: "RF-F-02", kind: "partner",
		apply: func(p *pair) string {
			p.to.addPartnerEntry(p.from.ID, nil)
			p.to.deviates("RF-T-07", "entra.cross_tenant_partners/"+p.from.ID) // it is not declared, either
			return "entra.cross_tenant_partners/" + p.from.ID
		}},
	{name: "another client synchronises users", breaks: "RF-F-02", kind: "sync",
		apply: func(p *pair) string {
			s := &site{Tenant: p.to}
			s.plantSync(p.to.addPartnerEntry(p.from.ID, nil), true)
			return subjectIn(p.from.ID, "entra.cross_tenant_identity_sync", object{"tenantId": p.from.ID})
		}},
	{name: "another client's people come in without an account", breaks: "RF-F-02", kind: "direct-connect",
		apply: func(p *pair) string {
			p.to.addPartnerEntry(p.from.ID, object{"b2bDirectConnectInbound": object{
				"usersAndGroups": everyone, "applications": officeOnly}})
			return "entra.cross_tenant_partners/" + p.from.ID
		}},
	{name: "a vendor's application controls two clients", breaks: "RF-F-04", kind: "vendor-app",
		apply: func(p *pair) string {
			p.from.control(p.from.dir.foreignApp)
			p.to.control(p.to.dir.foreignApp)
			p.also = "entra.service_principals/" + p.from.dir.foreignApp
			for _, t := range []*Tenant{p.from, p.to} { // nor is it in its manifest
				t.deviates("RF-M-10", "entra.service_principals/"+t.dir.foreignApp)
			}
			return "entra.service_principals/" + p.to.dir.foreignApp
		}},
	{name: "two clients have one identity provider", breaks: "RF-F-06", kind: "signing-certificate", hops: 2,
		apply: func(p *pair) string {
			settings := object{"signingCertificate": p.from.certificate("crossing provider")}
			for _, t := range []*Tenant{p.from, p.to} {
				(&site{Tenant: t}).federate("login", settings)
			}
			federation := func(t *Tenant) string {
				domain := "login." + t.Domain
				o := t.at("/graph/domains/" + domain + "/federationConfiguration")[0]
				return subjectIn(domain, "entra.domain_federation", o)
			}
			p.also = federation(p.from)
			return federation(p.to)
		}},
	{name: "two clients sign tokens with one key", breaks: "RF-F-06", kind: "signing-key",
		apply: func(p *pair) string {
			const thumbprint = "0123456789ABCDEF0123456789ABCDEF01234567"
			for _, t := range []*Tenant{p.from, p.to} {
				t.dir.byID[t.plainApp()]["preferredTokenSigningKeyThumbprint"] = thumbprint
			}
			p.also = "entra.service_principals/" + p.from.plainApp()
			return "entra.service_principals/" + p.to.plainApp()
		}},
	{name: "two clients have one push certificate", breaks: "RF-F-08", kind: "mdm-binding",
		apply: func(p *pair) string {
			at := devicesPath + "/applePushNotificationCertificate"
			p.to.at(at)[0]["topicIdentifier"] = p.from.at(at)[0]["topicIdentifier"]
			p.also = "intune.apple_push_certificate/default"
			return p.also
		}},
	{name: "another client has a role by Lighthouse", breaks: "RF-F-09", kind: "lighthouse",
		apply: func(p *pair) string {
			sub := p.to.subscriptions[0]
			p.to.delegate(sub, "/resourceGroups/rg-app-prod", p.from.ID, p.from.Name)
			p.to.deviates("RF-M-07", "azure.subscriptions/"+sub.id) // nor is it a declared provider
			return subjectIn(sub.id, "azure.lighthouse_assignments",
				p.to.delegation(sub, sub.path("/resourceGroups/rg-app-prod"), p.from.ID, p.from.Name))
		}},
	{name: "two clients keep logs in one place", breaks: "RF-F-11", kind: "log-sink",
		apply: func(p *pair) string {
			sink := "/subscriptions/" + guid(p.Seed, "vendor", "subscription") + "/resourceGroups/rg-logs" +
				"/providers/Microsoft.Storage/storageAccounts/stshared"
			for _, t := range []*Tenant{p.from, p.to} {
				setting := (&site{Tenant: t, sub: t.subscriptions[0]}).activitySetting()
				setting["properties"].(object)["storageAccountId"] = sink
			}
			setting := func(t *Tenant) string {
				s := &site{Tenant: t, sub: t.subscriptions[0]}
				return subjectIn(s.sub.id, "azure.diagnostic_settings", s.activitySetting())
			}
			p.also = setting(p.from)
			return setting(p.to)
		}},
	{name: "another client's network reaches a vault", breaks: "RF-F-12", kind: "network",
		apply: func(p *pair) string {
			s := &site{Tenant: p.to, vault: p.to.firstVault()}
			s.endpoint(p.from.subscriptions[0].path("/resourceGroups/rg-network/providers/Microsoft.Network")+
				"/privateEndpoints/pe-vault", "Approved")
			p.to.deviates("RF-K-05", subjectIn(p.to.subscriptions[0].id, "keyvault.vaults", s.vault))
			return subjectIn(p.to.subscriptions[0].id, "keyvault.vaults", s.vault)
		}},
	{name: "two clients trust one network location", breaks: "RF-F-13", kind: "trusted-location",
		apply: func(p *pair) string {
			theirs, ours := p.from.at(locationsPath)[0], p.to.at(locationsPath)[0]
			ours["ipRanges"] = theirs["ipRanges"]
			p.also = "entra.named_locations/" + theirs["id"].(string)
			return "entra.named_locations/" + ours["id"].(string)
		}},
	{name: "a domain is below another client's", breaks: "RF-F-14", kind: "domain",
		apply: func(p *pair) string {
			name := "mail." + p.from.Domain
			(&site{Tenant: p.to}).addDomain(name, true)
			p.to.deviates("RF-T-16", "entra.domains/"+name)
			p.also = "entra.domains/" + p.from.Domain
			return "entra.domains/" + name
		}},
	{name: "messages about a client go to another one", breaks: "RF-F-15", kind: "contact",
		apply: func(p *pair) string {
			(&site{Tenant: p.to}).organization()["technicalNotificationMails"] = []any{"it@" + p.from.Domain}
			return p.to.subject()
		}},
	{name: "another client governs a vault", breaks: "RF-F-16", kind: "vault-tenant", hops: 1,
		apply: func(p *pair) string {
			p.to.firstVault()["properties"].(object)["tenantId"] = p.from.ID
			return p.to.subject()
		}},

	// Through the MSP.
	{name: "technicians activate control of clients of two cells", breaks: "RF-M-12", kind: "gdap", ofMSP: true,
		apply: func(p *pair) string {
			p.wall()
			p.deviate("RF-M-12", p.administer(p.MSP.guid("crossing technicians")))
			return "entra.users/" + p.MSP.dir.members[0]
		}},
	{name: "a technician controls clients of two cells", breaks: "RF-M-12", kind: "gdap", ofMSP: true,
		apply: func(p *pair) string {
			p.wall()
			group, technician := p.MSP.guid("crossing technicians"), p.MSP.dir.members[4]
			p.deviate("RF-M-12", p.administer(group))
			p.MSP.addMembers(group, "#microsoft.graph.user", []string{technician})
			p.MSP.deviates("RF-M-11", "entra.groups/"+group) // who is in it for good
			return "entra.users/" + technician
		}},
	{name: "a technician owns an application that controls clients of two cells",
		breaks: "RF-M-12", kind: "app-home", ofMSP: true,
		apply: func(p *pair) string {
			p.wall()
			p.deviate("RF-M-12", p.own(p.MSP.dir.members[4]))
			return "entra.users/" + p.MSP.dir.members[4]
		}},
	{name: "technicians activate control of more clients than was agreed",
		breaks: "RF-F-17", kind: "gdap", ofMSP: true,
		apply: func(p *pair) string {
			p.maxReach = 1
			p.deviate("RF-F-17", p.administer(p.MSP.guid("crossing technicians")))
			return "entra.users/" + p.MSP.dir.members[0]
		}},
	{name: ByMSP, breaks: "RF-F-17", kind: "app-home", ofMSP: true,
		apply: func(p *pair) string {
			p.wall()
			p.maxReach = 1
			people := p.own(p.MSP.dir.members[4])
			p.deviate("RF-F-17", people)
			p.deviate("RF-M-12", people)
			return "entra.applications/" + p.MSP.registrationOf(p.MSP.dir.apps[0])
		}},
	{name: "another client's guest at the MSP is in a partner group",
		breaks: "RF-F-16", kind: "guest-home", hops: 3,
		apply: func(p *pair) string {
			group := p.to.guid("crossing group")
			p.MSP.putPartnerGroup(group, "GDAP crossing", nil)
			p.MSP.addMembers(group, "#microsoft.graph.user", []string{p.invite(p.MSP, nil)})
			p.to.addRelationship(p.MSP, p.to.rand("crossing"), relationship{key: "crossing",
				name: p.to.Label + " - emergency", status: "active", created: "2025-03-04T05:06:07",
				roles: globalAdmin, group: group})
			return p.to.subject()
		}},
	{name: "another client's guest owns the MSP's application",
		breaks: "RF-F-16", kind: "guest-home", hops: 4,
		apply: func(p *pair) string {
			guest := p.invite(p.MSP, nil)
			p.MSP.putDirectoryObjects("/graph/applications/"+p.MSP.registrationOf(p.MSP.dir.apps[0])+"/owners",
				"#microsoft.graph.user", []string{guest})
			p.to.control(p.automation())
			return p.to.subject()
		}},
	{name: "another client's guest at the MSP gets to keys", breaks: "RF-F-16", kind: "guest-home", hops: 5,
		apply: func(p *pair) string {
			guest, sub := p.invite(p.MSP, nil), p.to.subscriptions[0]
			p.MSP.putDirectoryObjects("/graph/applications/"+p.MSP.registrationOf(p.MSP.dir.apps[0])+"/owners",
				"#microsoft.graph.user", []string{guest})
			p.to.assign(sub, sub.path("/resourceGroups/rg-keys"), "Key Vault Administrator", p.automation(),
				"ServicePrincipal")
			return p.to.subject()
		}},
	{name: "another client's guest controls the MSP", breaks: "RF-F-16", kind: "guest-home", hops: 6,
		apply: func(p *pair) string {
			p.MSP.holdRole(p.invite(p.MSP, nil), "Global Administrator", "/")
			p.to.control(p.automation())
			return p.to.subject()
		}},
	{name: "another client's guest administers the MSP's applications",
		breaks: "RF-F-16", kind: "guest-home", hops: 6,
		apply: func(p *pair) string {
			group := p.MSP.addGroup("application managers "+p.to.Label, "Application managers", "role", nil, nil)
			p.MSP.addMembers(group, "#microsoft.graph.user", []string{p.invite(p.MSP, nil)})
			p.MSP.holdRole(group, "Application Administrator", "/")
			p.to.control(p.automation())
			return p.to.subject()
		}},
}

// wall puts the two clients into cells that nobody may bridge.
func (p *pair) wall() {
	p.walls = append(p.walls, []string{"red", "blue"})
	p.from.promise(`cell = "red"`)
	p.to.promise(`cell = "blue"`)
}

// administer makes a group of the MSP, of which three people may become members by themselves,
// administrator of both clients, and returns all who are that now: who administers the MSP, too.
func (p *pair) administer(group string) (people []string) {
	p.MSP.putPartnerGroup(group, "GDAP everywhere", nil)
	for _, t := range []*Tenant{p.from, p.to} {
		t.addRelationship(p.MSP, t.rand("crossing"), relationship{key: "crossing",
			name: t.Label + " - everything", status: "active", created: "2025-03-04T05:06:07",
			roles: globalAdmin, group: group})
	}

	members := p.MSP.dir.members
	return append(slices.Clone(members[:3]), members[len(members)-1])
}

// own makes somebody of the MSP the owner of an application that controls both clients, and returns
// all who control them now: its other owner, and who administers the MSP, too.
func (p *pair) own(owner string) (people []string) {
	p.MSP.putDirectoryObjects("/graph/applications/"+p.MSP.registrationOf(p.MSP.dir.apps[0])+"/owners",
		"#microsoft.graph.user", []string{owner})
	for _, to := range []*pair{p, {World: p.World, from: p.to, to: p.from}} {
		program := to.automation()
		to.to.control(program)
		to.to.deviates("RF-M-10", "entra.service_principals/"+program) // it is in no manifest
	}

	members := p.MSP.dir.members
	return []string{owner, members[0], members[1], members[len(members)-1]}
}

// deviate plants that people of the MSP deviate.
func (p *pair) deviate(control string, people []string) {
	for _, id := range people {
		p.MSP.deviates(control, "entra.users/"+id)
	}
}

// firstVault is the client's first vault.
func (t *Tenant) firstVault() object {
	return t.at("/arm" + t.subscriptions[0].path("/providers/Microsoft.KeyVault/vaults"))[0]
}

// plainApp is an application of the tenant's own that holds nothing.
func (t *Tenant) plainApp() string { return t.dir.apps[len(t.dir.apps)-1] }

// subject is the tenant itself, of which paths are found.
func (t *Tenant) subject() string { return "entra.organization/" + t.ID }

// invite makes somebody of the first client a guest of a tenant.
func (p *pair) invite(host *Tenant, more object) string {
	name := p.from.dir.byID[p.from.dir.members[1]]["userPrincipalName"].(string)
	local, domain, _ := strings.Cut(name, "@")
	id := host.guid("crossing guest", p.from.Label)
	guest := with(host.external(id, local, domain, "ExternalAzureAD"), object{"userType": "Guest"})
	return host.addUser(with(guest, more))
}

// consent puts an application of the first client into the second one.
func (p *pair) consent() string {
	app := p.from.dir.byID[p.from.dir.apps[0]]
	return p.to.addApplication(p.to.guid("crossing application"), app["appId"].(string), "Shared tool", p.from.ID)
}

// automation puts an application of the MSP, which is registered there, into the second client.
func (p *pair) automation() string {
	app := p.MSP.dir.byID[p.MSP.dir.apps[0]]
	return p.to.addApplication(p.to.guid("crossing automation"), app["appId"].(string), "Northwind Automation",
		p.MSP.ID)
}

// shareCertificate gives an application of both clients one certificate.
func (p *pair) shareCertificate() string {
	find := func(t *Tenant) object {
		i := slices.IndexFunc(t.at("/graph/applications"), func(o object) bool {
			return o["id"] == t.registrationOf(t.plainApp())
		})
		return t.at("/graph/applications")[i]
	}

	one := []any{object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": nil, "displayName": "shared",
		"customKeyIdentifier": p.from.certificate("crossing"), "keyId": p.from.guid("crossing key"),
		"startDateTime": "2025-01-02T03:04:05Z", "endDateTime": "2027-01-02T03:04:05Z"}}
	find(p.from)["keyCredentials"], find(p.to)["keyCredentials"] = one, one
	p.also = "entra.applications/" + find(p.from)["id"].(string)
	return "entra.applications/" + find(p.to)["id"].(string)
}

// control gives a service principal an application permission that controls the tenant.
func (t *Tenant) control(principal string) {
	t.assignRole(principal, t.dir.firstParty[0], "Microsoft Graph", "Application.ReadWrite.All")
}

// holdRole gives a directory role to somebody, over the tenant ("/") or a part of it.
func (t *Tenant) holdRole(principal, role, scope string) {
	h := holding{principal: principal, role: roleID(role)}
	t.put("/graph/roleManagement/directory/roleAssignments", object{"id": h.id(), "principalId": principal,
		"roleDefinitionId": h.role, "directoryScopeId": scope, "resourceScope": scope})
}

package emulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judge finds, by the facts that the catalogue of invariants gives, what
// deviates in a tenant's data, its relationships in the MSP's tenant included.
type judge struct {
	*Tenant
	world *World
	found []Planted
}

func (j *judge) add(control, dataset string, o object) {
	id := fmt.Sprint(o["id"])
	switch {
	case dataset == "entra.cross_tenant_default":
		id = "default"
	case dataset == "azure.subscriptions":
		id = o["subscriptionId"].(string)
	case strings.HasPrefix(id, "/"):
		id = strings.ToLower(id[1:])
	}

	j.found = append(j.found, Planted{j.Label, control, dataset + "/" + id})
}

// TestEveryPlantIsInTheData judges the data of fleets by hand and expects the
// list of what was planted for the ten controls.
func TestEveryPlantIsInTheData(t *testing.T) {
	for _, w := range []*World{Generate(1, 12), GenerateClients(1, keys(alone)), Generate(7, 120)} {
		var found []Planted
		for _, c := range w.Clients {
			j := &judge{Tenant: c, world: w}
			j.directory()
			j.roles()
			j.partner()

			for _, sub := range c.subs {
				if c.seesSubscription(sub.id) {
					j.vaults(sub)
					j.keys(sub)
					j.declared(sub)
					j.delegations(sub)
				}
			}

			found = append(found, j.found...)
		}

		found = append(found, w.strangers()...)
		want := slices.DeleteFunc(w.Planted(), func(p Planted) bool { return slices.Contains([]string{"RF-T-08", "RF-K-04", "RF-G-03"}, p.Control) })
		for _, list := range [][]Planted{want, found} {
			slices.SortFunc(list, func(a, b Planted) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}

		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("planted and what the data say differ (-planted +data):\n%s", diff)
		}
	}
}

func (j *judge) directory() {
	for _, o := range j.data["/graph/organization"] {
		if c, known := o["countryLetterCode"].(string); known && !slices.Contains(fenceOf(j.fence).countries, c) {
			j.add("RF-G-01", "entra.organization", o)
		}
	}
	for _, o := range j.data["/graph/policies/crosstenantaccesspolicy/default"] {
		text := string(encode(o["b2bCollaborationInbound"]))
		if strings.Contains(text, `"AllUsers"`) && strings.Contains(text, `"AllApplications"`) && !strings.Contains(text, "blocked") {
			j.add("RF-T-01", "entra.cross_tenant_default", o)
		}
	}
}

// foreign are ids of users and applications that are not the tenant's own, and
// of groups with one of them in it or eligible for it.
func (j *judge) foreign() map[string]bool {
	ids := map[string]bool{}
	for _, o := range j.data["/graph/users"] {
		if strings.Contains(o["userPrincipalName"].(string), "#EXT#") {
			ids[o["id"].(string)] = true
		}
	}

	for _, o := range j.data["/graph/serviceprincipals"] {
		if owner := o["appOwnerOrganizationId"]; owner == vendorID(j.seed) {
			ids[o["id"].(string)] = true
		}
	}

	for _, g := range j.data["/graph/groups"] {
		id := g["id"].(string)
		in := append(slices.Clone(j.data["/graph/groups/"+id+"/members"]), j.data[strings.ToLower(groupEligibility)]...)
		if g["isAssignableToRole"] == true && slices.ContainsFunc(in, func(o object) bool { return ids[fmt.Sprint(o["principalId"])] || ids[o["id"].(string)] }) {
			ids[id] = true
		}
	}

	return ids
}

func (j *judge) roles() {
	foreign := j.foreign()
	for path, dataset := range map[string]string{"roleassignments": "role_assignments", "roleassignmentscheduleinstances": "role_assignment_instances", "roleeligibilityscheduleinstances": "role_eligibility"} {
		for _, o := range j.data["/graph/rolemanagement/directory/"+path] {
			home, has := o["principalOrganizationId"]
			if foreign[o["principalId"].(string)] || has && home != j.ID && home != j.world.MSP.ID {
				j.add("RF-T-11", "entra."+dataset, o)
			}
		}
	}
}

func (j *judge) partner() {
	served := false
	for _, o := range j.world.MSP.data[strings.ToLower(relationshipsPath)] {
		customer, _ := o["customer"].(object)
		if customer["tenantId"] != j.ID {
			continue
		}

		served = served || o["status"] == "active"
		roles := string(encode(o["accessDetails"]))
		powerful := slices.ContainsFunc([]string{"62e90394-", "e8611ab8-", "7be44c8a-"}, func(id string) bool { return strings.Contains(roles, id) })
		if powerful && (o["status"] == "active" || o["status"] == "expiring") {
			j.add("RF-M-02", "gdap.relationships", o)
		}
	}

	if !served {
		j.found = append(j.found, Planted{"fleet", "RF-M-01", "client/" + j.Label})
	}
}

// strangers are relationships in force with nobody's client.
func (w *World) strangers() (found []Planted) {
	for _, o := range w.MSP.data[strings.ToLower(relationshipsPath)] {
		customer, _ := o["customer"].(object)
		if w.tenant(fmt.Sprint(customer["tenantId"])) == nil && (o["status"] == "active" || o["status"] == "expiring") {
			found = append(found, Planted{"fleet", "RF-M-01", "gdap.relationships/" + o["id"].(string)})
		}
	}

	return found
}

func (j *judge) outside(location any) bool {
	return !slices.Contains(fenceOf(j.fence).regions, strings.ToLower(strings.ReplaceAll(fmt.Sprint(location), " ", "")))
}

func (j *judge) vaults(sub *subscription) {
	own, gone := map[string]bool{}, map[string]bool{}
	for _, o := range j.data["/graph/users"] {
		own[o["id"].(string)] = !strings.Contains(o["userPrincipalName"].(string), "#EXT#")
	}

	for _, o := range j.data["/graph/directory/deleteditems/microsoft.graph.user"] {
		gone[o["id"].(string)] = true
	}

	for _, o := range j.data[strings.ToLower("/arm"+sub.path("/providers/Microsoft.KeyVault/vaults"))] {
		p := o["properties"].(object)
		if p["tenantId"] != j.ID {
			j.add("RF-K-01", "keyvault.vaults", o)
		}

		pair := ""
		for _, l := range regions {
			if l.name == o["location"] && l.pair != "-" {
				pair = l.pair
			}
		}

		if j.outside(o["location"]) || pair != "" && j.outside(pair) {
			j.add("RF-G-06", "keyvault.vaults", o)
		}

		for _, entry := range p["accessPolicies"].([]any) {
			a := entry.(object)
			member, known := own[a["objectId"].(string)]
			if a["tenantId"] != j.ID || gone[a["objectId"].(string)] || known && !member && strings.Contains(string(encode(a)), "unwrapKey") {
				j.add("RF-K-02", "keyvault.vaults", o)
			}
		}
	}

	for _, o := range j.data[strings.ToLower("/arm"+sub.path("/providers/Microsoft.KeyVault/managedHSMs"))] {
		p := o["properties"].(object)
		if p["tenantId"] != j.ID {
			j.add("RF-K-01", "keyvault.managed_hsms", o)
		}
		if slices.ContainsFunc(p["regions"].([]any), func(r any) bool { return j.outside(r.(object)["name"]) }) {
			j.add("RF-G-06", "keyvault.managed_hsms", o)
		}
	}
}

// keys looks for the address of a key that no vault of the client's has.
func (j *judge) keys(sub *subscription) {
	var hosts []string
	for _, typ := range []string{"vaults", "managedhsms"} {
		for _, o := range j.data["/arm"+sub.path("/providers/microsoft.keyvault/"+typ)] {
			p := o["properties"].(object)
			for _, name := range []string{"vaultUri", "hsmUri"} {
				if uri, has := p[name].(string); has && p["tenantId"] == j.ID {
					hosts = append(hosts, strings.TrimSuffix(strings.TrimSuffix(uri, "/"), ":443"))
				}
			}
		}
	}

	for path, dataset := range map[string]string{"microsoft.compute/diskencryptionsets": "disk_encryption_sets", "microsoft.storage/storageaccounts": "storage_accounts", "microsoft.sql/servers": ""} {
		for _, o := range j.data["/arm"+sub.path("/providers/"+path)] {
			text := strings.ToLower(string(encode(o["properties"])))
			for _, h := range hosts {
				text = strings.ReplaceAll(text, h, "")
			}

			if !strings.Contains(text, ".vault.") && !strings.Contains(text, ".managedhsm.") {
				continue
			}

			if dataset == "" {
				o = j.data["/arm"+strings.ToLower(o["id"].(string))+"/encryptionprotector"][0]
				j.add("RF-K-10", "azure.sql_encryption_protectors", o)
				continue
			}

			j.add("RF-K-10", "azure."+dataset, o)
		}
	}
}

// declared looks for vaults that are declared and deleted.
func (j *judge) declared(sub *subscription) {
	for _, o := range j.data[strings.ToLower("/arm"+sub.path("/providers/Microsoft.KeyVault/deletedVaults"))] {
		id := o["properties"].(object)["vaultId"].(string)
		if slices.Contains(j.Tenant.vaults, id) {
			j.add("RF-K-14", "keyvault.vaults", object{"id": id})
		}
	}
}

func (j *judge) delegations(sub *subscription) {
	body := j.data["/arm"+sub.path("")][0]
	text := string(encode(body))
	for path, list := range j.data {
		if strings.HasPrefix(path, "/arm"+sub.path("/")) && strings.HasSuffix(path, "/registrationassignments") {
			text += string(encode(list))
		}
	}

	if strings.Contains(text, j.undeclared()) {
		j.add("RF-M-07", "azure.subscriptions", body)
	}
}

// TestAlone: a client that is to break one control breaks that one alone, and a
// small client without a story's flaws breaks none.
func TestAlone(t *testing.T) {
	w := GenerateClients(1, keys(alone))
	got := map[string][]string{}
	for _, p := range w.Planted() {
		label := p.Client
		if p.Client == "fleet" {
			label = strings.TrimPrefix(p.Subject, "client/")
		}
		got[label] = append(got[label], p.Control)
	}

	for label := range alone {
		if want := []string{strings.ToUpper(strings.TrimPrefix(label, "alone-"))}; !slices.Equal(got[label], want) {
			t.Errorf("%s breaks %v, want %v", label, got[label], want)
		}
	}
}

// TestPlantsOfTheDefaultFleet: each control at least twice, a declared vault that
// is deleted once, nothing where it cannot be judged.
func TestPlantsOfTheDefaultFleet(t *testing.T) {
	counts, azure := map[string]int{}, map[string]bool{"RF-M-07": true, "RF-K-01": true, "RF-K-02": true, "RF-K-10": true, "RF-K-14": true, "RF-G-06": true, "RF-K-04": true, "RF-G-03": true}
	for _, p := range Generate(1, 12).Planted() {
		counts[p.Control]++
		if p.Client == "proseware" || azure[p.Control] && (p.Client == "wingtip" || p.Client == "litware") {
			t.Errorf("planted where nobody sees it: %v", p)
		}
		if p.Client == "fleet" != (p.Control == "RF-M-01") {
			t.Errorf("planted for the wrong result: %v", p)
		}
	}

	for _, control := range []string{"RF-T-01", "RF-T-08", "RF-T-11", "RF-M-01", "RF-M-02", "RF-M-07", "RF-K-01", "RF-K-02", "RF-K-04", "RF-K-10", "RF-G-01", "RF-G-03", "RF-G-06"} {
		if counts[control] < 2 {
			t.Errorf("%s is planted %d times, want at least 2", control, counts[control])
		}
	}

	if counts["RF-K-14"] != 1 {
		t.Errorf("RF-K-14 is planted %d times, want once", counts["RF-K-14"])
	}
}

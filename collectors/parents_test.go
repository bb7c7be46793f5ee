package collectors

import (
	"net/http"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

const protectors = "azure.sql_encryption_protectors"

func sqlServer(sub, name string) object {
	return object{"id": "/subscriptions/" + sub + "/resourceGroups/RG/providers/Microsoft.Sql/servers/" + name, "name": name, "location": "westeurope", "properties": object{}}
}

func protector(server object) object {
	return object{"id": server["id"].(string) + "/encryptionProtector/current", "name": "current", "properties": object{"serverKeyType": "ServiceManaged"}}
}

// withServer puts a SQL server, named by a digit, into a subscription.
func (f *fake) withServer(sub, name string) {
	server := sqlServer(sub, name)
	f.answers["/arm/subscriptions/"+sub+"/providers/Microsoft.Sql/servers"] = listOf(server)
	f.answers["/arm"+strings.ToLower(server["id"].(string))+"/encryptionProtector"] = listOf(protector(server))
}

// TestParents: a dataset that is read per document of another is no more
// complete than that one. Scopes are named by their last character.
func TestParents(t *testing.T) {
	const unproven = "(visibility_unproven)"
	partialGroups := func(f *fake) {
		f.answers["/graph/v1.0/groups"] = answerJSON(object{"value": []any{group(0, true)}, "@odata.nextLink": f.srv.URL + "/graph/v1.0/groups/2"})
		f.answers["/graph/v1.0/groups/2"] = fail(500, "Internal", "")
	}
	for _, tc := range []struct {
		name    string
		set     func(f *fake)
		dataset string
		want    string
		proof   string
	}{
		{"no groups", func(*fake) {}, members, "complete", ""},
		{"groups denied", func(f *fake) { f.answers["/graph/v1.0/groups"] = fail(403, "Denied", "") }, members, "denied *=denied(Denied)", ""},
		{"groups half read", partialGroups, members, "partial *=partial(Internal) 0=complete", ""},
		{"a group of which little is shown", func(f *fake) {
			f.answers["/graph/v1.0/groups"] = listOf(group(0, true), object{"id": groupID(1), "securityEnabled": nil})
		}, members, "partial *=partial(incomplete_objects) 0=complete 1=skipped(parent_unclear)", ""},
		{"a member of which little is shown", func(f *fake) { f.answers[memberPath(0)] = listOf(object{"id": groupID(5)}) },
			members, "complete", ""}, // no group asks for it
		{"no role-assignable groups", partialGroups, "entra.group_eligibility", "partial *=partial(Internal)", ""},
		{"no SQL servers", func(*fake) {}, protectors, "complete", "role_assignment"},
		{"a server each", func(f *fake) { f.withServer(sub1, "x"); f.withServer(sub2, "y") }, protectors, "complete x=complete y=complete", "role_assignment"},
		{"servers of one subscription denied", func(f *fake) {
			f.withServer(sub1, "x")
			f.answers["/arm/subscriptions/"+sub2+"/providers/Microsoft.Sql/servers"] = fail(403, "AuthorizationFailed", "")
		}, protectors, "partial x=complete 2=denied(AuthorizationFailed)", ""},
		{"servers of both denied", func(f *fake) {
			for _, s := range []string{sub1, sub2} {
				f.answers["/arm/subscriptions/"+s+"/providers/Microsoft.Sql/servers"] = fail(403, "AuthorizationFailed", "")
			}
		}, protectors, "denied 1=denied(AuthorizationFailed) 2=denied(AuthorizationFailed)", ""},
		{"a server whose protector is gone", func(f *fake) {
			f.withServer(sub1, "x")
			delete(f.answers, "/arm/subscriptions/"+sub1+"/resourcegroups/rg/providers/microsoft.sql/servers/x/encryptionProtector")
		}, protectors, "error x=error(NotFound)", ""},
		{"a subscription without a role", func(f *fake) {
			f.withServer(sub1, "x")
			f.withServer(sub2, "y")
			f.answers["/arm/subscriptions/"+sub2+"/providers/Microsoft.Authorization/roleAssignments"] = listOf()
		}, protectors, "partial x=complete y=partial" + unproven + " 2=partial" + unproven, ""},
		{"a subscription that nobody sees", func(f *fake) {
			f.withServer(sub1, "x")
			f.answers["/arm/subscriptions"] = listOf(subscription(sub1))
		}, protectors, "partial x=complete 2=denied" + unproven, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := full(t, sub1, sub2)
			f.answers[memberPath(0)] = listOf()
			tc.set(f)

			c := mustRun(t, f.config(sub1, sub2)).Manifest.Datasets[tc.dataset]
			if got := inShort(c); got != tc.want || c.Proof != tc.proof {
				t.Errorf("%s %q; want %s %q", got, c.Proof, tc.want, tc.proof)
			}

			if c.StartedAt == "" || c.EndedAt == "" {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestNoAzureHasNoServers(t *testing.T) {
	f := full(t)
	c := mustRun(t, f.config()).Manifest.Datasets[protectors]
	if c.Status != snapshot.Complete || c.Proof != "declared" || c.Count != 0 || !c.Holds() {
		t.Errorf("%+v", c)
	}
}

// TestLighthouse: a subscription's delegations are those of its resource
// groups too, and are no more complete than the list of those.
func TestLighthouse(t *testing.T) {
	const dataset, provider = "azure.lighthouse_assignments", "/providers/Microsoft.ManagedServices/registrationAssignments"
	at := "/subscriptions/" + sub1

	delegation := func(scope, name string) object {
		return object{"id": scope + provider + "/" + name, "name": name, "properties": object{"registrationDefinitionId": "d",
			"registrationDefinition": object{"properties": object{"managedByTenantId": other}}}}
	}

	rg := at + "/resourceGroups/RG"
	for _, tc := range []struct {
		name string
		set  func(f *fake)
		want string
		n    int
	}{
		{"both", func(*fake) {}, "complete 1=complete", 2},
		{"the subscription's list shows the group's too", func(f *fake) {
			f.answers["/arm"+at+provider] = listOf(delegation(at, "1"), delegation(rg, "2"))
		}, "complete 1=complete", 2},
		{"one list shows one twice", func(f *fake) { f.answers["/arm"+at+provider] = listOf(delegation(at, "1"), delegation(at, "1")) },
			"complete 1=complete", 2},
		{"one list shows one in two ways", func(f *fake) {
			f.answers["/arm"+at+provider] = listOf(delegation(at, "1"), with(delegation(at, "1"), "x", 1))
		}, "error", 0},
		{"two lists show one in two ways", func(f *fake) {
			f.answers["/arm"+strings.ToLower(rg)+provider] = listOf(with(delegation(at, "1"), "x", 1))
		}, "error", 0},
		{"the group's is denied", func(f *fake) { f.answers["/arm"+strings.ToLower(rg)+provider] = fail(403, "AuthorizationFailed", "") },
			"partial 1=partial(AuthorizationFailed)", 1},
		{"the groups are denied", func(f *fake) { f.answers["/arm"+at+"/resourcegroups"] = fail(403, "AuthorizationFailed", "") },
			"partial 1=partial(AuthorizationFailed)", 1},
	} {
		f := full(t, sub1)
		f.answers["/arm"+at+"/resourcegroups"] = listOf(object{"id": rg, "name": "RG", "location": "westeurope"})
		f.answers["/arm"+at+provider] = listOf(delegation(at, "1"))
		f.answers["/arm"+strings.ToLower(rg)+provider] = listOf(delegation(rg, "2"))
		tc.set(f)

		c := mustRun(t, f.config(sub1)).Manifest.Datasets[dataset]
		if got := inShort(c); got != tc.want || c.Count != tc.n {
			t.Errorf("%s: %s, %d; want %s, %d", tc.name, got, c.Count, tc.want, tc.n)
		}
	}
}

// TestNotLicensed: end to end, for a list and for one that is read per group.
func TestNotLicensed(t *testing.T) {
	const at, eligible = "/graph/v1.0/", "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
	noLicence := func(w http.ResponseWriter, r *http.Request) { fail(400, "AadPremiumLicenseRequired", "P2")(w, r) }

	with := func(plans ...string) http.HandlerFunc {
		list := []any{}
		for _, p := range plans {
			list = append(list, object{"servicePlanName": p, "servicePlanId": "x", "provisioningStatus": "Success"})
		}
		return listOf(object{"id": "a", "skuId": "b", "skuPartNumber": "P", "capabilityStatus": "Enabled",
			"prepaidUnits": object{"enabled": 5}, "servicePlans": list})
	}

	for _, tc := range []struct {
		name        string
		skus        http.HandlerFunc
		roles, pims snapshot.Status
	}{
		{"without", with("AAD_PREMIUM"), snapshot.NotLicensed, snapshot.NotLicensed},
		{"with", with("AAD_PREMIUM_P2"), snapshot.Failed, snapshot.Failed},
		{"with another", with("entra_identity_governance"), snapshot.Failed, snapshot.Failed},
		{"not known", fail(403, "Denied", ""), snapshot.Denied, snapshot.Denied},
	} {
		f := full(t)
		one, two := group(0, true), group(1, true)
		one["isAssignableToRole"], two["isAssignableToRole"] = true, true
		f.answers[at+"groups"] = listOf(one, two)
		f.answers[memberPath(0)], f.answers[memberPath(1)] = listOf(), listOf()
		f.answers[at+"subscribedSkus"] = tc.skus
		f.answers[at+eligible], f.answers[at+"roleManagement/directory/roleEligibilityScheduleInstances"] = noLicence, noLicence
		m := mustRun(t, f.config()).Manifest.Datasets
		roles, pims := m["entra.role_eligibility"], m["entra.group_eligibility"]
		if roles.Status != tc.roles || pims.Status != tc.pims {
			t.Errorf("%s: %s %s", tc.name, roles.Status, pims.Status)
		}

		if pims.Holds() || roles.Holds() || !saysNoLicence(pims.Evidence) {
			t.Errorf("%s: %+v", tc.name, pims)
		}
	}
}

// saysNoLicence: the service's own word is kept, also where the SKUs contradict it.
func saysNoLicence(e *snapshot.Evidence) bool {
	return e != nil && strings.HasPrefix(e.Code+": "+e.Message, "AadPremiumLicenseRequired") ||
		e != nil && e.Code == snapshot.LicenceContradicted && strings.HasPrefix(e.Message, "AadPremiumLicenseRequired")
}

package collectors

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

const (
	ours    = "eeeeeeee-0000-4000-8000-000000000001-" + tenant
	ours2   = "eeeeeeee-0000-4000-8000-00000000000B-" + tenant // ids are verbatim
	msp     = "aaaaaaaa-0000-4000-8000-0000000000ff"
	gdapURL = "/graph/v1.0/tenantRelationships/delegatedAdminRelationships"
)

func theirs(stranger string) string { return "eeeeeeee-0000-4000-8000-000000000003-" + stranger }

func relationship(id, customer string) object {
	return object{"id": id, "displayName": "r of " + customer, "status": "active", "duration": "P1Y", "activatedDateTime": nil, "endDateTime": nil,
		"customer":      object{"tenantId": strings.ToUpper(customer), "displayName": "Name of " + customer},
		"accessDetails": object{"unifiedRoles": []any{}}}
}

func access(n int) object {
	return object{"id": fmt.Sprintf("ffffffff-0000-4000-8000-%012d", n), "status": "active",
		"accessContainer": object{"accessContainerId": groupID(n), "accessContainerType": "securityGroup"},
		"accessDetails":   object{"unifiedRoles": []any{}}}
}

func customer(of string) object {
	return object{"id": of, "tenantId": strings.ToUpper(of), "displayName": "Name of " + of}
}

func contract(with string) object {
	return object{"id": "c0000000-" + with[9:], "customerId": with, "contractType": "Contract", "displayName": "Name of " + with}
}

// ofTheMSP is the MSP's tenant: two relationships with the client, one with a
// stranger.
func ofTheMSP(t *testing.T, stranger string) *fake {
	f := newFake(t)
	f.answers["/graph/v1.0/organization"] = listOf(organizationOf(msp))
	f.answers["/graph/v1.0/subscribedSkus"] = listOf(sku("one"))
	f.answers["/graph/v1.0/tenantRelationships/delegatedAdminCustomers"] = listOf(customer(tenant), customer(stranger))
	f.answers["/graph/v1.0/contracts"] = listOf(contract(tenant), contract(stranger))
	f.answers["/graph/v1.0/users"] = listOf()
	f.answers["/graph/v1.0/groups"] = listOf()
	f.answers["/graph/v1.0/servicePrincipals"] = listOf()
	f.answers["/graph/v1.0/directory/tenantGovernance/governanceRelationships"] = listOf()
	f.answers["/graph/v1.0/identity/conditionalAccess/policies"] = listOf()
	f.answers[gdapURL] = listOf(relationship(ours, tenant), relationship(theirs(stranger), stranger), relationship(ours2, tenant))
	for i, id := range []string{ours, ours2, theirs(stranger)} {
		f.answers[gdapURL+"/"+id+"/accessAssignments"] = listOf(access(i), access(i+10))
	}

	return f
}

func (f *fake) asMSP() Config {
	cfg := f.config()
	cfg.Client, cfg.TenantID, cfg.Credential, cfg.Azure, cfg.Shared, cfg.MSP = "", msp, credentialOf(msp), nil, nil, true
	return cfg
}

func TestMSP(t *testing.T) {
	f := ofTheMSP(t, other)
	top := ""
	good := f.answers[gdapURL]
	f.answers[gdapURL] = func(w http.ResponseWriter, r *http.Request) { top = r.URL.RawQuery; good(w, r) }
	s := mustRun(t, f.asMSP())
	got := map[string]string{}
	for name, c := range s.Manifest.Datasets {
		got[name] = fmt.Sprintf("%s %d %d", c.Status, c.Count, len(c.Scopes))
	}

	want := map[string]string{"entra.organization": "complete 1 0", "entra.subscribed_skus": "complete 1 0",
		"gdap.relationships": "complete 3 0", "gdap.access_assignments": "complete 6 3",
		"gdap.customers": "complete 2 0", "entra.contracts": "complete 2 0",
		"entra.users": "complete 0 0", "entra.service_principals": "complete 0 0",
		"entra.governance_relationships": "complete 0 0", "entra.groups": "complete 0 0", "entra.group_members": "complete 0 0", "entra.group_owners": "complete 0 0",
		"entra.group_eligibility": "complete 0 0", "entra.conditional_access_policies": "complete 0 0"}
	if d := cmp.Diff(want, got); d != "" || s.Manifest.Client != "fleet" || top != "$top=300" {
		t.Errorf("%s %s %s", d, s.Manifest.Client, top)
	}

	var wrong *WrongTenantError
	f.answers["/graph/v1.0/organization"] = listOf(organizationOf(tenant))
	if _, err := Run(t.Context(), f.asMSP()); !errors.As(err, &wrong) {
		t.Errorf("%v", err)
	}
}

func TestMSPConfig(t *testing.T) {
	f := full(t)
	foreign := snapshot.Dataset{Name: "entra.users", Coverage: snapshot.Coverage{SourceTenant: "msp"}}
	for name, set := range map[string]func(c *Config){
		"a client by the reserved label": func(c *Config) { c.Client = "fleet" },
		"the MSP by a client's label":    func(c *Config) { c.MSP, c.Azure, c.Shared = true, nil, nil },
		"the MSP with Azure":             func(c *Config) { c.MSP, c.Client, c.Shared = true, "", nil },
		"the MSP with a share":           func(c *Config) { c.MSP, c.Client, c.Azure = true, "", nil },
		"another dataset":                func(c *Config) { c.Shared = []snapshot.Dataset{foreign} },
		"a dataset twice":                func(c *Config) { c.Shared = append(c.Shared, c.Shared[0]) },
		"a dataset from elsewhere":       func(c *Config) { c.Shared[0].Coverage.SourceTenant = "" },
	} {
		cfg := f.config()
		set(&cfg)

		var wrong *ConfigError
		if _, err := Run(t.Context(), cfg); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}

	cfg := f.config()
	cfg.Shared = nil
	s := mustRun(t, cfg)
	for _, d := range []string{"gdap.relationships", "gdap.access_assignments"} {
		if c := s.Manifest.Datasets[d]; c.Status != snapshot.Skipped || c.Evidence.Code != "msp_not_collected" || c.Holds() || c.SourceTenant != "msp" {
			t.Errorf("%s: %+v", d, c)
		}
	}
}

// given is what a client's snapshot says of its share: its bytes, and both
// coverages in short.
func given(t *testing.T, f *fake) (all, short string) {
	t.Helper()
	shared, err := split(mustRun(t, f.asMSP()), strings.ToUpper(tenant))
	if err != nil {
		t.Fatal(err)
	}

	s, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant}, shared)
	if err != nil {
		t.Fatal(err)
	}

	var b bytes.Buffer
	b.Write(s.Raw)

	for _, name := range []string{"gdap.relationships", "gdap.access_assignments"} {
		c := s.Manifest.Datasets[name]
		short += fmt.Sprintf("%s %d", c.Status, c.Count)

		if c.Evidence != nil {
			short += " " + c.Evidence.Code
		}

		short += "; "

		if c.Pages != 0 || c.Requests != 0 || c.SourceTenant != "msp" || c.StartedAt == "" || c.Endpoint == "" || c.Permission == "" {
			t.Errorf("%s: %+v", name, c)
		}

		if c.Holds() {
			r, err := s.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(&b, r)
		}
	}

	return b.String(), strings.TrimSuffix(short, "; ")
}

// TestSplitByATopLevelProperty: a client gets its own customer and contract. A row that
// does not say whose it is may be anybody's.
func TestSplitByATopLevelProperty(t *testing.T) {
	of := func(f *fake) (all string) {
		shared, err := split(mustRun(t, f.asMSP()), tenant)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gdap.customers", "entra.contracts"} {
			d := shared[datasetIndex(shared, name)]
			all += fmt.Sprintf("%s %d ", d.Coverage.Status, len(d.Documents))
			for _, doc := range d.Documents {
				if strings.Contains(doc.ID, other[9:]) {
					t.Errorf("%s is another client's", doc.ID)
				}
			}
		}
		return all
	}

	f := ofTheMSP(t, other)
	if got := of(f); got != "complete 1 complete 1 " {
		t.Error(got)
	}

	f.answers["/graph/v1.0/contracts"] = listOf(contract(tenant), with(contract(other), "customerId", nil))
	if got := of(f); got != "complete 1 partial 1 " {
		t.Errorf("a contract with nobody: %s", got)
	}

	msp := mustRun(t, f.asMSP())
	delete(msp.Manifest.Datasets, "gdap.customers")
	shared, err := split(msp, tenant)
	if err != nil {
		t.Fatal(err)
	}
	if c := shared[datasetIndex(shared, "gdap.customers")].Coverage; c.Status != snapshot.Skipped || c.Evidence.Code != codeNoMSP {
		t.Errorf("of an earlier version's snapshot: %+v", c)
	}
}

// TestSplit: a client's share, where things go wrong for the client, for
// another, or for all. Where only another is concerned, the client's bytes are
// as if nothing were wrong.
func TestSplit(t *testing.T) {
	const assignments = "/accessAssignments"
	next := func(f *fake, items ...object) http.HandlerFunc {
		return answerJSON(object{"value": items, "@odata.nextLink": f.srv.URL + gdapURL + "?$skiptoken=2"})
	}
	untroubled, _ := given(t, ofTheMSP(t, other))
	without := func(o object, name string) object { delete(o, name); return o }
	pending := with(with(relationship("pending", other), "customer", nil), "status", "approvalPending")
	for _, tc := range []struct {
		name  string
		set   func(f *fake)
		want  string
		alike bool // the same bytes as without trouble
	}{
		{"all well", func(*fake) {}, "complete 2; complete 4", true},
		{"another's assignments are denied", func(f *fake) { f.answers[gdapURL+"/"+theirs(other)+assignments] = fail(403, "Denied", theirs(other)) }, "complete 2; complete 4", true},
		{"another's relationship lacks something", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), without(relationship(theirs(other), other), "status"), relationship(ours2, tenant))
		}, "complete 2; complete 4", true},
		{"nobody else has a relationship", func(f *fake) { f.answers[gdapURL] = listOf(relationship(ours, tenant), relationship(ours2, tenant)) },
			"complete 2; complete 4", true},
		{"one that nobody has approved", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), pending, relationship(ours2, tenant))
			f.answers[gdapURL+"/pending"+assignments] = listOf()
		}, "complete 2; complete 4", true},
		{"the client's own assignments are denied", func(f *fake) { f.answers[gdapURL+"/"+ours+assignments] = fail(403, "Denied", "no") },
			"complete 2; partial 2 Denied", false},
		{"both of them", func(f *fake) {
			f.answers[gdapURL+"/"+ours+assignments], f.answers[gdapURL+"/"+ours2+assignments] = fail(403, "Denied", "no"), fail(403, "Denied", "no")
		}, "complete 2; denied 0 Denied", false},
		{"the client's own relationship lacks something", func(f *fake) {
			f.answers[gdapURL] = listOf(without(relationship(ours, tenant), "status"), relationship(ours2, tenant))
		}, "partial 2 incomplete_objects; partial 4 incomplete_objects", false},
		{"one that does not say whose it is", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), without(relationship(theirs(other), other), "customer"), relationship(ours2, tenant))
		}, "partial 2 incomplete_objects; partial 4 incomplete_objects", false},
		{"one with a customer without a tenant", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), with(relationship(theirs(other), other), "customer", object{}), relationship(ours2, tenant))
		}, "partial 2 incomplete_objects; partial 4 incomplete_objects", false},
		{"an active one with nobody", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), with(relationship(theirs(other), other), "customer", nil), relationship(ours2, tenant))
		}, "partial 2 incomplete_objects; partial 4 incomplete_objects", false},
		{"page two is denied", func(f *fake) {
			f.answers[gdapURL] = once(1, next(f, relationship(ours, tenant), relationship(theirs(other), other)), fail(403, "Denied", "not "+theirs(other)))
		}, "partial 1 Denied; partial 2 Denied", false},
		{"page two is broken", func(f *fake) {
			f.answers[gdapURL] = once(1, next(f, relationship(ours, tenant)), answerText(`{"`+theirs(other)+`":`))
		}, "error 0 malformed_answer; error 0 malformed_answer", false},
		{"all denied", func(f *fake) { f.answers[gdapURL] = fail(403, "Denied", "Insufficient privileges") }, "denied 0 Denied; denied 0 Denied", false},
		{"a relationship twice", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(ours, tenant), relationship(theirs(other), other), with(relationship(theirs(other), other), "x", 1))
		}, "error 0 duplicate_id; error 0 duplicate_id", false},
		{"an assignment twice", func(f *fake) {
			f.answers[gdapURL+"/"+theirs(other)+assignments] = listOf(access(1), with(access(1), "x", 1))
		},
			"complete 2; error 0 duplicate_id", false},
		{"no relationship", func(f *fake) { f.answers[gdapURL] = listOf(relationship(theirs(other), other)) }, "complete 0; complete 0", false},
		{"no relationship, and trouble elsewhere", func(f *fake) {
			f.answers[gdapURL] = listOf(relationship(theirs(other), other))
			f.answers[gdapURL+"/"+theirs(other)+assignments] = listOf(access(1), access(1))
		}, "complete 0; complete 0", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := ofTheMSP(t, other)
			tc.set(f)

			all, short := given(t, f)
			if short != tc.want || (all == untroubled) != tc.alike {
				t.Errorf("%s, want %s; the same bytes: %v", short, tc.want, all == untroubled)
			}

			if strings.Contains(strings.ToLower(all), other) {
				t.Errorf("another client is in it: %s", all)
			}
		})
	}
}

// TestSplitNonInterference: rename every other client, and nothing changes,
// also where reading the MSP's tenant fails.
func TestSplitNonInterference(t *testing.T) {
	effort.WithoutRace(t)
	const renamed = "12345678-0000-4000-8000-000000000077"
	for name, set := range map[string]func(f *fake, stranger string){
		"well": func(*fake, string) {},
		"lacking": func(f *fake, stranger string) {
			r := relationship(theirs(stranger), stranger)
			delete(r, "duration")
			f.answers[gdapURL] = listOf(r, relationship(ours, tenant))
		},
		"duplicate": func(f *fake, stranger string) {
			f.answers[gdapURL] = listOf(relationship(theirs(stranger), stranger), relationship(theirs(stranger), stranger))
		},
		"denied there": func(f *fake, stranger string) {
			f.answers[gdapURL+"/"+theirs(stranger)+"/accessAssignments"] = fail(403, "Denied", "not "+stranger)
		},
		"foreign link": func(f *fake, stranger string) {
			f.answers[gdapURL] = answerJSON(object{"value": []object{relationship(ours, tenant)}, "@odata.nextLink": "https://" + stranger + ".example/"})
		},
	} {
		var bytes []string
		for _, stranger := range []string{other, renamed} {
			f := ofTheMSP(t, stranger)
			set(f, stranger)
			all, _ := given(t, f)
			bytes = append(bytes, all)
		}

		if d := cmp.Diff(bytes[0], bytes[1]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestSplitRefusesAClientsSnapshot(t *testing.T) {
	f := full(t)
	if shared, err := split(mustRun(t, f.config()), tenant); err == nil {
		t.Errorf("%v", shared)
	}
}

// TestRunTakesItsShare: and the importer makes the same of the same answers,
// whoever else is in the files.
func TestRunTakesItsShare(t *testing.T) {
	shared, err := split(mustRun(t, ofTheMSP(t, other).asMSP()), tenant)
	if err != nil {
		t.Fatal(err)
	}

	cfg := full(t).config()
	cfg.Shared = shared
	run := mustRun(t, cfg)
	files := savedFiles()
	files["gdap.relationships.json"] = text(value(relationship(theirs(other), other), relationship(ours, tenant), relationship(ours2, tenant)))
	for i, id := range []string{ours, ours2, theirs(other)} {
		files["gdap.access_assignments/"+id+".json"] = text(value(access(i), access(i+10)))
	}

	saved, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
	if err != nil {
		t.Fatal(err)
	}

	for name, n := range map[string]int{"gdap.relationships": 2, "gdap.access_assignments": 4} {
		a, b := run.Manifest.Datasets[name], saved.Manifest.Datasets[name]
		b.StartedAt, b.EndedAt = a.StartedAt, a.EndedAt
		if d := cmp.Diff(a, b); d != "" || a.Status != snapshot.Complete || a.Count != n {
			t.Errorf("%s: %+v %s", name, a, d)
		}
	}

	if strings.Contains(string(saved.Raw), other) {
		t.Error("another client is in the manifest")
	}

	delete(files, "gdap.access_assignments/"+ours+".json")

	if saved, err = importFiles(files, nil); err != nil || !strings.Contains(inShort(saved.Manifest.Datasets["gdap.access_assignments"]), "skipped(no_file)") {
		t.Errorf("%v %v", saved.Manifest.Datasets["gdap.access_assignments"], err)
	}
}

// split is one client's share of the MSP's snapshot.
func split(msp snapshot.Snapshot, tenantID string) ([]snapshot.Dataset, error) {
	s, err := OpenShares(msp)
	if err != nil {
		return nil, err
	}
	return s.Of(tenantID), nil
}

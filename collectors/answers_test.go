package collectors

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
)

const (
	partners   = "entra.cross_tenant_partners"
	syncs      = "entra.cross_tenant_identity_sync"
	federation = "entra.domain_federation"
	audits     = "entra.directory_audits"
	info       = "entra.tenant_info"

	partnersAt = "/graph/v1.0/policies/crossTenantAccessPolicy/partners"
	syncAt     = partnersAt + "/" + other + "/identitySynchronization"
)

// TestNotFound: a 404 with the documented code means that there is nothing. Any
// other error, and a 404 on a later page, does not.
func TestNotFound(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
		n      int
	}{
		{"a policy", answerJSON(object{"tenantId": other, "displayName": nil, "userSyncInbound": object{"isSyncAllowed": true}}),
			"complete 9=complete", 1},
		{"none", fail(404, "Request_ResourceNotFound", "no such thing"), "complete 9=complete", 0},
		{"another code", fail(404, "UnknownError", ""), "error 9=error(UnknownError)", 0},
		{"another status", fail(403, "Request_ResourceNotFound", ""), "denied 9=denied(Request_ResourceNotFound)", 0},
		{"no error body", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "error 9=error()", 0},
	} {
		f := full(t)
		f.answers[partnersAt] = listOf(object{"tenantId": other})
		f.answers[syncAt] = tc.answer
		c := mustRun(t, f.config()).Manifest.Datasets[syncs]
		if got := inShort(c); got != tc.want || c.Count != tc.n {
			t.Errorf("%s: %s, %d; want %s, %d", tc.name, got, c.Count, tc.want, tc.n)
		}
	}

	f := full(t) // a dataset whose schema says nothing about 404
	f.answers["/graph/v1.0/domains"] = fail(404, "Request_ResourceNotFound", "")
	if c := mustRun(t, f.config()).Manifest.Datasets["entra.domains"]; c.Status != snapshot.Failed {
		t.Errorf("domains: %+v", c)
	}
}

// TestNotFoundLater: a page that is gone is a list that is cut.
func TestNotFoundLater(t *testing.T) {
	f := full(t)
	at := "/graph/v1.0/domains/a.example/federationConfiguration"
	f.answers["/graph/v1.0/domains"] = listOf(domain("a.example", "Federated"))
	f.answers[at] = answerJSON(object{"value": []any{object{"id": "x"}}, "@odata.nextLink": f.srv.URL + at + "/2"})
	f.answers[at+"/2"] = fail(404, "Request_ResourceNotFound", "")

	c := mustRun(t, f.config()).Manifest.Datasets[federation]
	if got := inShort(c); got != "partial e=partial(Request_ResourceNotFound)" {
		t.Error(got)
	}
}

// TestNotFoundSaved: a saved error body has the code alone.
func TestNotFoundSaved(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"code":"Request_ResourceNotFound","message":""}}`: "complete 9=complete",
		`{"error":{"code":"UnknownError","message":""}}`:             "error 9=error(UnknownError)",
	} {
		files := savedFiles()
		files[partners+".json"] = text(value(object{"tenantId": other}))
		files[syncs+"/"+other+".json"] = body
		s, err := importFiles(files, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := inShort(s.Manifest.Datasets[syncs]); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func domain(name, authentication string) object {
	return object{"id": name, "authenticationType": authentication, "isDefault": true, "isInitial": false,
		"isVerified": true, "isRoot": true, "isAdminManaged": true, "supportedServices": []any{}}
}

// TestParentWhere: a child is asked about at the parents that have one of the
// values. Of a parent that does not say, nothing is known.
func TestParentWhere(t *testing.T) {
	silent := domain("c.example", "")
	delete(silent, "authenticationType")

	f := full(t)
	f.answers["/graph/v1.0/domains"] = listOf(domain("a.example", "Federated"), domain("b.example", "Managed"), silent)
	f.answers["/graph/v1.0/domains/a.example/federationConfiguration"] = listOf(object{"id": "1"})

	s := mustRun(t, f.config())
	scopes := map[string]string{}
	for _, scope := range s.Manifest.Datasets[federation].Scopes {
		scopes[scope.Scope] = string(scope.Status)
		if scope.Evidence != nil {
			scopes[scope.Scope] += " " + scope.Evidence.Code
		}
	}

	want := map[string]string{
		"*":         "partial incomplete_objects", // a domain always says how its users sign in
		"a.example": "complete", "c.example": "skipped parent_unclear",
	}
	if fmt.Sprint(scopes) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", scopes, want)
	}
	if n := f.count("/graph/v1.0/domains/b.example/federationConfiguration"); n > 0 {
		t.Errorf("a managed domain was asked about %d times", n)
	}
}

// TestWindowed: a log is asked for a part of time, which its coverage says: the days
// before it was asked, however long it waited for its turn.
func TestWindowed(t *testing.T) {
	const at = "/graph/v1.0/auditLogs/directoryAudits"
	f := full(t)
	var asked url.Values
	f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query()
		listOf(object{"id": "1", "activityDateTime": "2026-11-20T08:00:00Z"})(w, r)
	}

	cfg := f.config()
	var seconds atomic.Int64
	began := cfg.Now()
	cfg.Now = func() time.Time { return began.Add(time.Duration(seconds.Add(1)) * time.Second) }

	s := mustRun(t, cfg)
	c := s.Manifest.Datasets[audits]
	if c.Status != snapshot.Complete || c.Count != 1 || c.Window == nil {
		t.Fatalf("%+v", c)
	}

	want := "activityDateTime ge " + c.Window.From + " and activityDateTime le " + c.Window.To
	if got := asked.Get("$filter"); got != want {
		t.Errorf("asked for %q, want %q", got, want)
	}
	if problem := c.Contradiction(snapshot.Schemas()[audits], nil); problem != "" {
		t.Error(problem)
	}

	for name, c := range s.Manifest.Datasets {
		if (c.Window != nil) != (snapshot.Schemas()[name].Window != nil) {
			t.Errorf("%s: window %v", name, c.Window)
		}
	}
}

// TestWindowSaved: a saved log is complete only where it shows that it goes back
// far enough.
func TestWindowSaved(t *testing.T) {
	event := func(id, at string) object { return object{"id": id, "activityDateTime": at} }
	for _, tc := range []struct {
		name   string
		events []object
		want   string
	}{
		{"far enough", []object{event("1", "2026-11-20T08:00:00Z"), event("2", "2026-11-01T08:00:00.1234567Z")}, "complete"},
		{"only what is needed", []object{event("1", "2026-11-20T08:00:00Z")}, "partial(window_unproven)"},
		{"no times", []object{event("1", "yesterday")}, "partial(window_unproven)"},
		{"nothing", []object{}, "partial(window_unproven)"},
	} {
		files := savedFiles()
		files[audits+".json"] = text(value(tc.events...))
		s, err := importFiles(files, nil)
		if err != nil {
			t.Fatal(err)
		}

		c := s.Manifest.Datasets[audits]
		got := string(c.Status)
		if c.Evidence != nil {
			got += "(" + c.Evidence.Code + ")"
		}
		if got != tc.want || c.Count != len(tc.events) || c.Window == nil {
			t.Errorf("%s: %s, %d, %v; want %s", tc.name, got, c.Count, c.Window, tc.want)
		}
	}
}

// TestDelegatedOnly: what answers people only is never asked, and is denied. What a
// person saved counts.
func TestDelegatedOnly(t *testing.T) {
	schema := *snapshot.Schemas()["entra.domains"]
	schema.DelegatedOnly = &snapshot.DelegatedOnly{Page: "https://learn.microsoft.com/x"}

	f := full(t)
	f.answers["/graph/v1.0/domains"] = listOf(domain("a.example", "Managed"))
	cfg, err := f.config().defaults()
	if err != nil {
		t.Fatal(err)
	}

	units := clientUnits()
	units[index(units, "entra.domains")].Schema = &schema
	s, err := signIn(t.Context(), cfg, units)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.openSpool(); err != nil {
		t.Fatal(err)
	}
	if err := s.collect(t.Context()); err != nil {
		t.Fatal(err)
	}

	all, err := assemble(s.material)
	if err != nil {
		t.Fatal(err)
	}

	c := all[datasetIndex(all, "entra.domains")].Coverage
	if c.Status != snapshot.Denied || c.Evidence == nil || c.Evidence.Code != codeDelegatedOnly || c.Requests != 0 ||
		!strings.Contains(c.Evidence.Message, "https://learn.microsoft.com/x") {
		t.Errorf("%+v", c)
	}
	if n := f.count("/graph/v1.0/domains"); n > 0 {
		t.Errorf("asked %d times", n)
	}
	if child := all[datasetIndex(all, federation)].Coverage; child.Status != snapshot.Denied {
		t.Errorf("what is read at it: %+v", child)
	}

	saved := units[index(units, "entra.domains")].newReading("", snapshot.NewSpool(nil, 0))
	saved.takeFile([]byte(text(value(domain("a.example", "Managed")))))
	if j := saved.unit.judge(saved.answer); j.status != snapshot.Complete || j.count() != 1 {
		t.Errorf("saved: %+v", j)
	}
}

// TestUnprovenWhere: of a synchronised group Microsoft shows no owners, so that an
// empty list proves nothing. One that is not empty is what it is.
func TestUnprovenWhere(t *testing.T) {
	plain, synced, silent, owned := group(0, true), group(1, true), group(2, true), group(3, true)
	synced["onPremisesSyncEnabled"], owned["onPremisesSyncEnabled"] = true, true
	delete(silent, "onPremisesSyncEnabled")

	f := full(t)
	f.answers["/graph/v1.0/groups"] = listOf(plain, synced, silent, owned)
	for i := range 4 {
		f.answers[memberPath(i)] = listOf()
		f.answers["/graph/beta/groups/"+groupID(i)+"/owners"] = listOf()
	}
	f.answers["/graph/beta/groups/"+groupID(3)+"/owners"] = listOf(object{"id": other})

	want := "partial 0=complete 1=partial(visibility_unproven) 2=partial(visibility_unproven) 3=complete"
	if got := inShort(mustRun(t, f.config()).Manifest.Datasets["entra.group_owners"]); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestPromisedParent: what is read at each declared domain follows the promise,
// online and from files.
func TestPromisedParent(t *testing.T) {
	at := func(name string) string {
		return "/graph/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='" + name + "')"
	}
	about := func(id string) object {
		return object{"tenantId": id, "displayName": "Fabrikam", "federationBrandName": nil, "defaultDomainName": "x"}
	}

	f := full(t)
	f.answers[at("fabrikam.example")] = answerJSON(about(tenant))
	f.answers[at("lost.example")] = fail(404, "Request_ResourceNotFound", "")
	cfg := f.config()
	cfg.Domains = []string{"Fabrikam.example", "lost.example"}
	s := mustRun(t, cfg)

	c := s.Manifest.Datasets[info]
	if c.Status != snapshot.Partial || len(c.Scopes) != 2 || c.Scopes[0].Scope != "fabrikam.example" ||
		c.Scopes[0].Status != snapshot.Complete || c.Scopes[1].Status != snapshot.Failed {
		t.Errorf("%+v", c)
	}
	docs, err := s.Documents(info)
	if err != nil || len(docs) != 1 || docs[0].ID != "fabrikam.example/default" || docs[0].Scope != "fabrikam.example" {
		t.Errorf("%v %v", docs, err)
	}

	none := mustRun(t, full(t).config()).Manifest.Datasets[info]
	if none.Status != snapshot.Complete || none.Count != 0 || none.Proof != proofDeclared || none.EndedAt == "" {
		t.Errorf("nothing declared: %+v", none)
	}
}

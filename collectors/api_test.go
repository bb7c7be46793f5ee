package collectors

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// TestUnitsAPI: a row is read through the API that its schema names.
func TestUnitsAPI(t *testing.T) {
	for _, u := range All() {
		if u.api.name != u.Schema.Source.API {
			t.Errorf("%s: x-source says %s, its row is of %s", u.Schema.Dataset, u.Schema.Source.API, u.api.name)
		}
	}
}

// TestAnotherAPI: an API that this package does not know is read by its value
// alone, from the next link to the proof.
func TestAnotherAPI(t *testing.T) {
	base, err := endpoint("psa", "https://psa.example/api")
	if err != nil {
		t.Fatal(err)
	}

	psa := &api{
		name:         "psa",
		nextLink:     "nextPageUrl",
		root:         func(base *url.URL, version string) *url.URL { return base.JoinPath("v" + version) },
		checkContext: func(*snapshot.Schema, string) *snapshot.Evidence { return nil },
		prove:        func(_ visibility, j judgement, _ string) judgement { return j },
		proof:        "contract",
		lacksLicence: func(*snapshot.Evidence) bool { return false },
		path:         func(id string) string { return id },
	}

	const first, second = "/v2/tickets?company=c1", "/v2/tickets?company=c1&page=2"
	pages := map[string]string{
		first:                    `{"value":[{"id":"1"}],"nextPageUrl":"https://psa.example/api` + second + `"}`,
		second:                   `{"value":[{"id":"2"}]}`,
		"/v2/tickets?company=c2": `{"value":[],"nextPageUrl":"https://psa.example/api/v1/tickets"}`,
	}
	get := func(_ context.Context, u *url.URL) ([]byte, error) {
		body, ok := pages[strings.TrimPrefix(u.String(), base.String())]
		if !ok {
			return nil, fmt.Errorf("%s was asked", u)
		}
		return []byte(body), nil
	}

	companies := Unit{Schema: &snapshot.Schema{Dataset: "psa.companies"}, api: psa, scopesAtOnce: 1}
	tickets := Unit{
		Schema: &snapshot.Schema{
			Dataset: "psa.tickets", Parent: "psa.companies",
			ID:     snapshot.IDRule{Property: "id", Form: snapshot.Verbatim},
			Source: snapshot.Source{API: "psa", Version: "2", Endpoint: "/tickets?company={companyId}"},
		},
		api: psa, scopesAtOnce: 1,
	}
	tickets.address = func(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error) {
		path, query, err := s.Source.Fill(params)
		if err != nil {
			return nil, err
		}
		to := base.JoinPath("v2", path)
		to.RawQuery = query.Encode()
		return to, nil
	}

	cfg := must(Config{Client: "x", TenantID: tenant, Credential: credentialOf(tenant)}.defaults())
	s := &session{
		cfg:         cfg,
		connections: map[*api]*connection{psa: {client: client{get: get}, base: base}},
		material:    newMaterial(tenant, []Unit{companies, tickets}, snapshot.Promise{}, snapshot.NewSpool(nil, 0)),
	}

	for _, tc := range []struct {
		scope, want string
	}{
		{"c1", "complete 1,2"},
		{"c2", "error foreign_next_link"}, // of another version
	} {
		s.fetch(t.Context(), tickets.newReading(tc.scope, s.material.spool))
		j := tickets.judge(s.material.answer(tickets, tc.scope))
		got := string(j.status) + " "
		if j.evidence != nil {
			got += j.evidence.Code
		}

		var ids []string
		for _, d := range j.docs() {
			ids = append(ids, d.ID)
		}

		if diff := cmp.Diff(tc.want, got+strings.Join(ids, ",")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.scope, diff)
		}
	}

	d := snapshot.Dataset{Name: "psa.tickets"}
	delete(s.material.answers["psa.tickets"], "c2")
	s.material.join(&d, tickets, visibility{}, parents{asked: []string{"c1"}}, nil)
	if len(d.Loaded().Documents) != 2 || d.Coverage.Status != snapshot.Complete || d.Coverage.Proof != "contract" {
		t.Errorf("%d documents, %+v", len(d.Loaded().Documents), d.Coverage)
	}
}

func TestSavedARMScope(t *testing.T) {
	for _, tc := range []struct{ id, parentID, below string }{
		{"s1", "s1", ""},
		{"s1/x", "s1/x", ""},
		{"/subscriptions/s1", "s1", ""},
		{"/subscriptions/s1/", "s1", ""},
		{"/subscriptions/s1/resourcegroups/g", "s1", "/subscriptions/s1/resourcegroups/g"},
	} {
		if parentID, below := armAPI.savedScope(tc.id); parentID != tc.parentID || below != tc.below {
			t.Errorf("%s: %q, %q", tc.id, parentID, below)
		}
	}
}

package snapshot

import (
	"errors"
	"strings"
	"testing"
)

func TestContradiction(t *testing.T) {
	empty := []Scope{{Scope: "a", Status: Complete}}
	one := []Scope{{Scope: "a", Status: Complete, Count: 1}}
	for name, tc := range map[string]struct {
		dataset string
		c       Coverage
		parents []string
		want    string // a part of it, "" for none
	}{
		"no organization":    {OrganizationDataset, Coverage{Status: Complete}, nil, "there is always one"},
		"an organization":    {OrganizationDataset, Coverage{Status: Complete, Count: 1}, nil, ""},
		"no domain":          {"entra.domains", Coverage{Status: Complete}, nil, "there is always one"},
		"no users":           {"entra.users", Coverage{Status: Complete}, nil, ""},
		"denied":             {vaultDataset, Coverage{Status: Denied}, []string{"a"}, ""},
		"partial as a whole": {vaultDataset, Coverage{Status: Partial, Count: 7}, []string{"a"}, ""},
		"all parents":        {vaultDataset, Coverage{Status: Complete, Scopes: empty}, []string{"a"}, ""},
		"a parent less":      {vaultDataset, Coverage{Status: Complete, Scopes: empty}, []string{"b"}, "holds b"},
		"no scopes":          {vaultDataset, Coverage{Status: Complete}, []string{"a"}, "holds a"},
		"a log without its days": {"entra.directory_audits", Coverage{Status: Complete, StartedAt: "2026-11-23T08:00:00Z"}, nil,
			"for which time"},
		"a log of too few days": {"entra.directory_audits", Coverage{Status: Complete, StartedAt: "2026-11-23T08:00:00Z",
			Window: &Span{"2026-11-22T08:00:00Z", "2026-11-23T08:00:00Z"}}, nil, "not for the 7 days"},
		"a domain that is nobody's":  {"entra.tenant_info", Coverage{Status: Complete, Scopes: empty}, nil, "there is always one"},
		"a partner without a policy": {"entra.cross_tenant_identity_sync", Coverage{Status: Complete, Scopes: empty}, nil, ""},
		"a log": {"entra.directory_audits", Coverage{Status: Complete, StartedAt: "2026-11-23T08:00:00Z",
			Window: &Span{"2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z"}}, nil, ""},
		"users of some days": {"entra.users", Coverage{Status: Complete, StartedAt: "2026-11-23T08:00:00Z",
			Window: &Span{"2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z"}}, nil, "only"},
		"another count": {vaultDataset, Coverage{Status: Complete, Count: 2, Scopes: one}, nil, "counts 2"},
	} {
		got := tc.c.Contradiction(Schemas()[tc.dataset], tc.parents)
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestBackwards(t *testing.T) {
	const early, late = "2026-11-23T08:00:00Z", "2026-11-23T09:00:01+01:00"
	for want, c := range map[bool]Coverage{
		false: {StartedAt: early, EndedAt: late},
		true:  {StartedAt: late, EndedAt: early},
	} {
		if c.Backwards() != want {
			t.Errorf("from %s to %s: %v", c.StartedAt, c.EndedAt, !want)
		}
	}
	if (Coverage{StartedAt: late}).Backwards() {
		t.Error("a time that is not there")
	}
}

// TestCheckScopes: documents of the scopes that are listed, as many as are said.
func TestCheckScopes(t *testing.T) {
	c := Coverage{Status: Complete, Scopes: []Scope{{Scope: "a", Count: 2}, {Scope: "b"}}}
	for documents, want := range map[string]string{
		"a a":   "",
		"a":     "holds 1 documents of a",
		"a a b": "holds 1 documents of b",
		"a a c": `holds documents of "c"`,
	} {
		err := c.CheckScopes(Schemas()[vaultDataset], strings.Fields(documents))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", documents, err, want)
		}
		if err != nil && !errors.As(err, new(*DigestError)) {
			t.Errorf("%s: %v is no digest error", documents, err)
		}
	}

	if err := c.CheckScopes(Schemas()["entra.users"], []string{""}); err != nil {
		t.Errorf("a dataset without parents: %v", err)
	}
	if err := (Coverage{Status: Partial}).CheckScopes(Schemas()[vaultDataset], []string{"a"}); err != nil {
		t.Errorf("partial as a whole: %v", err)
	}
}

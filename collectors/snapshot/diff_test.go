package snapshot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sealOf makes a snapshot of two datasets: users, read once, and vaults, read per
// subscription.
func sealOf(t *testing.T, users, vaults Dataset) Snapshot {
	t.Helper()
	at := "2026-11-23T08:00:00Z"
	users.Name, vaults.Name = "entra.users", "keyvault.vaults"
	users.Coverage.StartedAt, users.Coverage.EndedAt = at, at
	vaults.Coverage.StartedAt, vaults.Coverage.EndedAt = at, at

	s, err := Seal(Manifest{Client: "fabrikam", TenantID: "t", Tool: "test", Cloud: "public"},
		[]Dataset{users, vaults})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func complete(docs ...Document) Dataset {
	return Dataset{Documents: append([]Document{}, docs...), Coverage: Coverage{Status: Complete}}
}

func having(id string, spec map[string]any) Document {
	if spec == nil {
		spec = map[string]any{}
	}
	return Document{ID: id, Spec: spec}
}

// inShort is a change on one line.
func inShort(c Change) string {
	text := fmt.Sprintf("%s %s", c.Kind, c.Subject)
	for _, p := range c.Properties {
		text += fmt.Sprintf(" %s:%s>%s", p.Path, string(p.Before), string(p.After))
	}
	for _, p := range c.Observed {
		text += fmt.Sprintf(" (%s:%s>%s)", p.Path, string(p.Before), string(p.After))
	}
	return text
}

func TestDiff(t *testing.T) {
	type spec = map[string]any
	partial := func(docs ...Document) Dataset {
		return Dataset{Documents: docs, Coverage: Coverage{Status: Partial}}
	}
	denied := Dataset{Coverage: Coverage{Status: Denied, Evidence: &Evidence{HTTPStatus: 403}}}
	vault := func(scope, id string) Document { return Document{ID: id, Scope: scope, Spec: spec{"id": id}} }
	scoped := func(b Status, docs ...Document) Dataset {
		c := Coverage{Scopes: []Scope{{Scope: "s1", Status: Complete, Count: 1}, {Scope: "s2", Status: b}}}
		c.Status, _ = Overall(c.Scopes)
		return Dataset{Documents: docs, Coverage: c}
	}
	none := complete()

	for _, tc := range []struct {
		name           string
		users, users2  Dataset
		vaults, vault2 Dataset
		want           []string
		datasets       int
	}{
		{"nothing", complete(having("a", spec{"x": "1"})), complete(having("a", spec{"x": "1"})), none, none, nil, 0},
		{"added and removed", complete(having("a", spec{})), complete(having("b", spec{})), none, none,
			[]string{"removed entra.users/a", "added entra.users/b"}, 1},
		{"a property", complete(having("a", spec{"userType": "Member", "mail": nil})), complete(having("a", spec{"userType": "Guest"})), none, none,
			[]string{`changed entra.users/a /mail:null> /userType:"Member">"Guest"`}, 1},
		{"a nested property", complete(having("a", spec{"o": spec{"p/q": true, "r": "s"}})), complete(having("a", spec{"o": spec{"p/q": false, "r": "s"}})), none, none,
			[]string{`changed entra.users/a /o/p~1q:true>false`}, 1},
		{"a set", complete(having("a", spec{"identities": []any{"x", "y", "y"}})), complete(having("a", spec{"identities": []any{"y", "z"}})), none, none,
			[]string{`changed entra.users/a /identities:["x","y"]>["z"]`}, 1},
		{"a sequence", complete(having("a", spec{"other": []any{"x", "y"}})), complete(having("a", spec{"other": []any{"y", "x"}})), none, none,
			[]string{`changed entra.users/a /other:["x","y"]>["y","x"]`}, 1},
		{"observed alone", complete(Document{"a", "", spec{}, spec{"at": "1"}}), complete(Document{"a", "", spec{}, spec{"at": "2"}}), none, none,
			[]string{`changed entra.users/a (/at:"1">"2")`}, 1},
		{"gone from a list that was cut", complete(having("a", spec{}), having("b", spec{})), partial(having("a", spec{})), none, none,
			[]string{"unknown-after entra.users/b"}, 1},
		{"new after a list that was cut", partial(having("a", spec{})), complete(having("a", spec{}), having("b", spec{})), none, none,
			[]string{"unknown-before entra.users/b"}, 1},
		{"denied", complete(having("a", spec{}), having("b", spec{})), denied, none, none, nil, 1},
		{"no longer denied", denied, complete(having("a", spec{})), none, none, nil, 1},
		{"by scope", none, none, scoped(Complete, vault("s1", "v1"), vault("s2", "v2")), scoped(Denied, vault("s1", "v3")),
			[]string{"removed keyvault.vaults/v1", "unknown-after keyvault.vaults/v2", "added keyvault.vaults/v3"}, 1},
		{"only the coverage", none, partial(), none, none, nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := sealOf(t, tc.users, tc.vaults), sealOf(t, tc.users2, tc.vault2)
			var got []string
			datasets, err := Diff(a, b, func(c Change) error { got = append(got, inShort(c)); return nil })
			if err != nil {
				t.Fatal(err)
			}

			if d := cmp.Diff(tc.want, got); d != "" || len(datasets) != tc.datasets {
				t.Errorf("%d datasets\n%s", len(datasets), d)
			}
		})
	}
}

// TestDiffCountsTheUnseen: of a dataset that one side did not see at all, documents
// are counted as unknown.
func TestDiffCountsTheUnseen(t *testing.T) {
	a := sealOf(t, complete(having("a", nil), having("b", nil)), complete())
	b := sealOf(t, Dataset{Coverage: Coverage{Status: Denied}}, complete())
	datasets, err := Diff(a, b, func(c Change) error { t.Errorf("%+v", c); return nil })
	if err != nil || len(datasets) != 1 || datasets[0].Counts[UnknownAfter] != 2 || datasets[0].SameCoverage() {
		t.Errorf("%+v, %v", datasets, err)
	}
}

func TestDiffRefuses(t *testing.T) {
	a := sealOf(t, complete(having("a", nil)), complete())
	other := a
	other.Manifest.TenantID = "u"
	nobody := func(Change) error { return nil }
	if _, err := Diff(a, other, nobody); err == nil || !strings.Contains(err.Error(), "two tenants") {
		t.Errorf("two tenants: %v", err)
	}

	changed := a
	changed.Open = openMemory(map[string][]byte{"entra.users": []byte("{}\n"), "keyvault.vaults": {}})
	var digest *DigestError
	if _, err := Diff(a, changed, nobody); !errors.As(err, &digest) {
		t.Errorf("changed after it was sealed: %v", err)
	}

	stop, b := errors.New("enough"), sealOf(t, complete(having("b", nil)), complete())
	if _, err := Diff(a, b, func(Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

// TestDiffOfLogs: what a later log does not reach back to was not removed, and neither is what
// is not the newest of a history any more; what it does reach back to was.
func TestDiffOfLogs(t *testing.T) {
	event := func(id, at string) Document { return having(id, map[string]any{"activityDateTime": at}) }
	of := func(from, to string, log, scores []Document) Snapshot {
		all := []Dataset{complete(log...), complete(scores...)}
		all[0].Name, all[1].Name = "entra.directory_audits", "defender.secure_scores"
		all[0].Coverage.Window = &Span{From: from, To: to}
		for i := range all {
			all[i].Coverage.StartedAt, all[i].Coverage.EndedAt = to, to
		}
		s, err := Seal(Manifest{Client: "fabrikam", TenantID: "t", Tool: "test", Cloud: "public"}, all)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	before := of("2026-11-15T08:00:00Z", "2026-11-22T08:00:00Z", []Document{
		event("fell out", "2026-11-16T07:59:59.9999999Z"), event("gone", "2026-11-16T08:00:00Z"), event("stays", "2026-11-20T00:00:00Z"),
		event("undated", ""),
	}, []Document{having("yesterday", nil)})
	after := of("2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z", []Document{
		event("stays", "2026-11-20T00:00:00Z"), event("new", "2026-11-22T09:00:00Z"),
	}, []Document{having("today", nil)})

	var told []string
	all, err := Diff(before, after, func(c Change) error { told = append(told, inShort(c)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"added defender.secure_scores/today", "removed entra.directory_audits/gone",
		"added entra.directory_audits/new", "removed entra.directory_audits/undated"}
	if d := cmp.Diff(want, told); d != "" {
		t.Error(d)
	}
	for _, d := range all {
		if d.Counts[UnknownAfter] != 1 {
			t.Errorf("%s: %v", d.Dataset, d.Counts)
		}
	}
}

package fact

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	here  = "aaaaaaaa-0000-4000-8000-000000000001"
	there = "bbbbbbbb-0000-4000-8000-000000000002"
)

func example() Facts {
	return Facts{
		Tenant: here,
		Coverage: []Coverage{
			{Kind: "member", Units: []Unit{{
				Name: "entra.group_members", Status: Complete,
				EndedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Digest: "00ff",
			}}},
			{Kind: "guest-home", Units: []Unit{{Name: "entra.users", Status: "denied"}}},
		},
		Links: []Link{
			{Kind: "guest-home", Value: "a@b.example", Subject: "entra.users/1", Role: Controlled,
				Node: NewNode(here, "user", "1"), State: Live},
			{Kind: "device", Value: "lenovo/1", Subject: "intune.managed_devices/1", Role: Same, State: Live},
		},
		Edges: []Edge{
			{From: NewNode(here, "user", "1"), To: NewNode(here, Tier0, "global"), Kind: "role", State: JIT,
				Evidence: []string{"entra.role_eligibility/1"}},
			{From: NewNode(there, "application", "x"), To: NewNode(here, "service-principal", "2"), Kind: "app-home",
				State: Live, Evidence: []string{"entra.service_principals/2#/appOwnerOrganizationId"}},
			{From: NewNode(here, "user", "3"), To: NewNode(here, Scope, "helpdesk@unit"), Kind: ScopedRole,
				State: Live, Evidence: []string{"entra.role_assignments/3"}},
		},
	}
}

// TestRoundTrip: what is written is read again, whatever the order it was found in.
func TestRoundTrip(t *testing.T) {
	f, turned := example(), example()
	turned.Links[0], turned.Links[1] = turned.Links[1], turned.Links[0]
	turned.Edges[0], turned.Edges[1] = turned.Edges[1], turned.Edges[0]
	turned.Edges = append(turned.Edges, turned.Edges[0]) // twice is once
	turned.Coverage[0], turned.Coverage[1] = turned.Coverage[1], turned.Coverage[0]

	a, err := f.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	b, err := turned.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Errorf("the order matters:\n%s%s", a, b)
	}

	read, err := Parse(a)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(f, read); d != "" {
		t.Error(d)
	}
	if !read.Of("member").Complete() || read.Of("guest-home").Complete() || read.Of("owner").Complete() {
		t.Error("a kind is complete if it has units and each of them is")
	}
}

func TestRefusesFacts(t *testing.T) {
	for name, spoil := range map[string]func(*Facts){
		"a tenant that is no GUID":      func(f *Facts) { f.Tenant = strings.ToUpper(here) },
		"a node without id":             func(f *Facts) { f.Edges[0].To = here + "/tier0/" },
		"a node of no tenant":           func(f *Facts) { f.Edges[0].To = "contoso/tier0/global" },
		"an edge between others":        func(f *Facts) { f.Edges[1].To = NewNode(there, "user", "1") },
		"an edge without evidence":      func(f *Facts) { f.Edges[0].Evidence = nil },
		"an unknown state":              func(f *Facts) { f.Edges[0].State = "sometimes" },
		"a scoped role that is a role":  func(f *Facts) { f.Edges[2].To = NewNode(here, Tier0, "global") },
		"a scope that holds tier 0":     func(f *Facts) { f.Edges[0].From = NewNode(here, Scope, "x") },
		"a link without value":          func(f *Facts) { f.Links[0].Value = "" },
		"a link of an unknown role":     func(f *Facts) { f.Links[0].Role = "owner" },
		"a link of somebody else":       func(f *Facts) { f.Links[0].Node = NewNode(there, "user", "1") },
		"a kind that is no label":       func(f *Facts) { f.Edges[0].Kind = "Role" },
		"coverage of a kind twice":      func(f *Facts) { f.Coverage[1].Kind = "member" },
		"complete at no time":           func(f *Facts) { f.Coverage[0].Units[0].EndedAt = time.Time{} },
		"a unit without status":         func(f *Facts) { f.Coverage[0].Units[0].Status = "" },
		"a time with parts of a second": func(f *Facts) { f.Coverage[0].Units[0].EndedAt = time.Unix(0, 1).UTC() },
	} {
		f := example()
		spoil(&f)
		if b, err := f.Canonical(); err == nil {
			t.Errorf("%s is written: %s", name, b)
		}
	}

	f := example()
	good, err := f.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"another schema":   strings.Replace(string(good), "facts/1", "facts/2", 1),
		"a member unknown": strings.Replace(string(good), `"links"`, `"more":1,"links"`, 1),
		"a space":          strings.Replace(string(good), `"links":`, `"links": `, 1),
		"no end of line":   strings.TrimSpace(string(good)),
		"something after":  string(good) + "{}",
		"nothing":          "",
	} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func heard() Heard {
	return Heard{
		TenantID: here, Snapshot: strings.Repeat("5", 64),
		Links: []Shared{{Kind: "device", Subject: "intune.managed_devices/1", Role: Same,
			With: []Other{{Client: "client-0123abcd", Role: Same}}}},
		Paths: []Path{{Client: "client-0123abcd", To: NewNode(here, Tier0, "global"), State: JIT, Hops: []Hop{
			{From: "client-0123abcd/user", To: string(NewNode(here, "user", "1")), Kind: "guest-home", State: Live,
				Evidence: []string{}},
			{From: string(NewNode(here, "user", "1")), To: string(NewNode(here, Tier0, "global")), Kind: "role",
				State: JIT, Evidence: []string{"entra.role_eligibility/1"}},
		}}},
		Unproven: []Unproven{{Kind: "guest-home", Why: "entra.users was denied"}},
	}
}

func TestHeard(t *testing.T) {
	h := heard()
	b, err := h.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseHeard(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h, read); d != "" {
		t.Error(d)
	}

	empty := Heard{TenantID: here, Snapshot: strings.Repeat("5", 64)}
	if b, err = empty.Canonical(); err != nil {
		t.Fatal(err)
	}
	want := `{"links":[],"paths":[],"schema":"ringfence.fleet-facts/1","snapshot":"` + strings.Repeat("5", 64) +
		`","tenant_id":"` + here + `","unproven":[]}` + "\n"
	if string(b) != want {
		t.Errorf("nothing heard is %s", b)
	}
}

func TestRefusesHeard(t *testing.T) {
	for name, spoil := range map[string]func(*Heard){
		"a client's name":            func(h *Heard) { h.Links[0].With[0].Client = "contoso" },
		"a tenant id as client":      func(h *Heard) { h.Paths[0].Client = there },
		"a path that has a gap":      func(h *Heard) { h.Paths[0].Hops[1].From = "msp/user" },
		"a path that ends elsewhere": func(h *Heard) { h.Paths[0].To = NewNode(here, Key, "k") },
		"a path that is too strong":  func(h *Heard) { h.Paths[0].State = Live },
		"a path from nowhere":        func(h *Heard) { h.Paths[0].Hops[0].From = "msp/user" },
		"told to nobody":             func(h *Heard) { h.TenantID = "" },
		"of no snapshot":             func(h *Heard) { h.Snapshot = "latest" },
		"another without its id":     func(h *Heard) { h.Links[0].With[0].TenantID = "fabrikam" },
		"no reason":                  func(h *Heard) { h.Unproven[0].Why = "" },
	} {
		h := heard()
		spoil(&h)
		if b, err := h.Canonical(); err == nil {
			t.Errorf("%s is written: %s", name, b)
		}
	}
}

// FuzzParse: whatever is read is written again as the same bytes.
func FuzzParse(f *testing.F) {
	facts, heardOf := example(), heard()
	for _, seed := range []interface{ Canonical() ([]byte, error) }{&facts, &heardOf} {
		b, err := seed.Canonical()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		if facts, err := Parse(data); err == nil {
			again(t, data, &facts)
		}
		if heard, err := ParseHeard(data); err == nil {
			again(t, data, &heard)
		}
	})
}

func again(t *testing.T, data []byte, v interface{ Canonical() ([]byte, error) }) {
	t.Helper()
	b, err := v.Canonical()
	if err != nil || string(b) != string(data) {
		t.Errorf("%v: %q was read, %q is written", err, data, b)
	}
}

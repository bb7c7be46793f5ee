package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
)

// surveyed is a survey of a fleet of so many clients in four cells. Every tenth reaches the
// next one (of many: every hundredth), by way of the MSP every other time; of every seventh evidence is missing, so that
// whoever is anywhere may get into it.
func surveyed(clients int) *isolation.Survey {
	s := &isolation.Survey{Schema: isolation.SchemaName,
		Tenants: []isolation.Tenant{{Name: "MSP", TenantID: tenantNo(0), MSP: true}}}
	cells := []string{"", "finance and insurance", "health", "trade"}
	for i := range clients {
		s.Tenants = append(s.Tenants, isolation.Tenant{Name: fmt.Sprintf("client-%03d-with-a-name", i+1),
			TenantID: tenantNo(i + 1), Cell: cells[i%5%4]})
	}

	every := max(5, clients/5)
	for i := 0; i+1 < clients; i += every {
		from, to := s.Tenants[i+1], s.Tenants[i+2]
		state := fact.States[i/every%3]
		guest := hop(from.TenantID, to.TenantID, "user", "guest-home", fact.Live, to.Name)
		hops := []isolation.Hop{guest}
		if i/every%2 == 0 {
			hops = []isolation.Hop{hop(from.TenantID, tenantNo(0), "user", "guest-home", fact.Live, "MSP"),
				hop(tenantNo(0), to.TenantID, "service-principal", "app-home", fact.Live, to.Name)}
		}
		target := fact.NewNode(to.TenantID, fact.Tier0, "global-administrator")
		hops = append(hops, isolation.Hop{From: hops[len(hops)-1].To, To: target, Kind: "role", State: state,
			Evidence: []isolation.Evidence{{Of: to.Name, Subject: "entra.role_assignments/1"}}})
		s.Paths = append(s.Paths, isolation.Path{From: from.Name, To: to.Name, Target: target, State: state, Hops: hops})
	}
	for i := 5; i < clients; i += 7 {
		name := s.Tenants[i+1].Name
		u := isolation.Unproven{To: name, Pairs: clients - 1, Everybody: true, Lacking: []string{name}}
		s.Unproven = append(s.Unproven, u)
		s.Pairs.Unproven += u.Pairs
		s.Missing = append(s.Missing, isolation.Gap{Of: name, Unit: "entra.users", Status: "denied",
			Kinds: []string{"guest-domain", "guest-home"}, Pairs: u.Pairs})
	}
	s.Pairs.All, s.Pairs.Joined = clients*clients, len(s.Paths)
	s.Pairs.Apart = s.Pairs.All - s.Pairs.Joined - s.Pairs.Unproven
	return s
}

func tenantNo(i int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", i) }

func hop(from, to, kind, edge string, state fact.State, of string) isolation.Hop {
	return isolation.Hop{From: fact.NewNode(from, "user", "kim"), To: fact.NewNode(to, kind, "k1"), Kind: edge, State: state,
		Evidence: []isolation.Evidence{{Of: of, Subject: "entra.users/kim"}}}
}

func joinedFleet(clients int) Input {
	in := fleet()
	in.Isolation = surveyed(clients)
	return in
}

// TestDrawing: of few clients each has a label, of many those that something leads to or from;
// nothing is on top of something else, or outside.
func TestDrawing(t *testing.T) {
	for clients, labels := range map[int]int{1: 2, 10: 11, 24: 25, 500: 11} {
		d := drawing(surveyed(clients))
		got := 0
		for _, m := range d.Marks {
			if !m.Dot() {
				got++
			}
		}
		if got != labels || len(d.Marks) != clients+1 {
			t.Errorf("%d clients: %d labels, not %d; %d marks", clients, got, labels, len(d.Marks))
		}
		checkDrawing(t, d)
	}

	s := surveyed(500)
	for i := 1; i < 400; i++ { // many are on a path
		p := s.Paths[1]
		from, to := s.Tenants[i], s.Tenants[i+1]
		p.From, p.To = from.Name, to.Name
		p.Hops = []isolation.Hop{hop(from.TenantID, to.TenantID, "tier0", "role", fact.Live, to.Name)}
		s.Paths = append(s.Paths, p)
	}
	d := drawing(s)
	checkDrawing(t, d)
	if len(d.Arrows) != drawnArrows || d.Hidden < 300 {
		t.Errorf("%d arrows are drawn, %d not", len(d.Arrows), d.Hidden)
	}
}

func checkDrawing(t *testing.T, d *Drawing) {
	t.Helper()
	type area struct{ left, top, right, bottom int }
	var taken []area
	for _, m := range d.Marks {
		w, h := cmp.Or(m.W, 2*dotRadius), cmp.Or(m.H, 2*dotRadius)
		a := area{m.X - w/2, m.Y - h/2, m.X + w/2, m.Y + h/2}
		if a.left < 0 || a.top < 0 || a.right > d.Width || a.bottom > d.Height {
			t.Errorf("%s is outside: %+v", m.Name, a)
		}
		for _, o := range taken {
			if a.left < o.right && o.left < a.right && a.top < o.bottom && o.top < a.bottom {
				t.Fatalf("%s is on top of another: %+v, %+v", m.Name, a, o)
			}
		}
		taken = append(taken, a)
	}
	for i, b := range d.Boxes {
		for _, o := range d.Boxes[:i] {
			if b.X < o.X+o.W && o.X < b.X+b.W && b.Y < o.Y+o.H && o.Y < b.Y+b.H {
				t.Errorf("boxes %q and %q overlap", b.Title, o.Title)
			}
		}
	}
}

// TestDrawingOfOthers: who is outside the fleet has a place, and so has a fleet of one-client
// cells.
func TestDrawingOfOthers(t *testing.T) {
	s := surveyed(200)
	for i := range s.Tenants[1:] {
		s.Tenants[i+1].Cell = s.Tenants[i+1].Name
	}
	s.Paths[0].Hops[1].From = fact.NewNode("99999999-0000-4000-8000-000000000000", "application", "x")
	s.Paths[0].Hops[0].To = s.Paths[0].Hops[1].From
	d := drawing(s)
	checkDrawing(t, d)
	titles := []string{}
	for _, b := range d.Boxes {
		titles = append(titles, b.Title)
	}
	for _, want := range []string{outsideTitle + " (1)", restTitle + " (160)"} {
		if !slices.ContainsFunc(titles, func(title string) bool { return strings.HasPrefix(title, want[:5]) }) {
			t.Errorf("no box %q in %q", want, titles)
		}
	}
	if len(d.Boxes) > 60 {
		t.Errorf("%d boxes", len(d.Boxes))
	}
}

// TestIsolationTables: what is not shown is counted.
func TestIsolationTables(t *testing.T) {
	s := surveyed(500)
	for len(s.Paths) < maxPaths+7 {
		s.Paths = append(s.Paths, s.Paths[0])
	}
	i := newIsolation(s)
	if len(i.Paths) != maxPaths || i.HiddenPaths != 7 || i.Paths[0].Through != "MSP" || i.Paths[1].Through != "" {
		t.Errorf("%d paths, %d hidden, %+v", len(i.Paths), i.HiddenPaths, i.Paths[:2])
	}
	if i.Open[0].From != "everybody" || !strings.HasSuffix(i.Open[0].To, " and 41 more") ||
		len(i.Gaps) != maxGaps || i.HiddenGaps != 11 || i.Gaps[0].Pairs != 499 {
		t.Errorf("%+v, %d gaps, %d hidden, %+v", i.Open[0], len(i.Gaps), i.HiddenGaps, i.Gaps[0])
	}
	if len(page(t, joinedFleet(500))) > 1<<20 {
		t.Error("the page is too large")
	}
}

// hostileFleet is a joined fleet in which all that a tenant can choose is an attack.
func hostileFleet() Input {
	const attack = "</text></svg><script>alert(1)</script>\" onload=\"x\u202e\u0000\x1b[2J"
	in := joinedFleet(10)
	s := in.Isolation
	for i := range s.Tenants {
		s.Tenants[i].Cell = attack
	}
	for i := range s.Paths {
		p := &s.Paths[i]
		p.Target = fact.NewNode(p.Target.Tenant(), fact.Tier0, attack)
		for j := range p.Hops {
			p.Hops[j].To = fact.NewNode(p.Hops[j].To.Tenant(), attack, attack)
			p.Hops[j].Kind = attack
			p.Hops[j].Evidence = []isolation.Evidence{{Of: attack, Subject: attack}}
		}
	}
	s.Missing[0].Unit, s.Missing[0].Status, s.Missing[0].Kinds = attack, attack, []string{attack}
	s.Paths[0].Hops[0].From = fact.Node(attack + "/user/x") // a tenant outside the fleet
	return in
}

package run

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/reach"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/internal/runfolder/layout"
)

// sharedRego is a control of scope fleet: no user has an account that another client has, too.
const sharedRego = `# METADATA
# title: Nobody is elsewhere, too
# custom:
#   id: RF-Z-03
#   severity: high
#   scope: fleet
package p.isolation.shared

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if {
	some u in input.entra.users
	not _shared(u)
}

fail contains {"subject": u._subject, "message": "is elsewhere, too"} if {
	some u in input.entra.users
	_shared(u)
}

_shared(u) if {
	some l in input.fleet.links["account"]
	l.subject == u._subject
}
`

// accounts finds one kind of facts: the first user of each tenant has an account of the name
// that the test says.
type accounts map[string]string // by label

func (accounts) FactKinds() []reach.Kind {
	return []reach.Kind{{Name: "account", Rule: reach.Sharing}, {Name: "role", Rule: reach.ToSide}}
}

func (a accounts) Facts(
	_ context.Context, snap snapshot.Snapshot, p intent.Promise, _ time.Time,
) (fact.Facts, error) {
	users := []fact.Unit{{Name: "entra.users", Status: fact.Complete, EndedAt: now}}
	facts := fact.Facts{
		Tenant:   p.Tenant().Client.TenantID,
		Coverage: []fact.Coverage{{Kind: "account", Units: users}, {Kind: "role", Units: users}},
	}
	docs, err := snap.Documents("entra.users")
	if name := a[snap.Manifest.Client]; err == nil && name != "" {
		facts.Links = []fact.Link{{Kind: "account", Value: name, Subject: snapshot.Subject("entra.users", docs[0].ID),
			Role: fact.Same, State: fact.Live}}
	}
	return facts, err
}

func fleetKey(t *testing.T) *fingerprint.Key {
	t.Helper()
	key, err := fingerprint.NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return &key
}

// comparing is an audit of some clients that are compared.
func comparing(t *testing.T, names accounts, labels ...string) (Audit, map[string]*inMemory) {
	t.Helper()
	collector, stores := tenants(t, labels...)
	collector.Fleet.MSP.FleetKey = "fleet.key"
	return Audit{
		Collector: collector, Engine: load(t, guestsRego, sharedRego), Key: machine(), Out: t.TempDir(),
		Floors: lowest, FleetKey: fleetKey(t), Finder: names,
	}, stores
}

// audited runs an audit and returns how the control of scope fleet came out, by client.
func audited(t *testing.T, a Audit, labels ...string) map[string]finding.Outcome {
	t.Helper()
	all := map[string]finding.Outcome{}
	err := a.Run(t.Context(), append(labels, snapshot.FleetClient), func(o Outcome) {
		if o.Client == snapshot.FleetClient {
			return
		}
		all[o.Client] = ""
		if o.Err == nil {
			all[o.Client] = o.Set.Controls[1].Outcome
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCompared: what two clients share is a violation of both, in folders that verify without
// the key, and a third client's folder says nothing of it.
func TestCompared(t *testing.T) {
	names := accounts{"fabrikam": "ada", "contoso": "ada", "tailspin": "bo"}
	a, _ := comparing(t, names, "fabrikam", "contoso", "tailspin")
	got := audited(t, a, "fabrikam", "contoso", "tailspin")
	if got["fabrikam"] != finding.NotSatisfied || got["contoso"] != finding.NotSatisfied ||
		got["tailspin"] != finding.Satisfied {
		t.Errorf("%v", got)
	}

	facts := filepath.Join(a.Out, "fabrikam", layout.FleetFacts)
	said, err := os.ReadFile(facts)
	if err != nil || !bytes.Contains(said, []byte(`"kind":"account"`)) || bytes.Contains(said, []byte("ada")) {
		t.Errorf("%s %v", said, err)
	}
	anchor := Anchor{Key: machine().Public()}
	for _, label := range []string{"fabrikam", "contoso", "tailspin"} {
		if r := verified(t, filepath.Join(a.Out, label), anchor); r.Code() != ExitOK {
			t.Errorf("%s: %+v", label, r)
		}
	}

	// Somebody takes the violation away.
	changed := strings.Replace(string(said), `"kind":"account"`, `"kind":"another"`, 1)
	put(t, filepath.Join(a.Out, "fabrikam"), layout.FleetFacts, changed)
	if r := verified(t, filepath.Join(a.Out, "fabrikam"), anchor); r.Code() != ExitEvidence {
		t.Errorf("changed facts: %+v", r)
	}
	if err := os.Remove(facts); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, filepath.Join(a.Out, "fabrikam"), anchor); r.Code() != ExitEvidence {
		t.Errorf("no facts: %+v", r)
	}
}

// TestComparedWithout: what is missing of another client makes satisfied undetermined, never the
// other way, and a violation that is known stands.
func TestComparedWithout(t *testing.T) {
	effort.WithoutRace(t)
	names := accounts{"fabrikam": "ada", "contoso": "bo", "tailspin": "cy"}
	a, stores := comparing(t, names, "fabrikam", "contoso", "tailspin")
	if got := audited(t, a, "fabrikam", "contoso"); got["fabrikam"] != finding.Undetermined ||
		got["contoso"] != finding.Undetermined {
		t.Errorf("a client that was never read: %v", got)
	}
	got := audited(t, a, "fabrikam", "contoso", "tailspin")
	if got["fabrikam"] != finding.Satisfied {
		t.Errorf("all were read: %v", got)
	}

	names["contoso"] = "ada"
	stores["tailspin"].snapshots = nil
	for i := range a.Fleet.Clients {
		if c := &a.Fleet.Clients[i]; c.Name == "tailspin" {
			c.Graph.Credential = "file:" + filepath.Join(t.TempDir(), "gone")
		}
	}
	got = audited(t, a, "fabrikam", "contoso", "tailspin")
	if got["fabrikam"] != finding.NotSatisfied || got["tailspin"] != "" {
		t.Errorf("one that cannot be read any more: %v", got)
	}
	names["contoso"] = "bo"
	if got = audited(t, a, "fabrikam", "contoso", "tailspin"); got["fabrikam"] != finding.Undetermined {
		t.Errorf("one that cannot be read any more, and nothing is shared: %v", got)
	}

	// It left, and is compared with nobody.
	for i := range a.Fleet.Clients {
		if c := &a.Fleet.Clients[i]; c.Name == "tailspin" {
			c.State = "offboarded"
		}
	}
	if got = audited(t, a, "fabrikam", "contoso"); got["fabrikam"] != finding.Satisfied {
		t.Errorf("one that left: %v", got)
	}
}

package soundness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// evidence is a snapshot in memory, small enough to be judged thousands of times, and
// the promise that it is judged by.
type evidence struct {
	client, tenant string
	datasets       map[string]snapshot.Dataset
	sealed         map[string]file
	intent         intent.Intent // of a client
	fleet          intent.Fleet  // of the fleet result
}

// fleetEvidence is what was collected of the emulated fleet, once for all tests.
var fleetEvidence struct {
	sync.Once
	all []*evidence
}

// allEvidence is the evidence of all clients and the fleet's own, cut down.
func allEvidence(t testing.TB) []*evidence {
	t.Helper()
	fleetEvidence.Do(func() {
		f, e := sharedFleet(t), builtin(t)
		for _, label := range append(everyone(f.file), snapshot.FleetClient) {
			if _, isTaken := f.taken[label]; isTaken {
				fleetEvidence.all = append(fleetEvidence.all, newEvidence(t, f, e, label))
			}
		}
	})

	return fleetEvidence.all
}

func newEvidence(t testing.TB, f *fleet, e *engine.Engine, label string) *evidence {
	t.Helper()
	v := wholeEvidence(t, f, label)
	set, err := v.judge(e, f.snapshot(t, label))
	if err != nil {
		t.Fatal(err)
	}

	v.shrink(sampleSubjects(set))
	v.seal(t)

	return v
}

// wholeEvidence is that of one client, with all its documents. It is not sealed.
func wholeEvidence(t testing.TB, f *fleet, label string) *evidence {
	t.Helper()
	snap := f.snapshot(t, label)
	v := &evidence{
		client:   label,
		tenant:   snap.Manifest.TenantID,
		datasets: map[string]snapshot.Dataset{},
		sealed:   map[string]file{},
	}

	if label == snapshot.FleetClient {
		v.fleet = f.file.FleetIntent()
	} else {
		var err error
		if v.intent, err = f.file.Intent(label); err != nil {
			t.Fatal(err)
		}
	}

	for name, c := range snap.Manifest.Datasets {
		docs, err := snap.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		v.datasets[name] = snapshot.Dataset{Name: name, Documents: docs, Coverage: c}
	}

	return v
}

// seal writes all datasets as a snapshot has them.
func (v *evidence) seal(t testing.TB) {
	t.Helper()
	for name, d := range v.datasets {
		v.sealed[name] = seal(t, d)
	}
}

// sampleSubjects are two subjects of each outcome of each control.
func sampleSubjects(set finding.Set) map[string]bool {
	subjects, seen := map[string]bool{}, map[string]int{}
	for _, v := range set.Verdicts {
		kind := v.Control + string(v.Outcome)
		if seen[kind]++; seen[kind] <= 2 {
			subjects[v.Subject] = true
		}
	}

	return subjects
}

func (v *evidence) judge(e *engine.Engine, snap snapshot.Snapshot) (finding.Set, error) {
	return e.Evaluate(context.Background(), snap, v.promise(), now)
}

func (v *evidence) promise() intent.Promise {
	if v.client == snapshot.FleetClient {
		return v.fleet
	}
	return v.intent
}

// snapshot is the evidence as the engine takes it.
func (v *evidence) snapshot(t testing.TB) snapshot.Snapshot {
	t.Helper()
	m := manifest(v.client, v.tenant)
	for name, f := range v.sealed {
		m.Datasets[name] = f.coverage
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		t.Fatal(err)
	}

	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: func(name string) (io.ReadCloser, error) {
		f, has := v.sealed[name]
		if !has {
			return nil, fmt.Errorf("no file of %s", name)
		}
		return io.NopCloser(bytes.NewReader(f.data)), nil
	}}
}

// shrink leaves few documents of each dataset: those that findings are about, what
// they refer to and what refers to them, and some others.
func (v *evidence) shrink(subjects map[string]bool) {
	const first, most = 2, 7
	kept, named := map[string]map[int]bool{}, map[string]bool{}
	keep := func(name string, i int) {
		doc := v.datasets[name].Documents[i]
		kept[name][i] = true
		for _, text := range append(stringsBelow(doc.Spec, nil), doc.Scope, doc.ID) {
			named[strings.ToLower(text)] = true
		}
	}

	names := slices.Sorted(maps.Keys(v.datasets))
	for _, name := range names {
		kept[name] = map[int]bool{}
		for i, doc := range v.datasets[name].Documents {
			if i < first || name == snapshot.SubscriptionDataset || subjects[snapshot.Subject(name, doc.ID)] {
				keep(name, i)
			}
		}
	}

	for range 3 {
		for _, name := range names {
			for i, doc := range v.datasets[name].Documents {
				last := strings.ToLower(doc.ID[strings.LastIndex(doc.ID, "/")+1:])
				isNamed := named[strings.ToLower(doc.ID)] || named[last]
				if !kept[name][i] && len(kept[name]) < most && isNamed {
					keep(name, i)
				}
			}
		}
	}

	for name, d := range v.datasets {
		var docs []snapshot.Document
		for _, i := range slices.Sorted(maps.Keys(kept[name])) {
			docs = append(docs, d.Documents[i])
		}

		if d.Documents != nil {
			d.Documents = append([]snapshot.Document{}, docs...)
		}

		d.Coverage.Scopes = recount(d)
		v.datasets[name] = d
	}
}

// stringsBelow are the strings below a value.
func stringsBelow(v any, all []string) []string {
	switch v := v.(type) {
	case string:
		return append(all, v)
	case []any:
		for _, e := range v {
			all = stringsBelow(e, all)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = stringsBelow(v[key], all)
		}
	}

	return all
}

// strangeRules read users in ways that no built-in control does. Each is a
// control.
var strangeRules = []string{
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; count(u) > 12 }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; walk(u, [_, v]); v == "federated" }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some k, v in u
	startswith(k, "user")
	v == "Member"
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	contains(json.marshal(u.identities), "federated")
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; to_number(u.creationType) == 0 }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; u.userType == "Member" }
fail contains {"subject": u._subject, "message": "x", "observed": u.mail} if {
	some u in input.entra.users
	u.externalUserState == null
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	object.get(u, ["identities", 0, "signInType"], "none") == "none"
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	u.identities[0].signInType == "federated"
}
fail contains {"subject": u._subject, "message": "x"} if {
	some u in input.entra.users
	not u.identities[1]
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some o in input.entra.users
	u._id != o._id
	u.identities == o.identities
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	count({i | some o in input.entra.users; some i in o.identities}) == 2
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	object.remove(u, ["_id", "_subject", "_scope", "id"]) == object.filter(u, ["userType", "mail"])
}
fail contains {
	"subject": u._subject,
	"message": "x",
	"observed": json.filter(u, ["identities/0/issuer", "mail"]),
} if {
	some u in input.entra.users
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some i in _of(u, "identities")
	i.issuer != ""
}
_of(x, name) := x[name]`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; u.userType == _type }
_type := u.userType if some u in input.entra.users`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; "Guest" in u }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some {"issuer": x, "signInType": "federated"} in u.identities
	x != ""
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	every k, v in u { k != "zz unknown"; v != "Guest" }
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains input.entra.users[0]._subject if input.entra.users[1].mail != null`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some name in {"userType", "creationType"}
	u[name] == "Guest"
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	object.union(u, {"x": 1}).mail != null
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; sprintf("%v", [u.identities]) != "[]" }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; not _guests }
default _guests := false
_guests if { some u in input.entra.users; u.userType == "Guest" }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some r in input.azure.resources
	some _, v in r.tags
	v == u.displayName
}
fail contains {
	"subject": u._subject,
	"message": concat(",", [k | some r in input.azure.resources; some k, _ in r.tags]),
} if {
	some u in input.entra.users
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some a in ["users", "groups"]
	some d in input.entra[a]
	d.displayName == u.displayName
	d._id != u._id
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	[m | some m in input.entra.group_members; m.id == u.id] != []
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; _names[u._id][0] == u.displayName }
_names[id] := [u.displayName, u.mail] if { some u in input.entra.users; id := u._id }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	some x in array.concat(u.identities, [u.mail])
	is_string(x)
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	{x | some x in [u.identities, u.mail]} & {null} != set()
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if {
	some u in input.entra.users
	is_object(u.identities[_])
	not is_null(u.mail)
	type_name(u.userType) == "string"
}`,
}

// policySet is one with a control for each text of rules.
func policySet(all []string) fs.FS {
	files := fstest.MapFS{}
	for i, rules := range all {
		files[fmt.Sprintf("c%02d/c.rego", i)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"# METADATA\n# title: Strange\n# custom:\n#   id: RF-Z-%02d\n#   severity: low\n"+
				"package strange.isolation.c%02[1]d\n\n%s\n", i, rules)}
	}
	return files
}

package plan_test

import "testing"

// written are policies for what chance seldom puts together: each is a rule of
// the planner that decides about the answer.
var written = []string{
	"pass contains u._subject if { some u in input.entra.users; s := ids; u.k in s; count(s) < 2 }\nids contains g.k if some g in input.entra.groups",
	"pass contains u._subject if { some u in input.entra.users; not u.k in ids }\nids contains g.k if some g in input.entra.groups",
	"pass contains u._subject if { some i; u := input.entra.users[i]; g := input.entra.groups[i]; g.a == u.a }",
	"pass contains u._subject if { some i, u in input.entra.users; i > 0 }",
	"pass contains u._subject if { some i, u in input.entra.users; i == 0 }",
	"pass contains \"x\" if { us := input.entra.users; us[0].a == 1 }",
	"pass contains \"x\" if input.entra[_][0].a == 1",
	"pass contains \"x\" if not input.azure",
	"pass contains \"x\" if input.client.fence.k with input.client.fence as {\"k\": 1}",
	"pass contains \"x\" if not ok\nok if { some u in input.entra.users; u.a == 1 }",
	"pass contains \"x\" if count([1 | some u in input.entra.users; u.a == 1]) < 2",
	"pass contains \"x\" if count([1 | some u in input.entra.users; u.a == 1]) == 1",
	"pass contains \"x\" if count([1 | some u in input.entra.users; u.id]) == 1",
	"pass contains \"x\" if count([1 | some u in input.entra.users; u.id]) == 2",
	"kind := 1 if { input.client.keys.k } else := 2\npass contains \"x\" if kind",
	"pass contains u._subject if { some u in input.entra.users; x := [u.o, [u.l]][_]; y := x[_]; y[_].a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; x := [u.o, [u.l]][_]; y := x[_]; y.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; x := [u, [u.o]][_]; x[0].a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; u.a == v.b }",
	"pass contains u._subject if { some u in input.entra.users; some g in input.entra.groups; u.a == g.b }",
	"pass contains u._subject if { some u in input.entra.users; not bad }\nbad if { some v in input.entra.users; v.a == 1 }",
	"pass contains u.owner if { some u in input.entra.users; u.a == 1; not u.b }",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; not v.b; u.owner == v.owner }",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; not v.b }",
	"pass contains u._subject if { some u in input.entra.users; every x in u.l { x == 1 } }",
	"pass contains u._subject if { some u in input.entra.users; every k, x in u.o { k != \"z\"; not x.a } }",
	"pass contains u._subject if { some u in input.entra.users; x := [u.o, u.l][_]; x.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; x := [[u.a], [u.o]][_][_]; x.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; f(u) == 1 }\nf(x) := 2 if { x.a == 1 } else := 1 if { x.k == \"a\" } else := 1 if { x.b == 1 }",
	"pass contains u._subject if { some u in input.entra.users; not f(u) }\nf(x) if x.a\nf(x) if x.b == 1",
	"pass contains u._subject if { some u in input.entra.users; f(u.a); not f(u.b) }\nf(x) if x == 1",
	"pass contains u._subject if { some u in input.entra.users; f(u); not g(u) }\nf(u) if h(u)\ng(u) if h(u)\nh(u) if u.a == 1",
	"pass contains u._subject if { some u in input.entra.users; f(u.o); f(u.l[_]) }\nf(x) if x.a == 1",
	"default f(_) := true\nf(x) := false if x.a\npass contains u._subject if { some u in input.entra.users; f(u) }",
	"default none := true\nnone := false if { some u in input.entra.users; u.a == 1 }\npass contains \"x\" if none",
	"kind := 1 if { some u in input.entra.users; u.a == 1 } else := 2\npass contains \"x\" if kind == 2",
	"kind := 1 if { input.msp.a == 1 } else := 2 if { some u in input.entra.users; u.a == 1 }\npass contains \"x\" if kind == 2",
	"pass contains u._subject if { some u in input.entra.users; {\"a\": x} = u.o; x == 1 }",
	"pass contains u._subject if { some u in input.entra.users; u.o == u.a }",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; u.l == v.l; u.id != v.id }",
	"pass contains u._subject if { some u in input.entra.users; x := u.o; y := u.l[_]; x == y }",
	"pass contains u._subject if { some u in input.entra.users; [u.o, 1] = [u.a, u.b] }",
	"pass contains u._subject if { some u in input.entra.users; [x, y] = u.l; x.a == y.a }",
	"pass contains u._subject if { some u in input.entra.users; u.l == [] }",
	"pass contains u._subject if { some u in input.entra.users; u.o in [u.a, u.b] }",
	"pass contains u._subject if { some u in input.entra.users; u.o in [g.o | some g in input.entra.groups] }",
	"pass contains u._subject if { some u in input.entra.users; m := {v.o: 1 | some v in input.entra.groups}; m[u.o] == 1 }",
	"pass contains u._subject if { some u in input.entra.users; m := {u.o: 1, u.l: 2}; count(m) == 2; some k, _ in m; k.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; m := {v.k: v.o | some v in input.entra.groups}; m.a.b == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get(u, \"a\", 1) == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get(u, [\"o\", \"a\"], u.b) == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get({\"k\": 1}, \"z\", u.o).a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get(u, u.k, 1) == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get({}, u.o, u.l) == u.l }",
	"pass contains u._subject if { some u in input.entra.users; count(u.o) == 3 }",
	"pass contains u._subject if { some u in input.entra.users; count(u.l) == 1 }",
	"pass contains \"x\" if count(input.entra.users) == 2",
	"pass contains u._subject if { some u in input.entra.users; u.o != u.l[_] }",
	"pass contains u._subject if { some u in input.entra.users; [u.o, u.l] != [u.a, []] }",
	"m[u.o] := 1 if some u in input.entra.users\npass contains \"x\" if { some k; m[k] == 1; k.a == 1 }",
	"m[u.k] := 1 if some u in input.entra.users\npass contains \"x\" if count(m) == 1",
	"m[u.k].a contains u.id if some u in input.entra.users\npass contains \"x\" if count(m.x.a) == 1",
	"s contains u.o if some u in input.entra.users\npass contains \"x\" if { some x in s; x.a == 1 }",
	"r := [u.o | some u in input.entra.users]\npass contains \"x\" if r[_].a == 1",
	"pass contains u._subject if { some u in input.entra.users; ok }\nok if input.client.fence.a\nok if input.client.keys.a",
	"pass contains u._subject if { some u in input.entra.users; input.client.keys == null }",
	"pass contains \"x\" if not input.client.fence.k",
	"pass contains \"x\" if is_null(input.client.fence)",
	"s contains k if some k in input.client.keys.l\npass contains \"x\" if s\npass contains \"y\" if input.client.keys.k",
	"default no := true\nno := false if input.client.keys.k\npass contains \"x\" if no",
	"pass contains u._subject if { some u in input.entra[_]; u.a == 1 }",
	"pass contains u._subject if { some u in input[_].users; u.a == 1 }",
	"pass contains \"x\" if contains(json.marshal(input.entra), \"fleet\")",
	"pass contains \"x\" if { e := json.marshal(input); contains(e, \"[1\") }",
	"pass contains \"x\" if { us := input.entra.users; contains(json.marshal(us), \"[1\") }",
	"pass contains u._subject if { some u in input.entra.users; input.as_of == \"x\"; not input.fleet.a }",
	"r := u.o if { u := input.entra.users[0] }\npass contains \"x\" if not r.a",
	"pass contains u._subject if { some u in input.entra.users; 1 == u.a }",
	"pass contains u._subject if { some u in input.entra.users; {} == u.o }",
	"pass contains u._subject if { some u in input.entra.users; not u.l < [1] }",
	"pass contains u._subject if { some u in input.entra.users; u.o == u.b }",
	"pass contains u._subject if { some u in input.entra.users; not u.o == u.b }",
	"pass contains u._subject if { some u in input.entra.users; u.o in [u.b, 1] }",
	"pass contains u._subject if { some u in input.entra.users; object.get({[]: 1}, u.l, 0) == 1 }",
	"pass contains u._subject if { some u in input.entra.users; object.get({{}: 1}, u.o, 0) == 1 }",
	"pass contains u._subject if { some u in input.entra.users; x := object.get({}, u.k, u.o); x.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; f(u.o); f(u.b) }\nf(x) if x.a",
	"pass contains u._subject if { some u in input.entra.users; {[]: 1}[u.l] == 1 }",
	"pass contains u._subject if { some u in input.entra.users; \"a\" in {g.k | some g in input.entra.groups} }",
	"pass contains u._subject if { some u in input.entra.users; m := {g.k: g.o | some g in input.entra.groups}; m.a }",
	"pass contains u._subject if { some u in input.entra.users; m := {g.o: 1 | some g in input.entra.groups}; count(m) == 2 }",
	"pass contains u._subject if { some u in input.entra.users; s := ids; \"x\" in s; count(s) == 1 }\nids contains g.id if some g in input.entra.groups",
	"pass contains u._subject if { some u in input.entra.users; f([u.o, u.k]) }\nf([x, y]) if x.a == 1",
	"pass contains u._subject if { some u in input.entra.users; f({\"a\": u.o}) }\nf({\"a\": x}) if x.a == 1",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; f(u); not f(v) }\nf(x) if x.a == 1",
	"pass contains u._subject if { some u in input.entra.users; m[u.l] == 1 }\nm[g.l] := 1 if some g in input.entra.groups",
	"pass contains u._subject if { some u in input.entra.users; x := [{\"a\": u.o}, {\"a\": u.l}][_]; x.a.a == 1 }",
	"pass contains u._subject if { some u in input.entra.users; x := {\"b\": 1, u.k: u.o}; x.a.a == 1 }",
	"pass contains \"x\" if ok with input.entra.users as input.entra.groups\nok if { some u in input.entra.users; u.a == 1 }",
	"pass contains \"entra.users/1\" if { some u in input.entra.users; not u.id }",
	"pass contains u.owner if { some u in input.entra.users; not u.id }",
	"pass contains u._subject if { some u in input.entra.users; [u.o, 1] = [u.b, 1] }",
	"pass contains u._subject if { some u in input.entra.users; some v in input.entra.users; f(u); not f(v) }\nf(x) if x.id",
	"r := 1 if input.entra.users[0].a\npass contains \"x\" if { r; not s }\ns if r",
}

// TestSoundWritten holds the plans of written policies against what they do.
func TestSoundWritten(t *testing.T) {
	d, inputs := thrown(1), effort(2, 12, 50)
	for _, rules := range written {
		c, err := compile(map[string]string{"p.rego": "package p\n\nsubjects contains \"x\"\n\nfail contains \"x\" if false\n\n" + rules})
		if err != nil {
			t.Fatalf("%s: %v", rules, err)
		}

		c.analyse()

		for range inputs {
			judge(t, d, c, d.input())
		}
	}
}

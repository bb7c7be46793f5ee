package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/memory"
)

// groupsOf makes n resource groups of one subscription; every hundredth is in
// a region of its own choice.
func groupsOf(t *testing.T, n int, odd string) snapshot.Dataset {
	bodies := make([]string, n)
	for i := range bodies {
		location := "westeurope"
		if i%100 == 0 {
			location = odd
		}
		bodies[i] = group(subA, fmt.Sprintf("g%05d", i), location)
	}

	return data(t, "azure.resource_groups", map[string][]string{subA: bodies})
}

// inMemory evaluates with a memory, and packs and unpacks it on the way.
func inMemory(t *testing.T, e *engine.Engine, snap snapshot.Snapshot, in intent.Intent, packed []byte) (finding.Set, []byte) {
	t.Helper()
	m := memory.Read(packed, engine.Version)
	set, err := e.With(engine.Options{Memory: m}).Evaluate(context.Background(), snap, in, asOf)
	if err != nil {
		t.Fatal(err)
	}

	if !m.Changed() {
		return set, packed
	}

	return set, m.Pack()
}

// TestMemory: what is remembered is what is computed, document by document.
func TestMemory(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope" }
fail contains {"subject": g._subject, "message": sprintf("in %s", [g.location]), "observed": {"l": g.location}, "evidence": []} if {
	some g in input.azure.resource_groups
	startswith(g.location, "east")
}`)

	in := promise()
	var packed []byte
	for _, odd := range []string{"eastus", "eastus2", "eastus2", "northeurope", "eastus"} {
		snap := seal(t, groupsOf(t, 2500, odd), other(t))
		want, err := e.Evaluate(context.Background(), snap, in, asOf)
		if err != nil {
			t.Fatal(err)
		}

		var got finding.Set
		got, packed = inMemory(t, e, snap, in, packed)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", odd, diff)
		}
	}
}

// TestMemoryIsUsed: a memory that was tampered with is believed where nothing
// has changed, so that the other tests do test it.
func TestMemoryIsUsed(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope" }
fail contains {"subject": g._subject, "message": "an odd place"} if { some g in input.azure.resource_groups; g.location == "eastus" }`)

	first := seal(t, groupsOf(t, 2500, "eastus"), other(t))
	_, packed := inMemory(t, e, first, promise(), nil)
	lie := memory.Read(packed, engine.Version).Pack()
	lie = resealed(bytes.ReplaceAll(lie, []byte("an odd place"), []byte("an old place")))
	got, _ := inMemory(t, e, first, promise(), lie)
	if len(got.Findings) < 25 || got.Findings[1].Message != "an old place" {
		t.Errorf("%+v", got.Findings[1])
	}
}

// resealed gives a packed memory the checksum of its content.
func resealed(packed []byte) []byte {
	body := bytes.Clone(packed[:len(packed)-crc32.Size])
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

// TestMemoryKeys: whatever an outcome follows from changes its key.
func TestMemoryKeys(t *testing.T) {
	const body = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == input.client.fence.regions[_]; input.as_of > "2000" }`
	e, in := pack(t, body), promise()
	groups := groupsOf(t, 3, "eastus")
	_, packed := inMemory(t, e, seal(t, groups, other(t)), in, nil)
	moved := in
	moved.Client.Fence = &intent.Fence{Name: "us", Regions: []string{"eastus"}}
	hidden := groups
	hidden.Coverage.Status, hidden.Coverage.Scopes = snapshot.Denied, nil
	stricter := pack(t, body+"\n# another text\n")
	for name, tc := range map[string]struct {
		e    *engine.Engine
		snap snapshot.Snapshot
		in   intent.Intent
		at   time.Duration
	}{
		"another promise": {e, seal(t, groups, other(t)), moved, 0},
		"denied":          {e, seal(t, hidden, other(t)), in, 0},
		"a document less": {e, seal(t, groupsOf(t, 2, "eastus"), other(t)), in, 0},
		"another policy":  {stricter, seal(t, groups, other(t)), in, 0},
		"stale":           {e, seal(t, groups, other(t)), in, 48 * time.Hour},
		"later":           {e, seal(t, groups, other(t)), in, time.Hour},
	} {
		m := memory.Read(packed, engine.Version)
		got, err := tc.e.With(engine.Options{Memory: m}).Evaluate(context.Background(), tc.snap, tc.in, asOf.Add(tc.at))
		if err != nil {
			t.Fatal(err)
		}

		want, err := tc.e.Evaluate(context.Background(), tc.snap, tc.in, asOf.Add(tc.at))
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(want, got); diff != "" || !m.Changed() {
			t.Errorf("%s: computed anew: %v %s", name, m.Changed(), diff)
		}
	}

	again := memory.Read(packed, engine.Version)
	if _, err := e.With(engine.Options{Memory: again}).Evaluate(context.Background(), seal(t, groups, other(t)), in, asOf); err != nil || again.Changed() {
		t.Errorf("nothing changed, and it was computed anew: %v", err)
	}
}

// TestMemoryStillChecks: that an outcome is remembered does not make a changed
// file pass.
func TestMemoryStillChecks(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if some g in input.azure.resource_groups`)
	snap := seal(t, groupsOf(t, 3, "eastus"), other(t))
	_, packed := inMemory(t, e, snap, promise(), nil)

	open := snap.Open
	snap.Open = func(name string) (io.ReadCloser, error) {
		r, err := open(name)
		if err != nil {
			return nil, err
		}

		data, err := io.ReadAll(r)
		return io.NopCloser(bytes.NewReader(bytes.Replace(data, []byte("eastus"), []byte("westus"), 1))), err
	}
	if _, err := e.With(engine.Options{Memory: memory.Read(packed, engine.Version)}).Evaluate(context.Background(), snap, promise(), asOf); err == nil {
		t.Error("a changed dataset is not seen")
	}
}

// TestMemoryCount: a manifest that counts wrong is refused, remembered or not.
func TestMemoryCount(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if some g in input.azure.resource_groups`)
	snap := seal(t, groupsOf(t, 3, "eastus"), other(t))
	_, packed := inMemory(t, e, snap, promise(), nil)
	c := snap.Manifest.Datasets["azure.resource_groups"]
	c.Count++

	snap.Manifest.Datasets["azure.resource_groups"] = c
	if _, err := e.With(engine.Options{Memory: memory.Read(packed, engine.Version)}).Evaluate(context.Background(), snap, promise(), asOf); err == nil {
		t.Error("a wrong count is not seen")
	}
}

// TestMemoryOfMetadata: METADATA is part of a control also in a file that has no
// rules.
func TestMemoryOfMetadata(t *testing.T) {
	set := func(region string) *engine.Engine {
		e, err := engine.Load(fstest.MapFS{
			"control.rego": {Data: []byte("# METADATA\n# title: A control of the test\n# custom:\n#   id: RF-Z-01\n#   severity: high\n#   params:\n#     region: {type: string, default: " + region + ", description: x}\npackage test.isolation.control\n")},
			"rules.rego": {Data: []byte(`package test.isolation.control

subjects contains g._subject if some g in input.azure.resource_groups

pass contains g._subject if {
	some g in input.azure.resource_groups
	g.location == input.params.region
}
`)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}

	snap, in := seal(t, groupsOf(t, 3, "westeurope"), other(t)), promise()
	for region, want := range map[string]finding.Outcome{"westeurope": finding.Satisfied, "nowhere": finding.Undetermined} {
		_, packed := inMemory(t, set("westeurope"), snap, in, nil)
		if got, _ := inMemory(t, set(region), snap, in, packed); got.Controls[0].Outcome != want {
			t.Errorf("%s: %s", region, got.Controls[0].Outcome)
		}
	}
}

// TestOwnParams: a control sees its own parameters and no other one's, and one that
// its METADATA does not declare is an error of the policy set.
func TestOwnParams(t *testing.T) {
	const meta = "# METADATA\n# title: %[1]s\n# custom:\n#   id: %[2]s\n#   severity: high\n" +
		"#   params:\n#     region: {type: string, default: %[3]s, description: x}\npackage test.isolation.%[1]s\n\n"
	const subjects = "subjects contains g._subject if some g in input.azure.resource_groups\n"
	const pass = "pass contains g._subject if { some g in input.azure.resource_groups; %[4]s }"
	set := func(condition string) (*engine.Engine, error) {
		return engine.Load(fstest.MapFS{
			"one.rego": {Data: fmt.Appendf(nil, meta+subjects+pass, "one", "RF-Z-01", "westeurope", condition)},
			"two.rego": {Data: fmt.Appendf(nil, meta+subjects+pass, "two", "RF-Z-02", "elsewhere", "g.location")},
		})
	}

	snap, in := seal(t, groupsOf(t, 3, "westeurope"), other(t)), promise()
	for condition, want := range map[string]finding.Outcome{
		`g.location == input.params.region`:                          finding.Satisfied,
		`p := input.params; g.location == p["region"]`:               finding.Satisfied,
		`g.location == input.params[_]`:                              finding.Satisfied,
		`input.params == {"region": g.location}`:                     finding.Satisfied,
		`"elsewhere" in {v | some v in input.params}`:                finding.Undetermined,
		`g.location == object.get(input.client, ["params"], "none")`: finding.Undetermined,
	} {
		e, err := set(condition)
		if err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		if got, _ := inMemory(t, e, snap, in, nil); got.Controls[0].Outcome != want {
			t.Errorf("%s: %s", condition, got.Controls[0].Outcome)
		}
	}

	const misspelt = "one.rego: input.params.regoin is no parameter of RF-Z-01"
	if _, err := set("g.location == input.params.regoin"); err == nil || !strings.HasPrefix(err.Error(), misspelt) {
		t.Errorf("%v", err)
	}
}

// TestMemoryOfObserved: what changed in observed alone is still held to what a
// dataset may be, also where no control reads it.
func TestMemoryOfObserved(t *testing.T) {
	e := pack(t, `
subjects contains r._subject if some r in input.azure.resources
pass contains r._subject if { some r in input.azure.resources; r.location == "westeurope" }`)
	line := func(observed, spec string) snapshot.Snapshot {
		text := `{"id":"/subscriptions/` + subA + `/a",` + observed + `"spec":{` + spec + `"createdTime":"x","id":"/a","location":"westeurope","name":"a","type":"t"}}` + "\n"
		return sealed("azure.resources", text)
	}

	_, packed := inMemory(t, e, line(`"observed":{"changedTime":"1"},`, ""), promise(), nil)
	if got, kept := inMemory(t, e, line(`"observed":{"changedTime":"2"},`, ""), promise(), packed); got.Controls[0].Outcome != finding.Satisfied || len(kept) == 0 {
		t.Errorf("%+v", got.Controls)
	}

	for name, tc := range map[string]struct{ observed, spec string }{
		"a number that is none": {`1e400`, ""},
		"too small a number":    {`1e-99999999999`, ""},
		"too deep":              {strings.Repeat("[", 200) + strings.Repeat("]", 200), ""},
		"deep by one level":     {strings.Repeat("[", 128) + strings.Repeat("]", 128), ""},
		"named in spec":         {`"1"`, `"changedTime":"1",`},
		"escaped in spec":       {`"1"`, `"\u0063hangedTime":"1",`},
	} {
		_, packed := inMemory(t, e, line("", tc.spec), promise(), nil) // the rest of the line is the same
		for kind, m := range map[string]*memory.Memory{"anew": nil, "remembered": memory.Read(packed, engine.Version)} {
			if _, err := e.With(engine.Options{Memory: m}).Evaluate(context.Background(), line(`"observed":{"changedTime":`+tc.observed+`},`, tc.spec), promise(), asOf); err == nil {
				t.Errorf("%s, %s: no error", name, kind)
			}
		}
	}
}

// sealed is a snapshot of one dataset of a subscription, byte for byte.
func sealed(name, text string) snapshot.Snapshot {
	text = strings.ReplaceAll(text, `"spec":`, `"scope":"`+subA+`","spec":`)
	texts := map[string]string{name: text, snapshot.SubscriptionDataset: `{"id":"` + subA + `","spec":{}}` + "\n"}
	for _, proof := range []string{"azure.caller_access", "azure.role_definitions"} {
		texts[proof] = `{"id":"` + subA + `/r","scope":"` + subA + `","spec":{}}` + "\n"
	}

	m := snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Cloud: "public", CollectedAt: "2026-11-23T11:59:30Z", Datasets: map[string]snapshot.Coverage{}}
	for name, text := range texts {
		c := everything
		c.Count, c.Digest = strings.Count(text, "\n"), snapshot.Digest([]byte(text))

		if name != snapshot.SubscriptionDataset {
			c.Scopes = []snapshot.Scope{{Scope: subA, Status: snapshot.Complete, Count: c.Count}}
		}

		m.Datasets[name] = c
	}

	return snapshot.Snapshot{
		Manifest: m,
		Open:     func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(texts[name])), nil },
	}
}

// TestTwins: two documents of one subject are no dataset.
func TestTwins(t *testing.T) {
	e := pack(t, `
subjects contains a._subject if some a in input.entra.role_assignments
pass contains a._subject if { some a in input.entra.role_assignments; a.principalId == "p" }`)
	line := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"spec":{"id":%q,"principalId":"p"}}`, id, id) + "\n"
	}
	for text, fails := range map[string]bool{
		line("/a") + line("a"): true,
		line("-a") + line("/a") + line("/b") + line("0") + line("b") + line("c"): true,
		line("//a") + line("/a"):                              false,
		line("/a") + line("/b"):                               false,
		line("a") + line("b"):                                 false,
		line("-a") + line("/a") + line("/b") + line("c"):      false,
		line("/") + line("/a") + line("b") + line("c/a/b/x/"): false,
	} {
		_, err := e.Evaluate(context.Background(), sealed("entra.role_assignments", text), promise(), asOf)
		var digest *snapshot.DigestError
		if (err != nil) != fails || fails && !errors.As(err, &digest) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestMemoryOfLicences: a wrong count of SKUs is found, remembered or not.
func TestMemoryOfLicences(t *testing.T) {
	sku := `{"id":"t_s","skuId":"s","skuPartNumber":"P","capabilityStatus":"Enabled","prepaidUnits":{"enabled":5},"servicePlans":[{"servicePlanId":"i","servicePlanName":"EXCHANGE_S_STANDARD","provisioningStatus":"Success"}]}`
	unlicensed := snapshot.Dataset{Name: "entra.role_eligibility", Coverage: snapshot.Coverage{
		Status: snapshot.NotLicensed, EndedAt: "2026-11-23T11:59:30Z", StartedAt: "2026-11-23T11:59:00Z"}}
	snap, e := seal(t, unlicensed, other(t), data(t, snapshot.SKUDataset, map[string][]string{"": {sku}})), pack(t, eligibility)
	_, packed := inMemory(t, e, snap, promise(), nil)
	c := snap.Manifest.Datasets[snapshot.SKUDataset]
	c.Count++

	snap.Manifest.Datasets[snapshot.SKUDataset] = c
	for _, m := range []*memory.Memory{nil, memory.Read(packed, engine.Version)} {
		if _, err := e.With(engine.Options{Memory: m}).Evaluate(context.Background(), snap, promise(), asOf); err == nil {
			t.Error("no error")
		}
	}
}

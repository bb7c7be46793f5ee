package oscal

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
	"ringfence/internal/runfolder/layout"
)

// objectAt is the object at a path of names and indexes: "results/0/findings/3".
func objectAt(t testing.TB, v any, path string) map[string]any {
	t.Helper()
	for _, token := range strings.Split(path, "/") {
		next, ok := member(v, token)
		if !ok {
			t.Fatalf("%s: nothing is at %s", path, token)
		}
		v = next
	}

	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", path)
	}

	return m
}

// change edits a document below its model. In the results of the sample, observation 3
// and risk 1 are the excepted partner, and finding 3 is satisfied.
type change = func(t testing.TB, ar map[string]any)

// set sets the member at a path.
func set(path string, v any) change {
	i := strings.LastIndex(path, "/")
	return func(t testing.TB, doc map[string]any) { objectAt(t, doc, path[:i])[path[i+1:]] = v }
}

// drop deletes the member at a path.
func drop(path string) change {
	i := strings.LastIndex(path, "/")
	return func(t testing.TB, doc map[string]any) { delete(objectAt(t, doc, path[:i]), path[i+1:]) }
}

// repeat appends the first element of the list at a path once more.
func repeat(path string) change {
	i := strings.LastIndex(path, "/")
	return func(t testing.TB, doc map[string]any) {
		holder := objectAt(t, doc, path[:i])
		list := asArray(holder[path[i+1:]])
		holder[path[i+1:]] = append(list, list[0])
	}
}

const (
	nowhere = "0c9c5d52-3b9f-4d6f-8a52-0f6f3d2d9a10"
	timeV1  = "0c9c5d52-3b9f-1d6f-8a52-0f6f3d2d9a10"

	usedAsset = "results/0/local-definitions/assessment-assets/assessment-platforms/0/uses-components/0"
)

func obj(kv ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}

func list(items ...any) []any { return items }

// mutations are the 24 of research (what the JSON schema of 1.1.3 lets pass and
// what it does not), and one for every other rule. Rule "" is a legal change.
var mutations = []struct {
	name string
	do   change
	rule string
}{
	{"bogus state", set("results/0/findings/3/target/status/state", "passed"), "schema"},
	{"actor type robot", set("results/0/observations/0/origins/0/actors/0/type", "robot"), "schema"},
	{"no time zone", set("results/0/observations/0/collected", "2026-11-20T08:00:12"), "schema"},
	{"uuid of version 1", set("results/0/observations/0/uuid", timeV1), "uuid-form"},
	{"empty array", set("results/0/risks", list()), "schema"},
	{"wrong key in local-definitions", set("results/0/local-definitions/activities", list()), "schema"},
	{"title with newline", set("results/0/findings/0/title", "two\nlines"), "title-line"},
	{"title with leading blank", set("results/0/findings/0/title", " one"), "title-line"},
	{"prop without ns", set("results/0/observations/0/props", list(obj("name", "outcome", "value", "x"))), "prop-ns"},
	{"undefined role", set("metadata/responsible-parties/0/role-id", "ghost"), "ref-role"},
	{"attester role twice", func(t testing.TB, ar map[string]any) {
		by := obj("role-id", "assessor", "party-uuids", list(objectAt(t, ar, "metadata/parties/0")["uuid"]))
		part := obj("name", "attestation", "ns", NS)
		attestation := obj("responsible-parties", list(by, by), "parts", list(part))
		objectAt(t, ar, "results/0")["attestations"] = list(attestation)
	}, "unique-in-list"},
	{"hash length", set("back-matter/resources/0/rlinks/0/hashes/0/value", "abcd"), "hash"},
	{"facet typo", set("results/0/risks/0/characterizations/0/facets/0/name", "likelyhood"), "facet-name"},
	{"# link with media type", set("results/0/links/0/media-type", "text/plain"), "link-media-type"},
	{
		"dangling related-observation",
		set("results/0/findings/0/related-observations/0/observation-uuid", nowhere), "ref-observation",
	},
	{"dangling actor", set("results/0/observations/0/origins/0/actors/0/actor-uuid", nowhere), "ref-actor"},
	{"dangling logged-by", set("results/0/risks/1/risk-log/entries/0/logged-by/0/party-uuid", nowhere), "ref-party"},
	{"dangling evidence", set("results/0/observations/0/relevant-evidence/0/href", "#"+nowhere), "ref-evidence"},
	{"duplicate uuid across elements", func(t testing.TB, ar map[string]any) {
		objectAt(t, ar, "results/0/risks/0")["uuid"] = objectAt(t, ar, "results/0/findings/0")["uuid"]
	}, "uuid-unique"},
	{"end before start", set("results/0/end", "2026-11-20T07:59:59Z"), "time-order"},
	{"expires before collected", set("results/0/observations/0/expires", "2026-11-19T09:00:00Z"), "time-order"},
	{"MD5", set("back-matter/resources/0/rlinks/0/hashes/0/algorithm", "MD5"), "hash"},
	{"offset +05:45", set("results/0/observations/0/collected", "2026-11-20T13:45:12+05:45"), ""},
	{"offset -03:30", set("results/0/observations/0/collected", "2026-11-20T04:30:12-03:30"), ""},

	{"no change", func(testing.TB, map[string]any) {}, ""},
	{"uuid in other case", func(t testing.TB, ar map[string]any) {
		f := objectAt(t, ar, "results/0/findings/0")
		f["uuid"] = strings.ToUpper(objectAt(t, ar, "results/0/findings/1")["uuid"].(string))
	}, "uuid-unique"},
	{"dangling risk", set("results/0/findings/1/related-risks/0/risk-uuid", nowhere), "ref-risk"},
	{"dangling subject", set("results/0/observations/0/subjects/0/subject-uuid", nowhere), "ref-subject"},
	{"subject of another type", set("results/0/observations/0/subjects/0/type", "inventory-item"), "ref-subject"},
	{"dangling component", set(usedAsset+"/component-uuid", nowhere), "ref-component"},
	{"observation as component", func(t testing.TB, ar map[string]any) {
		id := objectAt(t, ar, "results/0/observations/0")["uuid"]
		objectAt(t, ar, usedAsset)["component-uuid"] = id
	}, "ref-component"},
	{"dangling import", set("import-ap/href", "#"+nowhere), "ref-import"},
	{"dangling link", set("results/0/links/0/href", "#"+nowhere), "ref-link"},
	{
		"dangling task", set("results/0/observations/0/origins", list(obj(
			"actors", list(obj("type", "tool", "actor-uuid", engineUUID)),
			"related-tasks", list(obj("task-uuid", nowhere)),
		))), "ref-task",
	},
	{
		"dangling response",
		set("results/0/risks/1/risk-log/entries/0/related-responses", list(obj("response-uuid", nowhere))),
		"ref-response",
	},
	{"dangling location", set("metadata/parties/0/location-uuids", list(nowhere)), "ref-location"},
	{"member of a person", func(t testing.TB, ar map[string]any) {
		person := objectAt(t, ar, "metadata/parties/2")
		person["member-of-organizations"] = list(person["uuid"])
	}, "ref-party"},
	{"resource type", set("back-matter/resources/0/props/0/value", "screenshot"), "resource-type"},
	{"rlink twice", repeat("back-matter/resources/0/rlinks"), "unique-in-list"},
	{"metadata prop twice", repeat("metadata/props"), "unique-in-list"},
	{"role twice", repeat("metadata/roles"), "unique-in-list"},
	{"collected before start", set("results/0/observations/0/collected", "2026-11-20T07:00:00Z"), "time-order"},
	{"collected after end", set("results/0/observations/0/collected", "2026-11-20T09:00:01Z"), "time-order"},
	{"expires before end", set("results/0/observations/0/expires", "2026-11-20T08:59:00Z"), "time-order"},
	{"closed without log entry", set("results/0/risks/0/status", "closed"), "risk-log"},
	{"deviation without log entry", set("results/0/risks/0/status", "deviation-approved"), "risk-log"},
	{"two findings for a target", set("results/0/findings/3/target/target-id", "rf-g-01_obj"), "target-unique"},
	{"empty title", set("results/0/findings/0/title", ""), "title-line"},
	{"value with trailing blank", set("results/0/observations/0/props/0/value", "x "), "string-blank"},
	{
		"undetermined made satisfied",
		set("results/0/findings/0/target/status", obj("state", "satisfied", "reason", "pass")), "own-outcome",
	},
	{"undetermined with a risk", func(t testing.TB, ar map[string]any) {
		undetermined := objectAt(t, ar, "results/0/findings/0")
		undetermined["related-risks"] = objectAt(t, ar, "results/0/findings/1")["related-risks"]
	}, "own-outcome"},
	{"finding without observation", drop("results/0/findings/0/related-observations"), "own-outcome"},
	{"observation without subject", drop("results/0/observations/0/subjects"), "own-observation"},
	{"observation without evidence", drop("results/0/observations/0/relevant-evidence"), "own-observation"},
	{"observation that nothing cites", func(t testing.TB, ar map[string]any) {
		r := objectAt(t, ar, "results/0")
		r["findings"] = asArray(r["findings"])[1:]
	}, "own-observation"},
	{"version that ringfence does not write", set("metadata/oscal-version", "1.2.2"), "oscal-version"},
}

func TestMutations(t *testing.T) {
	effort.WithoutRace(t)
	good := mustDocuments(t, sample())[layout.Results]
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			root, err := snapshot.ParseObject(good)
			if err != nil {
				t.Fatal(err)
			}

			m.do(t, objectAt(t, root, "assessment-results"))
			data, err := snapshot.CanonicalFile(root)
			if err != nil {
				t.Fatal(err)
			}

			problems := Validate(data)
			if m.rule == "" && len(problems) > 0 {
				t.Errorf("a legal change is refused: %v", problems)
			}

			if m.rule != "" && !slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == m.rule }) {
				t.Errorf("no problem with rule %s: %v", m.rule, problems)
			}
		})
	}
}

// TestEveryRuleIsTried: a rule that no test can trip would rot.
func TestEveryRuleIsTried(t *testing.T) {
	tried := map[string]bool{
		"ref-finding": true, "ref-activity": true, "id-unique": true, // TestOtherModels
	}
	for _, m := range mutations {
		tried[m.rule] = true
	}
	for _, r := range Rules {
		if !tried[r.ID] {
			t.Errorf("no mutation for rule %s", r.ID)
		}
	}
}

func TestOtherModels(t *testing.T) {
	docs := mustDocuments(t, sample())
	for _, c := range []struct {
		name, file, rule string
		do               change
	}{
		{"control id twice", layout.Catalog, "id-unique", repeat("groups/0/controls")},
		{
			"dangling activity", layout.Plan, "ref-activity",
			set("tasks/1/associated-activities/0/activity-uuid", nowhere),
		},
		{"dangling dependency", layout.Plan, "ref-task", set("tasks/1/dependencies/0/task-uuid", nowhere)},
		{
			"dangling objective link", layout.Catalog, "ref-link",
			set("groups/0/controls/0/parts/3/links/0/href", "#rf-zz_smt"),
		},
		{
			"task ends before it starts", layout.Plan, "time-order",
			set("tasks/0/timing/within-date-range/end", "2020-01-01T00:00:00Z"),
		},
	} {
		root, err := snapshot.ParseObject(docs[c.file])
		if err != nil {
			t.Fatal(err)
		}

		for model := range root {
			c.do(t, objectAt(t, root, model))
		}

		data, _ := snapshot.CanonicalFile(root)
		if !slices.ContainsFunc(Validate(data), func(p Problem) bool { return p.Rule == c.rule }) {
			t.Errorf("%s: no problem with rule %s: %v", c.name, c.rule, Validate(data))
		}
	}
}

func TestForeignDocuments(t *testing.T) {
	poam := `{"plan-of-action-and-milestones":{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a001",
		"metadata":{"title":"T","last-modified":"2026-01-01T00:00:00Z","version":"1","oscal-version":"VERSION"},
		"poam-items":[{"title":"I","description":"D",
			"related-findings":[{"finding-uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a002"}]}]}}`
	version := func(v string) string { return strings.Replace(poam, "VERSION", v, 1) }
	for name, c := range map[string]struct {
		doc  string
		want []string
	}{
		"dangling finding":     {version("1.1.2"), []string{"ref-finding"}},
		"version without data": {version("1.0.0"), []string{"oscal-version", "ref-finding"}},
		"no version":           {version("../../etc"), []string{"oscal-version", "ref-finding"}},
		"yaml":                 {"catalog:\n  uuid: x\n", []string{"json"}},
		"duplicate key":        {`{"catalog":{},"catalog":{}}`, []string{"json"}},
		"trailing data":        {`{"catalog":{}} {}`, []string{"json"}},
		"array":                {`[]`, []string{"json"}},
		"no model":             {`{"$schema":"x"}`, []string{"model"}},
		"two models":           {`{"catalog":{},"profile":{}}`, []string{"model"}},
		"model is no object":   {`{"catalog":[]}`, []string{"model"}},
		"empty":                {``, []string{"json"}},
	} {
		var got []string
		for _, p := range Validate([]byte(c.doc)) {
			got = append(got, p.Rule)
		}

		slices.Sort(got)

		if got = slices.Compact(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: rules %v, want %v", name, got, c.want)
		}
	}
}

// foreign is a results document of another tool: its subjects, activities and
// statements are in the security plan and the assessment plan that it imports.
const foreign = `{"assessment-results":{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a001",
"metadata":{"title":"T","last-modified":"2026-01-01T00:00:00-04:00","version":"1","oscal-version":"1.1.2",
"roles":[{"id":"assessor","title":"A"}],"parties":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a002",
"type":"person","name":"P"}]},
"import-ap":{"href":"./ap.oscal.xml"},
"local-definitions":{"activities":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a003",
"description":"Lines.\n\n* one\n","props":[{"name":"method","value":"TEST"}],
"responsible-roles":[{"role-id":"assessor","party-uuids":["8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a002"]}]}]},
"results":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a004","title":"R","description":"D",
"start":"2026-01-01T00:00:00-04:00","end":"2026-01-01T00:15:00-04:00",
"reviewed-controls":{"control-selections":[{"include-controls":[{"control-id":"ac-6.1"}]}]},
"local-definitions":{"tasks":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a005","type":"action","title":"T",
"associated-activities":[{"activity-uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a0aa",
"subjects":[{"type":"component","include-all":{}}]}]}]},
"observations":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a006","description":"D","methods":["TEST"],
"collected":"2026-01-01T04:00:00Z","expires":"2026-02-01T00:00:00Z",
"origins":[{"actors":[{"type":"tool","actor-uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a0ad"}]}],
"subjects":[{"type":"component","subject-uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a0ab"}]}],
"findings":[{"uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a007","title":"F","description":"D",
"implementation-statement-uuid":"8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a0ac",
"target":{"type":"objective-id","target-id":"ac-6.1_obj","status":{"state":"not-satisfied"}}}]}]}}`

// TestForeignImports: what is defined in an imported document is no problem.
func TestForeignImports(t *testing.T) {
	if problems := Validate([]byte(foreign)); len(problems) > 0 {
		t.Error(problems)
	}
	const party, other = "8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a002", "8f9ac9b6-3a6d-4a8e-9b0f-5f1e4ed2a0ae"
	bad := strings.Replace(foreign, `"party-uuids":["`+party, `"party-uuids":["`+other, 1)
	if problems := Validate([]byte(bad)); len(problems) != 1 || problems[0].Rule != "ref-party" {
		t.Errorf("dangling party: %v", problems)
	}
}

// TestManyProblems: schema errors are bounded, and the same each time.
func TestManyProblems(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"plan-of-action-and-milestones":{"metadata":{"oscal-version":"1.1.3",`)
	b.WriteString(`"links":[{"href":"#` + nowhere + `"}`)

	for range 2000 {
		b.WriteString(`,{"uuid":"` + nowhere + `","risk-uuid":"` + nowhere + `","x":1,"y":2}`)
	}

	b.WriteString(`]}}}`)
	rules := map[string]int{}
	first := Validate([]byte(b.String()))
	for _, p := range first {
		rules[p.Rule]++
	}

	bounded := rules["schema"] > 0 && rules["schema"] <= maxSchemaProblems
	if !bounded || rules["uuid-unique"] != 1999 || rules["ref-risk"] != 2000 {
		t.Error(rules)
	}

	for range 5 {
		if diff := cmp.Diff(first, Validate([]byte(b.String()))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestStrictJSONEscapes: legal JSON that a YAML parser refuses.
func TestStrictJSONEscapes(t *testing.T) {
	good := string(mustDocuments(t, sample())[layout.Catalog])
	doc := strings.Replace(good, "Vaults stay in the fence", `Vaults \/ \ud83d\ude00`, 1)
	if doc == good {
		t.Fatal("nothing replaced")
	}

	if problems := Validate([]byte(doc)); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestValidateFolder(t *testing.T) {
	folder := func() map[string][]byte {
		in := sample()
		files := map[string][]byte{layout.Intent: []byte("intent"), layout.Verdicts: []byte("verdicts")}
		for name, data := range files {
			in.Files[name] = snapshot.Digest(data)
		}

		docs, err := Documents(in)
		if err != nil {
			t.Fatal(err)
		}

		maps.Copy(files, docs)
		return files
	}

	swap := func(file, from, to string) func(map[string][]byte) {
		return func(f map[string][]byte) {
			if !strings.Contains(string(f[file]), from) {
				t.Fatalf("%s lacks %s", file, from)
			}
			f[file] = []byte(strings.Replace(string(f[file]), from, to, 1))
		}
	}

	for _, c := range []struct {
		name string
		do   func(map[string][]byte)
		rule string
	}{
		{"whole", func(map[string][]byte) {}, ""},
		{"a linked file that is not given", func(f map[string][]byte) { delete(f, layout.Verdicts) }, ""},
		{"plan missing", func(f map[string][]byte) { delete(f, layout.Plan) }, "file-missing"},
		{"intent missing", func(f map[string][]byte) { delete(f, layout.Intent) }, "file-missing"},
		{"intent changed", func(f map[string][]byte) { f[layout.Intent] = []byte("other") }, "file-digest"},
		{"verdicts changed", func(f map[string][]byte) { f[layout.Verdicts] = []byte("other") }, "file-digest"},
		{"catalog changed", swap(layout.Catalog, "Vaults stay", "Vaults went"), "file-digest"},
		{"plan is a catalog", func(f map[string][]byte) { f[layout.Plan] = f[layout.Catalog] }, "model"},
		{
			"file outside",
			swap(layout.Results, `"href":"intent.json"`, `"href":"../intent.json"`), "file-outside",
		},
		{
			"absolute file",
			swap(layout.Results, `"href":"intent.json"`, `"href":"https://x.example/intent.json"`), "file-outside",
		},
		{
			"target not in the catalog",
			swap(layout.Results, `"target-id":"rf-t-08_obj"`, `"target-id":"rf-t-99_obj"`), "objective-id",
		},
		{
			"objective not in the catalog",
			swap(layout.Plan, `"objective-id":"rf-t-08_obj"`, `"objective-id":"rf-t-99_obj"`), "objective-id",
		},
		{
			"control not in the catalog",
			swap(layout.Results, `"control-id":"rf-t-08"`, `"control-id":"rf-t-99"`), "control-id",
		},
		{
			"excluded, but found",
			swap(layout.Results, `"control-id":"rf-g-05"`, `"control-id":"rf-t-08"`), "control-finding",
		},
		{
			"included, but not found",
			swap(layout.Results, `"include-controls":[`, `"include-controls":[{"control-id":"rf-g-05"},`), "control-finding",
		},
		{
			"import to nowhere",
			swap(layout.Plan, `"import-ssp":{"href":"#`, `"import-ssp":{"href":"x#`), "file-missing",
		},
	} {
		files := folder()
		c.do(files)

		problems := ValidateFolder(files)
		if c.rule == "" && len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
		}

		if c.rule != "" && !slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == c.rule }) {
			t.Errorf("%s: no problem with rule %s: %v", c.name, c.rule, problems)
		}
	}
}

func FuzzValidate(f *testing.F) {
	tiny := sample()
	clearSet(&tiny.Set)

	for _, data := range mustDocuments(f, tiny) {
		f.Add(data)
	}

	f.Add([]byte(`{"assessment-results":{"results":[{"findings":[null,1,[]],"reviewed-controls":[]}],` +
		`"metadata":{"props":7,"oscal-version":"1.1.3"}}}`))
	f.Add([]byte(`{"catalog":{"metadata":{"oscal-version":"1.2.1"},"links":[{"href":"#","rel":"reference"}]}}`))

	f.Fuzz(func(t *testing.T, data []byte) {
		a := Validate(data)
		b := ValidateFolder(map[string][]byte{layout.Catalog: data, layout.Plan: data, layout.Results: data})
		if len(a) > 0 && len(b) == 0 {
			t.Errorf("alone %v, in a folder nothing", a)
		}
	})
}

package fleetfile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

var controls = []finding.Control{
	{ID: "RF-T-07"},
	{ID: "RF-T-08", Params: map[string]finding.Param{
		"allow_members_to_invite": {Type: "boolean"},
		"domains":                 {Type: "strings"},
		"most":                    {Type: "integer"},
		"note":                    {Type: "string"},
	}},
}

func TestCheck(t *testing.T) {
	everything := map[string]bool{"msp.walls": true, "client.domains": true}
	for _, a := range clientTable {
		everything["client."+a.Name] = a.Checked
		for _, nested := range a.Of {
			everything["client."+a.Name+"."+nested.Name] = a.Type == intent.Block && nested.Checked
		}
	}

	some := map[string]bool{
		"client.fence.regions":     true,
		"client.cell":              true,
		"client.service_providers": true,
		"client.partners":          true,
		"client.keys":              true,
		"client.keys.max_age":      true,
		"client.vendors":           false,
		"msp.walls":                true,
	}

	onlyOwner := map[string]bool{"client.keys.owner": true, "client.cell": true}

	clean := strings.Replace(source(t), "fence       = null # explicitly not promised\n", "partners = []\n", 1)
	params := strings.Replace(source(t), "{ allow_members_to_invite = false }",
		`{ alow_members_to_invite = false, most = "3", note = 3, domains = "x", allow_members_to_invite = ["a"] }`, 1)
	ids := strings.NewReplacer(
		`"RF-T-08" = { allow_members_to_invite = false }`, `"RF-T-8" = {}`,
		`"RF-T-07"`, `"RF-T-70"`,
		`["banking", "insurance"]`, `["banking", "insuranze"]`,
	).Replace(source(t))

	asOf := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	cases := map[string]struct {
		src   string
		known Known
	}{
		"clean":       {clean, Known{controls, some, asOf}},
		"not-read":    {source(t), Known{controls, nil, asOf}},
		"not-a-key":   {source(t), Known{controls, onlyOwner, asOf}},
		"all-read":    {source(t), Known{controls, everything, asOf.Add(time.Second)}},
		"no-controls": {source(t), Known{nil, everything, time.Time{}}},
		"params":      {params, Known{controls, everything, asOf}},
		"ids":         {ids, Known{controls, everything, asOf}},
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := loaded(t, file(t, c.src))
			diags := f.Check(c.known)
			got := strings.ReplaceAll(written(t, diags), f.Dir+"/", "")
			golden(t, "testdata/check-"+name+".txt", []byte(got))
		})
	}
}

// TestBrief: who did not ask what is not promised reads of a few promises each, of many one
// line; what else there is to say is said either way.
func TestBrief(t *testing.T) {
	src := source(t) + `
client "bare" {
  tenant_id = "aaaaaaaa-0000-4000-8000-0000000000ff"
}
`
	few := []string{"client.partners", "client.vendors", "client.fence"}
	many := append(few, "client.break_glass", "client.keys.max_age", "client.gdap")
	for want, names := range map[string][]string{"each": few, "Not promised: 5 promises to 3 clients": many} {
		known := Known{Controls: controls, Reads: map[string]bool{}, AsOf: time.Date(2027, 2, 2, 0, 0, 0, 0, time.UTC)}
		for _, name := range names {
			known.Reads[name] = true
		}

		whole := loaded(t, file(t, src)).Check(known)
		allPromises, allOthers := promisesIn(whole)
		promises, others := promisesIn(whole.Brief())
		got := strings.Join(promises, ", ")
		if slices.Equal(promises, allPromises) {
			got = "each"
		}
		if got != want || !slices.Equal(others, allOthers) || !slices.Contains(others, "Exception expired") {
			t.Errorf("%v: %q and %q, want %s", names, promises, others, want)
		}
	}
}

// promisesIn are the summaries about what is not promised, and the others.
func promisesIn(d *Diagnostics) (promises, others []string) {
	for _, g := range d.All() {
		if strings.HasPrefix(g.Summary, "Not promised") {
			promises = append(promises, g.Summary)
		} else {
			others = append(others, g.Summary)
		}
	}
	return promises, others
}

// TestExpiry: an exception holds until the end of its day, UTC.
func TestExpiry(t *testing.T) {
	f := loaded(t, contract)
	for at, want := range map[string]bool{
		"2027-01-31T23:59:59Z":      false,
		"2027-02-01T00:00:00Z":      true,
		"2027-02-01T00:30:00+01:00": false,
	} {
		asOf, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}

		expired := false
		for _, g := range f.Check(Known{Controls: controls, AsOf: asOf}).Warnings() {
			expired = expired || g.Summary == "Exception expired"
		}

		if expired != want {
			t.Errorf("at %s: expired = %v", at, expired)
		}
	}
}

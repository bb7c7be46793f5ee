package customers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
)

const (
	id1 = "aaaaaaaa-0000-4000-8000-000000000010"
	id2 = "aaaaaaaa-0000-4000-8000-000000000011"
)

func TestReadCSV(t *testing.T) {
	want := []Customer{
		{Name: "Contoso; GmbH", Domain: "contoso.example", Line: 2},
		{Name: "Fabrikam", TenantID: id1, Domain: "fabrikam.example", Line: 3},
	}
	utf16le := func(s string) string {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return string(out)
	}

	semicolons := "Company name;Primary domain name;Microsoft ID;Relationship\r\n" +
		"\"Contoso; GmbH\";contoso.example;;Active\r\nFabrikam;@Fabrikam.example;" + strings.ToUpper(id1) + "\r\n;;;\r\n"
	for name, text := range map[string]string{
		"semicolons":      semicolons,
		"byte order mark": "\ufeff" + semicolons,
		"UTF-16":          utf16le(semicolons),
		"tabs":            "domain\tname\ttenant_id\ncontoso.example\t\"Contoso; GmbH\"\t\nfabrikam.example\tFabrikam\t" + id1 + "\n",
		"commas":          "Name,Domain,TenantId\nContoso; GmbH, contoso.example ,\n\"Fabrikam\",fabrikam.example," + id1,
	} {
		got, err := ReadCSV([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}

	got, err := ReadCSV([]byte("sep=|\nname|domain\nA|a.example\n"))
	if diff := cmp.Diff([]Customer{{Name: "A", Domain: "a.example", Line: 2}}, got); err != nil || diff != "" {
		t.Errorf("sep=: %v (-want +got):\n%s", err, diff)
	}
}

func TestReadCSVErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "the file is empty",
		"Fabrikam,fabrikam.example\n":    "the first line must name the columns",
		"name\nFabrikam\n":               "the first line must name the columns",
		"name,domain\nA,a.example\nB,\n": `line 3: "B" has neither a tenant id nor a domain`,
		"name,domain\nA,not a domain\n":  `line 2: "not a domain" is not a domain name`,
		"name,tenant\nA,x\n":             `line 2: the tenant id "x" is not a GUID`,
		"name,domain\n\xff\xfa,b\n":      "not UTF-8",
	} {
		if _, err := ReadCSV([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestLabels(t *testing.T) {
	list := []Customer{
		{Name: "Müller & Söhne GmbH"}, {Name: "Crédit Łódź"}, {Name: "3M"}, {Name: "fleet"},
		{Name: "Müller & Söhne GmbH"}, {Name: "株式会社", Domain: "kabushiki.example"},
		{Name: "株式会社", TenantID: id1}, {Name: "Sam's\u202e Bakery"}, {Name: "taken"},
		{Name: strings.Repeat("long ", 30)}, {Name: strings.Repeat("long ", 30)}, {Name: "Ｆｕｌｌ Width"},
	}
	want := []string{
		"mueller-and-soehne-gmbh", "credit-lodz", "c-3m", "fleet-2",
		"mueller-and-soehne-gmbh-2", "kabushiki",
		"client-aaaaaaaa", "sams-bakery", "taken-2",
		strings.Repeat("long-", 12) + "lon", strings.Repeat("long-", 12) + "l-2", "full-width",
	}

	got := Labels(list, []string{"taken"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, label := range got {
		if _, ok := intent.Name.Norm(label); !ok {
			t.Errorf("%q is no label", label)
		}
	}
}

// TestBlocks: whatever customers are called, the blocks are a fleet file with each of
// them in it, and nothing else.
func TestBlocks(t *testing.T) {
	list := []Customer{
		{Name: "Plain", TenantID: id1, Domain: "plain.example"},
		{Name: "evil\"\n}\nclient \"x\" {\u2028*/ ${x} %{if}\x00\x1b[2J\u202e", TenantID: id2, Cloud: "usgov"},
	}
	f := loaded(t, Blocks(list, Labels(list, nil)))
	if len(f.Clients) != 2 || f.Clients[1].TenantID != id2 || f.Clients[1].Client.Cloud != "usgov" ||
		f.Clients[0].State != "onboarding" || f.Clients[0].Name != "plain" {
		t.Errorf("%+v", f.Clients)
	}
}

func loaded(t *testing.T, blocks []byte) *fleetfile.Fleet {
	t.Helper()
	const msp = "msp {\n  name = \"M\"\n  tenant_id = \"aaaaaaaa-0000-4000-8000-000000000001\"\n}\n"
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, append([]byte(msp), blocks...), 0o600); err != nil {
		t.Fatal(err)
	}

	f, diags := fleetfile.Load(path)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Error(), blocks)
	}
	return f
}

func TestNew(t *testing.T) {
	f := loaded(t, []byte("client \"have\" {\n  tenant_id = \""+id1+"\"\n  domains = [\"have.example\"]\n}\n"))
	list, skipped := New([]Customer{
		{Name: "by id", TenantID: id1},
		{Name: "by domain", TenantID: id2, Domain: "have.example"},
		{Name: "MSP", TenantID: f.MSP.TenantID},
		{Name: "unknown", Domain: "unknown.example"},
		{Name: "new", TenantID: id2},
		{Name: "twice", TenantID: id2},
	}, f)

	var why []string
	for _, s := range skipped {
		why = append(why, s.Name+": "+s.Why)
	}
	want := []string{
		`by id: the fleet file has it as client "have"`, `by domain: the fleet file has it as client "have"`,
		"MSP: it is the MSP's own tenant", "unknown: its tenant id is not known", "twice: it is listed twice",
	}
	if diff := cmp.Diff(want, why); diff != "" || len(list) != 1 || list[0].Name != "new" {
		t.Errorf("%v (-want +got):\n%s", list, diff)
	}
}

// FuzzReadCSV: whatever a list holds, its blocks are a fleet file, with a client for each
// customer that has a tenant id.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("name,tenant_id,domain\nA," + id1 + ",a.example\n\"B\nb\"," + id2 + ",\n"))
	f.Add([]byte("\xff\xfen\x00a\x00m\x00e\x00"))
	f.Add([]byte("sep=;\nname;domain\n\";x.example\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ReadCSV(data)
		if err != nil {
			return
		}

		list, _ := New(all, loaded(t, nil))
		labels := Labels(list, nil)
		got := loaded(t, Blocks(list, labels))
		if len(got.Clients) != len(list) {
			t.Errorf("%d customers, %d clients", len(list), len(got.Clients))
		}
		for i, c := range got.Clients {
			if c.TenantID != list[i].TenantID || !slices.Contains(labels, c.Name) {
				t.Errorf("%+v is not %+v", c.Client, list[i])
			}
		}
	})
}

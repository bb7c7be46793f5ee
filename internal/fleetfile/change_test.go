package fleetfile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// base is the fleet of the tests of change files.
const base = `
msp {
  name      = "Northwind"
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000001"
}
fence "eu" { countries = ["NL"] }
defaults { max_age = "12h" }
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  domains   = ["fabrikam.example"]
  fence     = fence.eu
  keys { owner = "client" }
  params = { "RF-T-08" = { a = true, b = 1 } }
}
client "contoso" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000020"
  keys { owner = "client" }
}
`

// changedBy loads the base fleet with a change of fabrikam.
func changedBy(t *testing.T, label, change string) (*Fleet, *Change, *Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	fleet, file := filepath.Join(dir, "fleet.hcl"), filepath.Join(dir, "change.hcl")
	for name, text := range map[string]string{fleet: base, file: change} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return LoadChanged(fleet, label, file)
}

// TestChangedPromise: the change's attributes go before the client's and the defaults',
// block by block and parameter by parameter, and concern no other client.
func TestChangedPromise(t *testing.T) {
	f, change, diags := changedBy(t, "fabrikam", `
		partner "tax" { tenant_id = "cccccccc-0000-4000-8000-000000000001" }
		promise {
		  state    = "onboarding"
		  domains  = []
		  fence    = null
		  partners = [partner.tax]
		  keys { max_age = "90d" }
		  params = { "RF-T-08" = { a = false } }
		}`)
	if diags.HasErrors() || !change.Promises || len(change.Digest) != 64 {
		t.Fatal(diags.Error(), change)
	}

	c, _ := f.Client("fabrikam")
	if c.State != "onboarding" || len(c.Domains) != 0 || c.Domains == nil || c.Fence != nil || c.MaxAge != "12h" {
		t.Errorf("%+v", c.Client)
	}
	if len(c.Partners) != 1 || *c.Keys.Owner != "client" || *c.Keys.MaxAge != "90d" {
		t.Errorf("%+v, %+v", c.Partners, c.Keys)
	}
	want := map[string]map[string]any{"RF-T-08": {"a": false, "b": int64(1)}}
	if diff := cmp.Diff(want, c.Params); diff != "" {
		t.Error(diff)
	}
	if c.Origins["state"].From != FromChange || c.Origins["keys.owner"].From != FromClient {
		t.Errorf("origins: %v", c.Origins)
	}

	other, _ := f.Client("contoso")
	if other.State != "live" || other.Keys.MaxAge != nil {
		t.Errorf("contoso: %+v", other.Client)
	}
}

// TestChangedDocuments: blocks become documents as snapshots hold them, in the order of
// the file.
func TestChangedDocuments(t *testing.T) {
	_, change, diags := changedBy(t, "fabrikam", `
		add "entra.users" {
		  document = { id = "U1", userPrincipalName = "a@b.example", accountEnabled = null }
		}
		patch "entra.users" {
		  id    = "u2"
		  set   = { accountEnabled = false }
		  unset = ["/mail"]
		}
		remove "entra.users" { id = "u3" }
		describe "keyvault.keys" { at = ["/x"] }`)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	var got []string
	for _, d := range change.Documents {
		got = append(got, string(d.Kind)+" "+d.Dataset+" "+d.ID+" "+filepath.Base(d.Place))
	}
	want := []string{
		"add entra.users  change.hcl:2", "patch entra.users u2 change.hcl:5",
		"remove entra.users u3 change.hcl:10", "describe keyvault.keys  change.hcl:11",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	body := map[string]any{"id": "U1", "userPrincipalName": "a@b.example", "accountEnabled": nil}
	if diff := cmp.Diff(body, change.Documents[0].Body); diff != "" {
		t.Error(diff)
	}
}

// TestChangeDiagnostics: what is wrong is said with file and line.
func TestChangeDiagnostics(t *testing.T) {
	for _, c := range []struct{ name, label, change, want string }{
		{"block", "fabrikam", `client "x" {}`, `no block "client"`},
		{"attribute", "fabrikam", "promise {\n  stat = \"live\"\n}", `change.hcl:2: Unknown attribute`},
		{"value", "fabrikam", `promise { state = "gone" }`, `must be one of`},
		{"reference", "fabrikam", `promise { fence = fence.us }`, `There is no fence.us`},
		{"twice", "fabrikam", "promise {}\npromise {}", `change.hcl:2: Duplicate block`},
		{"fleet", "fleet", "promise {}", `No promise of its own`},
		{"graph", "fabrikam", "promise {\n collect { minimise = true }\n}", `Not a promise`},
		{"dataset", "fabrikam", `remove "entra.user" { id = "x" }`, `Did you mean \"entra.users\"?`},
		{"no id", "fabrikam", `remove "entra.users" {}`, `needs the attribute \"id\"`},
		{"nothing", "fabrikam", `patch "entra.users" { id = "x" }`, `needs \"set\" or \"unset\"`},
		{"property", "fabrikam", "patch \"entra.users\" {\n id = \"x\"\n set = { accountEnable = true }\n}",
			`change.hcl:3: Unknown property`},
		{"type", "fabrikam", `patch "entra.users" {
			id  = "x"
			set = { accountEnabled = "yes" }
		}`, `must be of type boolean`},
		{"nested", "fabrikam", `patch "keyvault.vaults" {
			id  = "x"
			set = { properties = { sku = { nam = "x" } } }
		}`, `keyvault.vaults.properties.sku has no property`},
		{"computed", "fabrikam", `patch "entra.users" {
			id  = "x"
			set = { mail = upper("x") }
		}`, `No functions`},
		{"never null", "fabrikam", `patch "entra.users" {
			id  = "x"
			set = { userPrincipalName = null }
		}`, `is never null`},
		{"incomplete", "fabrikam", `add "entra.users" { document = { id = "x" } }`, `always returns userPrincipalName`},
		{"scope", "fabrikam", `add "azure.resources" { document = {} }`, `needs the attribute \"scope\"`},
		{"no scope", "fabrikam", `add "entra.users" {
			scope    = "x"
			document = { id = "x", userPrincipalName = "x" }
		}`, `it has no scopes`},
		{"describe", "fabrikam", `describe "entra.users" { at = ["x"] }`, `no change makes it complete`},
		{"syntax", "fabrikam", "promise {", `change.hcl:1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, diags := changedBy(t, c.label, c.change)
			if !diags.HasErrors() || !strings.Contains(strings.ReplaceAll(diags.Error(), `"`, `\"`), c.want) &&
				!strings.Contains(diags.Error(), c.want) {
				t.Errorf("%s\nwant %s", diags.Error(), c.want)
			}
		})
	}
}

// FuzzLoadChanged: no change file panics, and every diagnostic can be printed.
func FuzzLoadChanged(f *testing.F) {
	f.Add([]byte("promise {\n  keys { owner = \"msp\" }\n}\nremove \"entra.users\" { id = \"x\" }"))
	f.Add([]byte(`add "azure.resources" {
		scope    = "s"
		document = { id = "/x", tags = { a = "b" }, n = -1.5e3, l = [[null]] }
	}`))
	f.Add([]byte("describe \"keyvault.keys\" { at = [\"/x\", 1] }\npatch \"x\" \"y\" { id = ${a} }"))

	f.Fuzz(func(t *testing.T, src []byte) {
		l := newLoader("dir")
		l.change = &changed{label: "fabrikam"}
		l.parse("fleet.hcl", []byte(base))
		l.changeSource("change.hcl", src)
		l.decodeChanged()

		var out bytes.Buffer
		if err := l.Write(&out, true, 78); err != nil {
			t.Fatal(err)
		}
	})
}

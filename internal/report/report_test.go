package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
)

var update = flag.Bool("update", false, "write the golden files")

func fleet() Input {
	in := clean()
	in.Ledger = nil
	in.Kind, in.Set.Client, in.Manifest.Client = intent.FleetKind, "fleet", "fleet"
	in.Set.TenantID, in.Manifest.TenantID = in.Intent.MSP.TenantID, in.Intent.MSP.TenantID
	in.Intent.Client = intent.Client{Name: "fleet", MaxAge: "24h"}
	in.Clients = []intent.FleetClient{{Name: "fabrikam", TenantID: tenant, State: "live",
		Domains: []string{"fabrikam.example"}}}
	in.Manifest.Cloud = "unsafe:lab"

	return in
}

func page(t *testing.T, in Input) string {
	t.Helper()
	b, err := HTML(in)
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}

func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{"client": sample(), "clean": clean(), "fleet": fleet(),
		"joined": joinedFleet(10)} {
		t.Run(name, func(t *testing.T) {
			got, path := page(t, in), filepath.Join("testdata", name+".html")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}

			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSameBytes(t *testing.T) {
	first, err := HTML(sample())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := HTML(sample())
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the same input gave other bytes (%v)", err)
		}
	}
}

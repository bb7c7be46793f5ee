package collectors

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

var update = flag.Bool("update", false, "write the table of docs/datasets.md")

const datasetsPage = "../docs/datasets.md"

// datasetsBelow is where the part of the page begins that is made from the schemas.
const datasetsBelow = "<!-- Generated: go test ./collectors -run DatasetsPage -update -->\n"

// TestDatasetsPage generates the page's table: a row for each dataset, in the order in
// which they are read.
func TestDatasetsPage(t *testing.T) {
	page, err := os.ReadFile(datasetsPage)
	if err != nil {
		t.Fatal(err)
	}

	prose, _, found := strings.Cut(string(page), datasetsBelow)
	if !found {
		t.Fatalf("%s has no line %s", datasetsPage, datasetsBelow)
	}

	want := prose + datasetsBelow + datasetTable()
	if *update {
		if err := os.WriteFile(datasetsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := gocmp.Diff(want, string(page)); d != "" {
		t.Errorf("%s is not what the schemas say (-want +got): run with -update\n%s", datasetsPage, d)
	}
}

func datasetTable() string {
	var b strings.Builder
	b.WriteString("\n| dataset | what it is | API | permission | read at each | needs one of |\n|---|---|---|---|---|---|\n")
	for _, u := range All() {
		s := u.Schema
		fmt.Fprintf(&b, "| `%s` | %s | [%s](%s) | %s | %s | %s |\n", s.Dataset, oneLine(s.Description),
			versionOf(s), s.Source.Page, strings.ReplaceAll(s.Permission, ", ", "<br>"),
			cmp.Or(s.Parent, "tenant"), plansOf(s))
	}
	return b.String()
}

// versionOf is the API and its version; beta is marked, since Microsoft may change it
// at any time.
func versionOf(s *snapshot.Schema) string {
	name := map[string]string{"graph": "Graph", "arm": "Azure"}[s.Source.API] + " " + s.Source.Version
	if s.Source.Version == "beta" {
		return "**" + name + "**"
	}
	return name
}

func plansOf(s *snapshot.Schema) string {
	if s.WithoutLicence == nil {
		return ""
	}
	return "`" + strings.Join(s.WithoutLicence.Plans, "` `") + "`"
}

func oneLine(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

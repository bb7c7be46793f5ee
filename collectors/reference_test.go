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
	"ringfence/internal/effort"
)

var update = flag.Bool("update", false, "write the table of docs/datasets.md")

const datasetsPage = "../docs/datasets.md"

// datasetsBelow is where the part of the page begins that is made from the schemas.
const datasetsBelow = "<!-- Generated: go test ./collectors -run DatasetsPage -update -->\n"

// TestDatasetsPage generates the page's table: a row for each dataset, in the order in
// which they are read.
func TestDatasetsPage(t *testing.T) {
	effort.WithoutRace(t)
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
	b.WriteString("\n| dataset | what it is | API | permission | read at each | plans, days |\n|---|---|---|---|---|---|\n")
	for _, u := range All() {
		s := u.Schema
		fmt.Fprintf(&b, "| `%s` | %s | [%s](%s) | %s | %s | %s |\n", s.Dataset, oneLine(s.Description),
			versionOf(s), s.Source.Page, strings.ReplaceAll(s.Permission, ", ", "<br>"),
			parentOf(s), needsOf(s))
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

// parentOf is what a dataset is read at, and which of it.
func parentOf(s *snapshot.Schema) string {
	if s.ParentWhere == nil {
		places := s.Parents()
		if s.Root != nil {
			places = append(places, "`"+s.Root.Scope+"`")
		}
		return cmp.Or(strings.Join(places, "<br>"), "tenant")
	}

	values := fmt.Sprintf("%v", s.ParentWhere.Values[0])
	if n := len(s.ParentWhere.Values); n > 3 {
		values = fmt.Sprintf("one of %d", n)
	} else if n > 1 {
		values = strings.Trim(fmt.Sprint(s.ParentWhere.Values), "[]")
	}
	return fmt.Sprintf("%s where %s is %s", s.Parent, s.ParentWhere.Property, values)
}

// needsOf are the plans of which a tenant needs one, and the days for which a log is
// read.
func needsOf(s *snapshot.Schema) string {
	var parts []string
	if s.WithoutLicence != nil {
		parts = append(parts, "`"+strings.Join(s.WithoutLicence.Plans, "` `")+"`")
	}
	if w := s.Window; w != nil {
		parts = append(parts, fmt.Sprintf("[the last %d days](%s)", w.Days, w.Page))
	}
	if d := s.DelegatedOnly; d != nil {
		parts = append(parts, fmt.Sprintf("[a person](%s): never asked", d.Page))
	}
	return strings.Join(parts, "; ")
}

func oneLine(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

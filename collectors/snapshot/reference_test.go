package snapshot

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	referencePage  = "../../docs/datasets.md"
	generatedBelow = "<!-- Generated: go test ./collectors/snapshot -run Reference -update -->\n"
)

// TestReference generates the page's table of datasets.
func TestReference(t *testing.T) {
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}

	prose, _, found := strings.Cut(string(page), generatedBelow)
	if !found {
		t.Fatalf("%s has no line %s", referencePage, generatedBelow)
	}

	want := prose + generatedBelow + reference()
	if *update {
		if err := os.WriteFile(referencePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("%s is old (-update rewrites it):\n%s", referencePage, diff)
	}
}

// reference is a table for each area.
func reference() string {
	var out strings.Builder
	area := ""
	for _, name := range slices.Sorted(maps.Keys(Schemas())) {
		if of, _, _ := strings.Cut(name, "."); of != area {
			area = of
			fmt.Fprintf(&out, "\n## %s\n\n", area)
			out.WriteString("| dataset | API | permission | read at | licence, window | what |\n|---|---|---|---|---|---|\n")
		}

		s := Schemas()[name]
		fmt.Fprintf(&out, "| `%s` | [%s](%s) | %s | %s | %s | %s |\n", s.Dataset,
			s.apiText(), s.Source.Page, s.Permission, s.parentText(), s.limitText(), s.Description)
	}
	return out.String()
}

func (s *Schema) apiText() string {
	if s.Source.Version == "beta" {
		return s.Source.API + " *beta*"
	}
	return s.Source.API + " " + s.Source.Version
}

func (s *Schema) parentText() string {
	switch {
	case s.Parent == "":
		return ""
	case s.ParentWhere == nil:
		return "`" + s.Parent + "`"
	}

	var values []string
	for _, v := range s.ParentWhere.Values {
		values = append(values, fmt.Sprint(v))
	}
	return fmt.Sprintf("`%s` where `%s` is %s", s.Parent, s.ParentWhere.Property, strings.Join(values, ", "))
}

func (s *Schema) limitText() string {
	var parts []string
	if l := s.WithoutLicence; l != nil {
		meaning := map[string]string{"empty": "nothing can exist", "unknown": "nobody knows"}[l.Means]
		parts = append(parts, fmt.Sprintf("[%s](%s), without: %s", strings.Join(l.Plans, " or "), l.Page, meaning))
	}
	if w := s.Window; w != nil {
		parts = append(parts, fmt.Sprintf("[%d days](%s)", w.Days, w.Page))
	}
	if d := s.DelegatedOnly; d != nil {
		parts = append(parts, fmt.Sprintf("[people only](%s): never asked, read from saved answers", d.Page))
	}
	return strings.Join(parts, "; ")
}

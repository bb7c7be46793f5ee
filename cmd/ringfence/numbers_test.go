package main

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/internal/effort"
)

var (
	tileNumbers = regexp.MustCompile(`(?s)<li class="family [a-z]+">.*?<h3>(.*?)</h3>.*?Controls:</span> ` +
		`<span><b>(\d+)</b> not satisfied</span> <span><b>(\d+)</b> undetermined`)
	markup        = regexp.MustCompile(`<[^>]*>`)
	readNumbers   = regexp.MustCompile(`(\d+) of (\d+) datasets are complete`)
	logNumbers    = regexp.MustCompile(`msg=collected client=(\S+) datasets=(\d+) incomplete=(\d+) not_licensed=\d+`)
	openNumber    = regexp.MustCompile(`not-satisfied \((\d+)\)`)
	unknownNumber = regexp.MustCompile(`undetermined \((\d+)\)`)
)

// TestNumbersAgree: for the same thing, the terminal, the log and the report's
// first page show the same number of the same unit: controls of a family,
// datasets of a client.
func TestNumbersAgree(t *testing.T) {
	effort.WithoutRace(t)
	t.Parallel()
	f := newFleet(t, emulator.GenerateClients(1, []string{"fabrikam", "wingtip", "lucerne", "litware"}))
	code, out, logged := f.audit()
	if code != 3 || !strings.Contains(out, "(Numbers count controls") {
		t.Fatalf("exit code %d\n%s", code, out)
	}

	lines := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		if name, rest, ok := strings.Cut(line, " "); ok && lines[name] == "" {
			lines[name] = rest
		}
	}

	incomplete := map[string][2]int{}
	for _, m := range logNumbers.FindAllStringSubmatch(logged, -1) {
		incomplete[m[1]] = [2]int{number(m[2]) - number(m[3]), number(m[2])}
	}

	numbers := 0
	for _, c := range f.world.Clients {
		page, err := os.ReadFile(filepath.Join(f.path("out"), c.Label, "report.html"))
		if err != nil {
			t.Fatal(err)
		}

		var want []string // by family, in the order of both
		for _, m := range tileNumbers.FindAllStringSubmatch(string(page), -1) {
			want = append(want, m[2]+" "+m[3])
		}

		var got []string
		for _, cell := range regexp.MustCompile(`   +`).Split(strings.TrimSpace(lines[c.Label]), -1)[:len(want)] {
			got = append(got, firstMatch(openNumber, cell)+" "+firstMatch(unknownNumber, cell))
			if firstMatch(openNumber, cell)+firstMatch(unknownNumber, cell) != "00" {
				numbers++
			}
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: controls that are not satisfied and undetermined (-report +terminal):\n%s%s",
				c.Label, diff, lines[c.Label])
		}

		m := readNumbers.FindStringSubmatch(html.UnescapeString(markup.ReplaceAllString(string(page), "")))
		if m == nil || incomplete[c.Label] != [2]int{number(m[1]), number(m[2])} {
			t.Errorf("%s: the report says %v, the log %v", c.Label, m, incomplete[c.Label])
		}
	}

	if numbers < 5 {
		t.Errorf("%d numbers were compared:\n%s", numbers, out)
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func firstMatch(r *regexp.Regexp, s string) string {
	if m := r.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return "0"
}

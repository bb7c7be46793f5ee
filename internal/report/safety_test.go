package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// elements parses a page and returns its element nodes in order.
func elements(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}

	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}

	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// allowed are all elements and attributes that the templates use. What a tenant
// wrote must not add to them.
var (
	allowedElements = strings.Fields("html head meta title style body a svg title desc g text figure figcaption defs pattern rect symbol circle path use div header p h1 h2 h3 h4 dl dt dd nav ol ul li main section article span b em i code pre bdi details summary table caption thead tbody tr th td footer")
	allowedAttrs    = strings.Fields("lang charset http-equiv content name class href id aria-label aria-labelledby aria-hidden role scope data-label open viewbox viewBox width height x y dx dy d cx cy r rx fill stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray patternUnits patternTransform preserveAspectRatio")
)

func TestHostileTenantAddsNothing(t *testing.T) {
	for name, in := range map[string]Input{"client": sample(), "fleet": fleet(), "joined": joinedFleet(30), "hostile": hostile(), "hostile fleet": hostileFleet()} {
		for _, n := range elements(t, page(t, in)) {
			if !slices.Contains(allowedElements, n.Data) {
				t.Errorf("%s: element <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(allowedAttrs, a.Key) {
					t.Errorf("%s: attribute %s=%q of <%s>", name, a.Key, a.Val, n.Data)
				}
				if strings.Contains(a.Val, "script") && n.Data != "td" && a.Key != "class" {
					t.Errorf("%s: a tenant's text in %s=%q of <%s>", name, a.Key, a.Val, n.Data)
				}
			}
		}
	}
}

func TestNoHiddenCharacter(t *testing.T) {
	for i, r := range page(t, hostile()) + page(t, hostileFleet()) {
		if r != '\n' && hidden(r) {
			t.Fatalf("byte %d: U+%04X is on the page as it is", i, r)
		}
	}
}

// TestLoadsNothing: every address on the page is a place on the page, and the
// style fetches nothing.
func TestLoadsNothing(t *testing.T) {
	for name, in := range map[string]Input{"client": sample(), "clean": clean(), "fleet": fleet(), "joined": joinedFleet(30), "hostile": hostile(), "hostile fleet": hostileFleet()} {
		ids, refs := map[string]int{}, map[string]bool{}
		for _, n := range elements(t, page(t, in)) {
			if id := attr(n, "id"); id != "" {
				ids[id]++
			}
			for _, key := range []string{"href", "src", "srcset", "action", "data", "poster", "cite", "background", "formaction", "ping"} {
				v := attr(n, key)
				if v == "" {
					continue
				}

				if !strings.HasPrefix(v, "#") {
					t.Errorf("%s: <%s %s=%q> leaves the page", name, n.Data, key, v)
				}

				refs[strings.TrimPrefix(v, "#")] = true
			}
		}

		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: id %q occurs %d times", name, id, n)
			}
		}

		for ref := range refs {
			if ids[ref] == 0 {
				t.Errorf("%s: #%s leads nowhere", name, ref)
			}
		}
	}

	if m := regexp.MustCompile(`(?i)@import|@font-face|url\(\s*[^#\s]|image-set|expression`).FindString(style); m != "" {
		t.Errorf("the style has %q", m)
	}
}

func TestPolicyAllowsThisStyleOnly(t *testing.T) {
	var content, css string
	for _, n := range elements(t, page(t, hostile())) {
		if attr(n, "http-equiv") == "Content-Security-Policy" {
			content = attr(n, "content")
		}
		if n.Data == "style" {
			css += n.FirstChild.Data
		}
	}

	sum := sha256.Sum256([]byte(css))
	want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))
	if content != want {
		t.Errorf("policy is %q, want %q", content, want)
	}
}

// TestOutline: one h1, no level skipped, the landmarks that a screen reader
// jumps between, and the nine sections in their order.
func TestOutline(t *testing.T) {
	for name, in := range map[string]Input{"client": sample(), "clean": clean(), "fleet": fleet(), "joined": joinedFleet(10)} {
		level, count := 0, map[string]int{}
		var sections []string
		for _, n := range elements(t, page(t, in)) {
			count[n.Data]++
			if n.Data == "section" {
				sections = append(sections, attr(n, "id"))
			}
			if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
				now := int(n.Data[1] - '0')
				if now > level+1 {
					t.Errorf("%s: h%d follows h%d", name, now, level)
				}
				level = now
			}
		}

		for _, one := range []string{"h1", "main", "nav", "footer"} {
			if count[one] != 1 {
				t.Errorf("%s: %d <%s>", name, count[one], one)
			}
		}

		want := []string{"summary", "findings", "undetermined", "controls", "coverage", "keys", "promise", "proof", "digests", "signoff"}
		if in.Fleet() {
			want[5] = "isolation"
		}
		if diff := cmp.Diff(want, sections); diff != "" {
			t.Errorf("%s: sections (-want +got):\n%s", name, diff)
		}
	}
}

// TestLargeClient: 20,000 users who all fail 10 controls, and a page that opens
// at once and says what it leaves out.
func TestLargeClient(t *testing.T) {
	effort.WithoutRace(t)
	in := clean()
	in.Set.Controls, in.Set.Findings, in.Set.Metadata = nil, nil, nil

	list := make([]finding.Finding, 20_000)
	for i := range list {
		s := fmt.Sprintf("entra.users/%08d-0000-4000-8000-000000000000", i)
		list[i] = finding.Finding{Subject: s, Outcome: finding.NotSatisfied, Message: "The user may sign in from anywhere.", Observed: "anywhere", Expected: []string{"DE", "IE"}, Evidence: []string{s + "#/usageLocation"}}
	}

	for i := range 10 {
		m := finding.Control{ID: fmt.Sprintf("RF-T-%02d", i), Family: "isolation", Severity: "high", Title: "A title"}
		in.Set.Metadata = append(in.Set.Metadata, m)
		add(&in.Set, m.ID, 0, "", []string{"entra.users"}, list...)
	}

	got := page(t, in)
	if len(got) > 600<<10 {
		t.Errorf("the page has %d bytes", len(got))
	}

	if n := strings.Count(got, "And 19,975 more, in"); n != 10 {
		t.Errorf("%d controls say how many findings they leave out, want 10", n)
	}
}

// TestHostileSize: no text of a tenant makes the page large.
func TestHostileSize(t *testing.T) {
	if n := len(page(t, hostile())); n > 2<<20 {
		t.Errorf("the page has %d bytes", n)
	}
}

func TestMixedInputsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Input){
		"client of the snapshot": func(in *Input) { in.Manifest.Client = "contoso" },
		"tenant of the snapshot": func(in *Input) { in.Manifest.TenantID = "bbbbbbbb-0000-4000-8000-000000000010" },
		"client of the intent":   func(in *Input) { in.Intent.Client.Name = "contoso" },
	} {
		in := sample()
		change(&in)
		if _, err := HTML(in); err == nil {
			t.Errorf("another %s was accepted", name)
		}
	}
}

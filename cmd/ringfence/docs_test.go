package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
)

// A fence's info string says how its commands are run:
//
//	sh              in order, in one shell, all must succeed
//	sh exit=N       the last command ends with N
//	sh needs=TOOL   only where the tool is installed
//	sh tenant       not run here, but by TestFirstAudit, with a tenant
//	sh norun        not run: it needs a human, a real tenant or the system
var fence = regexp.MustCompile("(?ms)^```sh([^\n]*)\n(.*?)^```$")

const readme = "../../README.md"

func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) < 3 {
		t.Fatalf("docs: %v, %v", docs, err)
	}

	return append(docs, "../../examples/README.md", readme)
}

// script makes one shell script of a document's fences, and counts those that
// are not run.
func script(t *testing.T, text string) (sh string, run, norun int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("set -e -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")

	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		info, body := strings.TrimSpace(m[1]), m[2]
		kind, value, _ := strings.Cut(info, "=")
		switch kind {
		case "norun":
			norun++
			continue
		case "tenant":
			continue
		case "":
			b.WriteString(body)
		case "exit":
			b.WriteString("set +e\n" + body + "code=$?\nset -e\n")
			fmt.Fprintf(&b, "[ $code = %s ] || { echo \"exit code $code, not %[1]s\"; exit 99; }\n", value)
		case "needs":
			if _, err := exec.LookPath(value); err != nil {
				t.Logf("no %s: its commands are not run", value)
				continue
			}
			b.WriteString(body)

		default:
			t.Errorf("unknown fence %q", info)
		}

		run++
	}

	return b.String(), run, norun
}

// TestDocs runs the commands of all documents but the README, which [TestReadme] runs.
// Each runs one command after the other; the scripts watch every verb for races.
func TestDocs(t *testing.T) {
	effort.WithoutRace(t)
	for _, name := range documents(t) {
		if name == readme {
			continue
		}
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			runDocument(t, name)
		})
	}
}

// wholeFleet matches the commands that audit an emulated fleet, or serve a large one.
var wholeFleet = regexp.MustCompile(`(?m)^ringfence (demo\b|audit\b|emulator .*--clients \d\d)`)

// runDocument runs a document's commands, and returns what they print.
func runDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}

	if testing.Short() && wholeFleet.Match(text) {
		t.Skip("audits a whole fleet, which takes long")
	}

	sh, run, norun := script(t, string(text))
	if norun > run+2 {
		t.Errorf("%d blocks are run, %d are not", run, norun)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()

	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(ctx, "bash", "-c", sh)
	cmd.Dir = t.TempDir() // stands for the root of a clone
	for _, name := range []string{"testdata", "examples"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(cmd.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}

	cmd.Env = append(os.Environ(), "RINGFENCE="+root, "COSIGN_PASSWORD=", "HOME="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, tail(string(out), 3000))
	}

	return string(out)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

var command = regexp.MustCompile(`(?m)(?:^|\s|&& |/bin/)ringfence ` +
	`((?:fleet|audit|verify|evaluate|collect|snapshot|keys|policy|demo|emulator)\b[^\n|>&` + "`" + `]*)`)

// TestPipelines: the pipelines are YAML, and each ringfence command in them, and
// in the units and crontabs of the docs, is one that the program has.
func TestPipelines(t *testing.T) {
	files, _ := filepath.Glob("../../examples/pipelines/*.yml")
	if len(files) != 2 {
		t.Fatalf("pipelines: %v", files)
	}

	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}

		var v map[string]any
		if err := yaml.Unmarshal(data, &v); err != nil || v["jobs"] == nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	docs := documents(t)
	for _, name := range append(files, docs...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}

		found := 0
		for _, m := range command.FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(m[1], "--") {
				continue // a verb that is mentioned
			}
			found++
			if err := parses(strings.Fields(m[1])); err != nil {
				t.Errorf("%s: ringfence %s: %v", name, m[1], err)
			}
		}

		if found == 0 && !slices.Contains(docs, name) {
			t.Errorf("%s has no ringfence command", name)
		}
	}
}

// parses holds a command line against the verbs and flags that there are.
func parses(args []string) error {
	root := testApp(nil, nil).root()
	c, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if c == root || c.HasSubCommands() {
		return fmt.Errorf("no such verb")
	}

	c.Flags().AddFlagSet(root.PersistentFlags())

	if err := c.ParseFlags(rest); err != nil {
		return err
	}

	return cobra.Command{Args: c.Args}.Args(c, c.Flags().Args())
}

var hclFence = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```$")

// TestFleetFileExample: the example that docs/fleet-file.md begins with is a fleet file
// that `fleet check` takes.
func TestFleetFileExample(t *testing.T) {
	effort.WithoutRace(t)
	text, err := os.ReadFile("../../docs/fleet-file.md")
	if err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, hclFence.FindSubmatch(text)[1], 0o600); err != nil {
		t.Fatal(err)
	}

	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}

	f, diags := fleetfile.Load(path)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	if diags = f.Check(known(e)); diags.HasErrors() {
		t.Fatal(diags.Error())
	}
}

// TestReviewerAndException: the blocks that docs/reviewing.md shows are added to
// a fleet file as they stand, and mean what the text says.
func TestReviewerAndException(t *testing.T) {
	effort.WithoutRace(t)
	text, err := os.ReadFile("../../docs/reviewing.md")
	if err != nil {
		t.Fatal(err)
	}

	fleet, err := os.ReadFile("../../testdata/fabrikam/fleet.hcl")
	if err != nil {
		t.Fatal(err)
	}

	fleet = regexp.MustCompile(`(?ms)^reviewer .*?^}$`).ReplaceAll(fleet, nil) // the page's takes its place
	for _, m := range hclFence.FindAllSubmatch(text, -1) {
		fleet = append(append(fleet, '\n'), m[1]...)
	}

	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, fleet, 0o600); err != nil {
		t.Fatal(err)
	}

	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}

	f, diags := fleetfile.Load(path)
	if diags = diags.Join(f.Check(known(e))); diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	if len(f.Reviewers) != 1 || f.Reviewers[0].Name != "security-lead" || len(f.Exceptions) != 1 {
		t.Fatalf("%v, %v", f.Reviewers, f.Exceptions)
	}

	x := f.Exceptions[0]
	if x.Client != "fabrikam" || x.ApprovedBy != "security-lead" || x.Kind != "finding" || x.Subject == nil {
		t.Errorf("%+v", x)
	}
}

// TestFleetFileExamples: the examples of docs/fleet-file.md, the one on top and those
// of the tables together, pass `fleet check` with the built-in policies.
func TestFleetFileExamples(t *testing.T) {
	effort.WithoutRace(t)
	page, err := os.ReadFile("../../docs/fleet-file.md")
	if err != nil {
		t.Fatal(err)
	}

	onTop, tables, found := strings.Cut(string(page), "<!-- Generated")
	if !found {
		t.Fatal("the page has no generated part")
	}

	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}

	for _, part := range []string{onTop, tables} {
		var fleet strings.Builder
		for _, m := range hclFence.FindAllStringSubmatch(part, -1) {
			fleet.WriteString(m[1])
		}

		path := filepath.Join(t.TempDir(), "fleet.hcl")
		if err := os.WriteFile(path, []byte(fleet.String()), 0o600); err != nil {
			t.Fatal(err)
		}

		f, diags := fleetfile.Load(path)
		if diags = diags.Join(f.Check(known(e))); diags.HasErrors() {
			t.Error(diags.Error())
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/engine/finding"
	"ringfence/engine/policyset"
	"ringfence/internal/run"
	"ringfence/policies"
)

var policyNewText = text{
	use:   "new ID",
	short: "Begin a control: a policy, its tests, and inputs to try it with",
	long: `Writes a control that works as it is, to be changed: ACME-01 becomes
<dir>/acme/<family>/acme_01/ with the policy, its tests, and fixtures/*.jsonc, inputs for
"ringfence policy try ACME-01 --input". (They are not called .json, since "opa test" would
take them for data.) A family that nothing describes gets a file with its title.

Ids are parts of A-Z and 0-9 with - between them. The package of a control is
<pack>.<family>.<control>; the pack "ringfence" is the built-in set's.`,
	example: `  ringfence policy new ACME-01 --family backup --dir ./my-policies
  ringfence policy check --policies ./my-policies
  ringfence policy test ./my-policies`,
}

func (a *app) policyNew() *cobra.Command {
	var family, dir string
	c := verb(policyNewText, cobra.ExactArgs(1), func(_ context.Context, args []string) error {
		return a.runPolicyNew(args[0], family, dir)
	})
	c.Flags().StringVar(&family, "family", "custom", "its family, such as isolation or one of your own")
	c.Flags().StringVar(&dir, "dir", "policies", "folder of your policies")

	return c
}

var familyName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (a *app) runPolicyNew(id, family, dir string) error {
	switch {
	case !policyset.IsID(id):
		return usage("an id is like ACME-01", "%q is no id of a control", id)
	case !familyName.MatchString(family) || family == "lib":
		return usage("a family is like backup or tape_library", "--family %q", family)
	}

	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage("--dir takes a folder", "%s is none", dir)
	}

	held, families, err := inUse(dir)
	if err != nil {
		return err
	}
	if file := held[strings.ToUpper(id)]; file != "" {
		return usage("take another id; to change a built-in control, copy its folder and judge with --replace",
			"%s has the id %s", file, id)
	}

	files := scaffold(id, family, slices.Contains(families, family))
	if _, err := os.Stat(filepath.Join(dir, ".regal")); err == nil {
		delete(files, ".regal/config.yaml")
	}

	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)

	for _, name := range names {
		if err := writeScaffold(filepath.Join(dir, filepath.FromSlash(name)), files[name]); err != nil {
			return err
		}
	}

	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.policy_new/1", "id": id, "dir": dir, "files": names})
	}
	for _, name := range names {
		a.printf("%s\n", filepath.Join(dir, filepath.FromSlash(name)))
	}
	return nil
}

// inUse are the ids and families of the built-in set and of a folder, if it is there.
func inUse(dir string) (ids map[string]string, families []string, err error) {
	ids = map[string]string{}
	for _, set := range []fs.FS{policies.FS, os.DirFS(dir)} {
		files, err := policyset.Read(set)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, broken(hintMend, "policies in %s: %w", dir, err)
		}

		described, found, err := files.Described()
		if err != nil {
			message, detail, _ := strings.Cut(err.Error(), "\n")
			return nil, nil, &failure{code: run.ExitTool, err: errors.New(message), hint: hintMend, detail: detail}
		}
		for id, file := range found {
			ids[strings.ToUpper(id)] = file
		}
		families = append(families, described...)
	}

	return ids, families, nil
}

// writeScaffold writes a file that is not there yet.
func writeScaffold(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return usage("--dir takes a folder", "%w", err)
	}
	if err := writeNew(name, []byte(text), 0o644); err != nil {
		return usage("move it away, or take another id", "%w", err)
	}
	return nil
}

// scaffold are the files of a new control, by path.
func scaffold(id, family string, described bool) map[string]string {
	pack := strings.ToLower(strings.SplitN(id, "-", 2)[0])
	name := strings.ToLower(strings.ReplaceAll(id, "-", "_"))
	if pack == "ringfence" {
		pack = "own"
	}

	title := finding.InReadingOrder(nil, slices.Values([]string{family}))[0].Title
	fill := strings.NewReplacer(
		"{id}", id, "{pack}", pack, "{family}", family, "{control}", name, "{title}", title)
	folder := path.Join(pack, family, name)

	files := map[string]string{
		path.Join(folder, name+".rego"):                fill.Replace(newControl),
		path.Join(folder, name+"_test.rego"):           fill.Replace(newTest),
		path.Join(folder, "fixtures/compliant.jsonc"):  fmt.Sprintf(newFixture, "westeurope"),
		path.Join(folder, "fixtures/violating.jsonc"):  fmt.Sprintf(newFixture, "eastus"),
		path.Join(folder, "fixtures/not_judged.jsonc"): newFixtureOfNone,
		path.Join(pack, family, family+".rego"):        fill.Replace(newFamily),
	}
	if described {
		delete(files, path.Join(pack, family, family+".rego"))
	}
	if config, err := fs.ReadFile(policies.FS, ".regal/config.yaml"); err == nil {
		files[".regal/config.yaml"] = string(config)
	}

	return files
}

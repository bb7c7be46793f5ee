package oscal

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// ValidateFolder checks the three documents of a run folder, each as Validate
// does, and together: the imports resolve to files that are there, every file
// that is given has the digest that the documents say and what evidence points
// at in it, controls and objectives exist in catalog.json, and every control that was reviewed has one finding.
// Files maps a path in the folder to its bytes. A linked file that is not given
// is checked only if it is imported (the plan, the intent).
func ValidateFolder(files map[string][]byte) []Problem {
	docs := map[string]*document{}
	var problems []Problem
	for _, f := range [][2]string{{CatalogFile, "catalog"}, {PlanFile, "assessment-plan"}, {ResultsFile, "assessment-results"}} {
		name, model := f[0], f[1]
		data, ok := files[name]
		if !ok {
			problems = append(problems, Problem{name, "file-missing", "the file is missing"})
			continue
		}

		d, found := validate(data)
		if d != nil && d.model != model {
			found = append(found, Problem{"", "model", "a " + model + " is expected, this is a " + d.model})
			d = nil
		}

		if d != nil {
			docs[name] = d
			found = append(found, d.digestProblems(files)...)
			found = append(found, d.pointerProblems(files)...)
		}

		problems = append(problems, inFile(name, found)...)
	}

	for _, name := range []string{PlanFile, ResultsFile} {
		d := docs[name]
		if d == nil {
			continue
		}

		problems = append(problems, inFile(name, d.importProblems(files))...)

		if catalog := docs[CatalogFile]; catalog != nil {
			problems = append(problems, inFile(name, d.controlProblems(catalog))...)
		}
	}

	sortProblems(problems)
	return problems
}

func inFile(name string, list []Problem) []Problem {
	for i := range list {
		list[i].Path = name + "#" + list[i].Path
	}
	return list
}

// digestProblems checks that rlinks stay in the folder and their SHA-256 is
// that of the bytes given.
func (d *document) digestProblems(files map[string][]byte) []Problem {
	var list []Problem
	for _, n := range d.nodes {
		if n.kind != "rlinks" {
			continue
		}

		name, ok := localPath(n.text("href"))
		if !ok {
			list = append(list, Problem{n.child("href"), "file-outside", fmt.Sprintf("%q is not a path inside the folder", n.text("href"))})
			continue
		}

		data, given := files[name]
		if !given {
			continue
		}

		if !slices.ContainsFunc(children(n.value["hashes"]), func(h any) bool {
			return object(h)["algorithm"] == "SHA-256" && object(h)["value"] == snapshot.Digest(data)
		}) {
			list = append(list, Problem{n.child("hashes"), "file-digest", name + " has the SHA-256 " + snapshot.Digest(data)})
		}
	}

	return list
}

// localPath is the file that a relative reference names; not ok if it leaves
// the folder.
func localPath(href string) (string, bool) {
	u, err := url.Parse(href)
	if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		return "", false
	}

	clean := path.Clean(u.Path)
	return clean, clean != ".." && !strings.HasPrefix(clean, "../")
}

// importProblems: import-ap and import-ssp end at a file that was given.
func (d *document) importProblems(files map[string][]byte) []Problem {
	var list []Problem
	for _, n := range d.nodes {
		if n.kind != "import-ap" && n.kind != "import-ssp" {
			continue
		}

		target := n.text("href")
		if id, ok := strings.CutPrefix(target, "#"); ok {
			target = ""
			if r := d.find("resources", id); r != nil {
				for _, l := range children(r.value["rlinks"]) {
					target, _ = object(l)["href"].(string)
				}
			}
		}

		if file, ok := localPath(target); !ok || files[file] == nil {
			list = append(list, Problem{n.child("href"), "file-missing", fmt.Sprintf("%s leads to no file of the folder (%q)", n.kind, target)})
		}
	}

	return list
}

// controlProblems: ids exist in the catalog; reviewed controls have a finding.
func (d *document) controlProblems(catalog *document) []Problem {
	var list []Problem
	for _, n := range d.nodes {
		if id := n.text("control-id"); id != "" && catalog.find("controls", id) == nil {
			list = append(list, Problem{n.child("control-id"), "control-id", fmt.Sprintf("the catalog has no control %q", id)})
		}
		for _, key := range []string{"objective-id", "target-id"} {
			if id := n.text(key); id != "" && catalog.find("parts", id) == nil {
				list = append(list, Problem{n.child(key), "objective-id", fmt.Sprintf("the catalog has no objective %q", id)})
			}
		}
		if n.kind == "results" {
			list = append(list, findingProblems(n)...)
		}
	}

	return list
}

// findingProblems: each included control has a finding, no excluded one has.
func findingProblems(result *node) []Problem {
	targets := map[string]bool{}
	for _, f := range children(result.value["findings"]) {
		id, _ := object(object(f)["target"])["target-id"].(string)
		targets[id] = true
	}

	var list []Problem
	for i, s := range children(object(result.value["reviewed-controls"])["control-selections"]) {
		for key, want := range map[string]bool{"include-controls": true, "exclude-controls": false} {
			for j, c := range children(object(s)[key]) {
				id, _ := object(c)["control-id"].(string)
				if targets[id+"_obj"] != want {
					at := result.child("reviewed-controls", "control-selections", itoa(i), key, itoa(j))
					list = append(list, Problem{at, "control-finding", fmt.Sprintf("control %q: finding is there: %v, in %s", id, !want, key)})
				}
			}
		}
	}

	return list
}

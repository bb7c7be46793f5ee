package oscal

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
)

// ValidateFolder checks the three documents of a run folder, each as [Validate] does,
// and together: imports lead to files that are there, each file that is given has the
// digest that the documents say, evidence leads to something in it, controls and
// objectives are in the catalog, and every control that was reviewed has one finding.
//
// Files maps a path in the folder to its bytes. A file that the documents link and that
// is not given is only missed if it is imported: the plan, and the intent.
func ValidateFolder(files map[string][]byte) []Problem {
	docs := map[string]*document{}
	var problems problemList
	for _, f := range [][2]string{
		{layout.Catalog, "catalog"},
		{layout.Plan, "assessment-plan"},
		{layout.Results, "assessment-results"},
	} {
		name, model := f[0], f[1]
		data, ok := files[name]
		if !ok {
			problems.add(name, "file-missing", "the file is missing")
			continue
		}

		d, found := validate(data)
		switch {
		case d == nil:
		case d.model != model:
			found = append(found, Problem{"", "model", "a " + model + " is expected, this is a " + d.model})
		default:
			docs[name] = d
			found = append(found, d.checkDigests(files)...)
			found = append(found, d.checkEvidence(files)...)
		}

		problems = append(problems, inFile(name, found)...)
	}

	for _, name := range []string{layout.Plan, layout.Results} {
		d := docs[name]
		if d == nil {
			continue
		}

		problems = append(problems, inFile(name, d.checkImports(files))...)
		if catalog := docs[layout.Catalog]; catalog != nil {
			problems = append(problems, inFile(name, d.checkControls(catalog))...)
		}
	}

	sortProblems(problems)
	return problems
}

// problemList collects problems.
type problemList []Problem

func (l *problemList) add(path, rule, format string, args ...any) {
	*l = append(*l, Problem{path, rule, fmt.Sprintf(format, args...)})
}

func inFile(name string, list []Problem) []Problem {
	for i := range list {
		list[i].Path = name + "#" + list[i].Path
	}
	return list
}

// checkDigests checks that links to files stay in the folder, and that a file that is
// given has the SHA-256 of the link.
func (d *document) checkDigests(files map[string][]byte) []Problem {
	var list problemList
	for _, n := range d.nodes {
		if n.kind != "rlinks" {
			continue
		}

		name, ok := localPath(n.text("href"))
		if !ok {
			list.add(n.child("href"), "file-outside", "%q is not a path inside the folder", n.text("href"))
			continue
		}

		data, given := files[name]
		if !given {
			continue
		}

		digest := snapshot.Digest(data)
		if !slices.ContainsFunc(asArray(n.value["hashes"]), func(h any) bool {
			return asObject(h)["algorithm"] == "SHA-256" && asObject(h)["value"] == digest
		}) {
			list.add(n.child("hashes"), "file-digest", "%s has the SHA-256 %s", name, digest)
		}
	}

	return list
}

// localPath is the file that a relative reference names. It is not ok if that leaves
// the folder.
func localPath(href string) (file string, ok bool) {
	u, err := url.Parse(href)
	if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		return "", false
	}

	clean := path.Clean(u.Path)
	return clean, clean != ".." && !strings.HasPrefix(clean, "../")
}

// linkedFiles are the references to files of a resource of the back matter.
func (d *document) linkedFiles(resource string) []string {
	r := d.find("resources", resource)
	if r == nil {
		return nil
	}

	var hrefs []string
	for _, l := range asArray(r.value["rlinks"]) {
		href, _ := asObject(l)["href"].(string)
		hrefs = append(hrefs, href)
	}

	return hrefs
}

// checkImports: import-ap and import-ssp lead to a file that was given.
func (d *document) checkImports(files map[string][]byte) []Problem {
	var list problemList
	for _, n := range d.nodes {
		if n.kind != "import-ap" && n.kind != "import-ssp" {
			continue
		}

		target := n.text("href")
		if id, ok := strings.CutPrefix(target, "#"); ok {
			hrefs := append([]string{""}, d.linkedFiles(id)...)
			target = hrefs[len(hrefs)-1] // "" if the resource has none
		}

		if file, ok := localPath(target); !ok || files[file] == nil {
			at := n.child("href")
			list.add(at, "file-missing", "%s leads to no file of the folder (%q)", n.kind, target)
		}
	}

	return list
}

// checkControls: ids are those of the catalog, and reviewed controls have a finding.
func (d *document) checkControls(catalog *document) []Problem {
	var list problemList
	for _, n := range d.nodes {
		if id := n.text("control-id"); id != "" && catalog.find("controls", id) == nil {
			list.add(n.child("control-id"), "control-id", "the catalog has no control %q", id)
		}
		for _, key := range []string{"objective-id", "target-id"} {
			if id := n.text(key); id != "" && catalog.find("parts", id) == nil {
				list.add(n.child(key), "objective-id", "the catalog has no objective %q", id)
			}
		}

		if n.kind == "results" {
			list = append(list, checkFindings(n, "include-controls", true)...)
			list = append(list, checkFindings(n, "exclude-controls", false)...)
		}
	}

	return list
}

// checkFindings: each control in a list of a result's selections has a finding, or has
// none.
func checkFindings(result *node, selected string, want bool) []Problem {
	targets := map[string]bool{}
	for _, f := range asArray(result.value["findings"]) {
		id, _ := asObject(asObject(f)["target"])["target-id"].(string)
		targets[id] = true
	}

	var list problemList
	for i, s := range asArray(asObject(result.value["reviewed-controls"])["control-selections"]) {
		for j, c := range asArray(asObject(s)[selected]) {
			id, _ := asObject(c)["control-id"].(string)
			if targets[id+objectiveSuffix] == want {
				continue
			}

			selection := []string{"reviewed-controls", "control-selections", strconv.Itoa(i)}
			at := result.child(append(selection, selected, strconv.Itoa(j))...)
			list.add(at, "control-finding", "control %q: finding is there: %v, in %s", id, !want, selected)
		}
	}

	return list
}

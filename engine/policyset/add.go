package policyset

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ClashError says that two sets of policies do not go together as they are.
type ClashError struct{ Problem string }

func (e *ClashError) Error() string { return e.Problem }

func clash(format string, args ...any) error { return &ClashError{fmt.Sprintf(format, args...)} }

// content is what a policy file says of itself.
type content struct {
	pkg ast.Ref
	id  string // of its control; "" if it holds none
}

// contents reads packages and ids of the files.
func (f Files) contents() (map[string]content, error) {
	modules, err := f.parse()
	if err != nil {
		return nil, err
	}

	all := map[string]content{}
	for name, m := range modules {
		c := content{pkg: m.Package.Path}
		for _, a := range m.Annotations {
			if id, ok := a.Custom["id"].(string); ok && a.Scope == "package" {
				c.id = id
			}
		}
		all[name] = c
	}

	return all, nil
}

// Add adds an author's own files to a set. What the set says must not change by it:
//
//   - a path stands for one file, unless both are the same, byte by byte;
//   - an id stands for one control, unless replace names it: then the author's own
//     takes its place, and the set's goes;
//   - the set's packs, such as ringfence, are closed: a rule in a package of theirs
//     could say more or less than they do. The package of a control that is replaced
//     is free.
//
// Anything else is a *[ClashError].
func (f Files) Add(own Files, replace []string) (Files, error) {
	ours, err := f.contents()
	if err != nil {
		return nil, err
	}
	theirs, err := own.contents()
	if err != nil {
		return nil, err
	}

	a := adding{set: maps.Clone(f), ours: ours, theirs: theirs}
	a.packs, a.free = map[string]bool{}, map[string]bool{}
	for _, c := range ours {
		a.packs[pack(c.pkg)] = true
	}

	for _, id := range replace {
		if err := a.replace(id); err != nil {
			return nil, err
		}
	}

	for _, name := range slices.Sorted(maps.Keys(own)) {
		if same, held := a.set[name]; held && bytes.Equal(same, own[name]) {
			continue
		}
		if err := a.check(name); err != nil {
			return nil, err
		}
		a.set[name] = own[name]
	}

	return a.set, nil
}

// adding is a set to which files are added.
type adding struct {
	set          Files
	ours, theirs map[string]content // by path: of the set, and of what is added
	packs, free  map[string]bool    // the set's packs, and the packages of controls that are replaced
}

// replace takes a control, with all files of its package, out of the set.
func (a *adding) replace(id string) error {
	old, mine := fileOf(a.ours, id), fileOf(a.theirs, id)
	switch {
	case old == "":
		return clash("%s cannot be replaced: the built-in set has no control of this id", id)
	case mine == "":
		return clash("%s cannot be replaced: the folder has no control of this id", id)
	}

	pkg := a.ours[old].pkg
	a.free[pkg.String()] = true
	for name, c := range a.ours {
		if c.pkg.Equal(pkg) {
			delete(a.set, name)
		}
	}

	return nil
}

// check says what is wrong with adding a file.
func (a *adding) check(name string) error {
	c := a.theirs[name]
	first := ""
	if c.id != "" {
		first = fileOf(a.ours, c.id)
	}

	_, held := a.set[first]
	_, taken := a.set[name]
	switch {
	case held:
		return clash("%s and the built-in %s have the same id %s", name, path.Base(first), c.id)
	case taken:
		return clash("%s is a file of the built-in set, too, and another one", name)
	case a.packs[pack(c.pkg)] && !a.free[c.pkg.String()]:
		return clash("%s: package %s: the pack %s is the built-in set's: choose one of your own, "+
			"such as acme.backup.jobs", name, strings.TrimPrefix(c.pkg.String(), "data."), pack(c.pkg))
	}

	return nil
}

func fileOf(files map[string]content, id string) string {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.EqualFold(files[name].id, id) {
			return name
		}
	}
	return ""
}

// pack is the first part of a package path: "acme" of acme.backup.jobs.
func pack(pkg ast.Ref) string {
	if len(pkg) < 2 {
		return ""
	}
	s, _ := pkg[1].Value.(ast.String)
	return string(s)
}

// Described are the families that the files describe, by the last part of their
// packages, and the files of their controls, by id.
func (f Files) Described() (families []string, controls map[string]string, err error) {
	modules, err := f.parse()
	if err != nil {
		return nil, nil, err
	}

	controls = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		for _, a := range modules[name].Annotations {
			if a.Scope != "package" {
				continue
			}
			pkg := modules[name].Package.Path
			if last, isText := pkg[len(pkg)-1].Value.(ast.String); isText && a.Custom["family"] != nil {
				families = append(families, string(last))
			}
			if id, isText := a.Custom["id"].(string); isText {
				controls[id] = name
			}
		}
	}

	return families, controls, nil
}

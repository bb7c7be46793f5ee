package collectors

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"ringfence/collectors/snapshot"
)

// entry reads what lies in the folder under one name: <dataset>.json, or a folder
// of a dataset that is read per parent.
func (in *importing) entry(e fs.DirEntry) error {
	name := e.Name()
	dataset, isJSON := strings.CutSuffix(name, ".json")
	isFile, isFolder := in.kind(name)
	units := in.material.units
	i := index(units, dataset)
	switch {
	case !isFile && !isFolder:
		in.ignore(name, "it is neither a file nor a folder", "")
	case i < 0:
		in.ignore(name, "no dataset has this name", in.nearest(name))
	case isFolder && !isJSON && units[i].hasFolder():
		return in.folder(units[i], name)
	case isFile && isJSON && !units[i].Schema.PerScope():
		r, _ := in.answer(units[i], "", "")
		return in.readFile(r, name)
	default:
		in.ignore(name, "the dataset is read from another place", placeOf(units[i]))
	}

	return nil
}

// kind follows links: what is neither a file nor a folder may never end.
func (in *importing) kind(name string) (isFile, isFolder bool) {
	info, err := fs.Stat(in.cfg.From, name)
	if err != nil {
		return false, false
	}
	return info.Mode().IsRegular(), info.IsDir()
}

func (in *importing) ignore(name, why, nearest string) {
	in.ignored = append(in.ignored, Ignored{File: name, Why: why, Nearest: nearest})
}

// folder reads the files of a dataset that is read per parent.
func (in *importing) folder(u Unit, dir string) error {
	files, err := fs.ReadDir(in.cfg.From, dir)
	if err != nil {
		return err
	}

	for _, f := range files {
		name := path.Join(dir, f.Name())
		stem, isJSON := strings.CutSuffix(f.Name(), ".json")
		scope, below, known := in.scope(u, stem)
		if isFile, _ := in.kind(name); !isFile || !isJSON || !known {
			in.ignore(name, "its name is no "+u.scopesAre(), placeOf(u))
			continue
		}

		r, isSecond := in.answer(u, scope, below)
		if isSecond {
			return &ConfigError{fmt.Sprintf("%q: another file is of the same parent", name)}
		}
		if err := in.readFile(r, name); err != nil {
			return err
		}
	}

	return nil
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// scope is the parent that a file name says. below is a document below it, where
// the unit's endpoint is asked there too (a resource group's delegations). known is
// false for a name that is no id of a parent.
func (in *importing) scope(u Unit, stem string) (scope, below string, known bool) {
	id, err := url.PathUnescape(stem)
	if err != nil || id == "" {
		return "", "", false
	}

	if root, ok := u.Schema.Root.In(in.material.promise.Group()); ok && strings.EqualFold(id, root) {
		return root, "", true
	}

	if u.Schema.Hosts != nil {
		host := strings.ToLower(id)
		return host, "", in.material.vaults.IsVault(host)
	}

	for _, parent := range u.Schema.Parents() {
		if snapshot.IsPromise(parent) {
			return strings.ToLower(id), "", true
		}

		switch in.material.unit(parent).Schema.ID.Form {
		case snapshot.GUID:
			scope, below = u.api.savedScope(strings.ToLower(id))
			if guid.MatchString(scope) && (below == "" || u.within != "") {
				return scope, below, true
			}
		case snapshot.ARM:
			if strings.HasPrefix(id, "/") {
				return strings.ToLower(id), "", true
			}
		default:
			return id, "", true
		}
	}

	return "", "", false
}

// scopesAre says what a unit is read at.
func (u Unit) scopesAre() string {
	if u.Schema.Hosts != nil {
		return "host of a vault"
	}
	return "id of " + strings.Join(u.Schema.Parents(), " or ")
}

// hasFolder reports whether a dataset's answers are saved in a folder, a file for each
// place at which it is read. What lies inside of another dataset's documents is not
// saved at all.
func (u Unit) hasFolder() bool { return u.Schema.PerScope() && u.Schema.Inside == "" }

// placeOf is where a dataset is read from.
func placeOf(u Unit) string {
	ofRoot := ""
	if u.Schema.Root != nil {
		ofRoot = " or " + u.Schema.Root.Scope
	}

	switch {
	case u.Schema.Inside != "":
		return "the documents of " + u.Schema.Parent
	case !u.Schema.PerScope():
		return u.Schema.Dataset + ".json"
	case u.Schema.Hosts != nil:
		return u.Schema.Dataset + "/<host of a vault>.json"
	case u.Schema.Parent == "":
		return u.Schema.Dataset + "/<" + u.Schema.Root.Scope + ">.json"
	}
	if snapshot.IsPromise(u.Schema.Parent) {
		return u.Schema.Dataset + "/<" + u.Schema.Parent + ">.json"
	}
	return u.Schema.Dataset + "/<id of " + strings.Join(u.Schema.Parents(), " or ") + ofRoot + ">.json"
}

// nearest is where the dataset is read from whose name is least far from a file's,
// "" where none is near.
func (in *importing) nearest(name string) string {
	stem := strings.TrimSuffix(strings.ToLower(name), ".json")
	if len(stem) > 100 {
		return ""
	}

	distance := func(u Unit) int {
		dataset, short := u.Schema.Dataset, u.Schema.Name()
		return min(levenshtein.ComputeDistance(stem, dataset), levenshtein.ComputeDistance(stem, short))
	}
	best := slices.MinFunc(in.material.units, func(a, b Unit) int { return distance(a) - distance(b) })
	if distance(best) > len(stem)/3 {
		return ""
	}

	return placeOf(best)
}

package collectors

import (
	_ "embed"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Expected is what [Import] reads of one dataset.
type Expected struct {
	Dataset    string   `json:"dataset"`
	File       string   `json:"file"`     // "entra.users.json", "keyvault.vaults/<id of azure.subscriptions>.json"
	Endpoint   string   `json:"endpoint"` // with its {names}, and the API's version
	Permission string   `json:"permission"`
	Parents    []string `json:"parents,omitempty"` // the datasets at whose documents it is read
	Required   bool     `json:"required"`          // without it there is no snapshot
}

// ExpectedFiles lists what has to be saved for a policy set that reads these datasets,
// each after those that it is read by: they themselves, what they are read by, and what
// proves whose tenant it is and that lists are whole. isMSP: in the MSP's own tenant,
// where what it says about its clients is.
func ExpectedFiles(datasets []string, isMSP bool) (files []Expected) {
	for _, u := range needed(datasets, isMSP) {
		files = append(files, Expected{
			Dataset: u.Schema.Dataset, File: placeOf(u), Parents: u.Schema.Parents(),
			Endpoint:   u.api.name + " " + u.Schema.Source.Version + " " + u.Schema.Source.Endpoint,
			Permission: u.Schema.Permission, Required: u.Schema.Dataset == organization,
		})
	}
	return files
}

// needed are the units of datasets, of those that they are read by, and the guards.
func needed(datasets []string, isMSP bool) []Unit {
	units, wanted := clientUnits(), map[string]bool{}
	if isMSP {
		units = mspUnits(nil, false)
	}

	reasons := []snapshot.Guard{snapshot.GuardTenant}
	if !isMSP && slices.ContainsFunc(datasets, func(name string) bool {
		i := index(units, name)
		return i >= 0 && units[i].api == armAPI
	}) {
		reasons = append(reasons, snapshot.GuardSubscriptions)
	}

	queue := slices.Concat(datasets, snapshot.Guards(reasons...))
	for len(queue) > 0 {
		i := index(units, queue[0])
		queue = queue[1:]
		if i < 0 || wanted[units[i].Schema.Dataset] {
			continue
		}

		u := units[i]
		wanted[u.Schema.Dataset] = true
		for _, before := range append(u.Schema.Before(), u.within) {
			if before != "" {
				queue = append(queue, before)
			}
		}
	}

	return slices.DeleteFunc(units, func(u Unit) bool {
		return !wanted[u.Schema.Dataset] || u.Schema.Inside != "" || u.Schema.Hosts != nil
	})
}

// Languages that SaveScript writes.
const (
	Bash       = "bash"
	PowerShell = "powershell"
)

var (
	//go:embed script/save.sh
	bashPrologue string
	//go:embed script/save.ps1
	shellPrologue string
)

// Placeholders in addresses. They are made of characters that no address escapes.
const (
	parentPlace    = "PARENT-ID"
	scopePlace     = "SCOPE-ID"
	principalPlace = "PRINCIPAL-ID"
)

// Saving is what a script saves, and where.
type Saving struct {
	Language string   // Bash or PowerShell
	Datasets []string // that are read, as for ExpectedFiles
	MSP      bool     // in the MSP's own tenant
	Cloud    Cloud    // zero: public

	// Promise has what is asked about that no tenant lists, such as declared domains. A
	// dataset that is read at each of those is named and not saved where there are none.
	Promise snapshot.Promise
}

// SaveScript is a program that saves what [ExpectedFiles] lists, in a cloud: every page
// of it as it came, in the files that [Import] reads. It sends GETs, and the queries that
// we post ourselves, and follows no link to another host. Bash uses "az rest" and jq,
// PowerShell Invoke-MgGraphRequest and Invoke-AzRestMethod.
func SaveScript(what Saving) (string, error) {
	var w scriptWriter
	switch what.Language {
	case Bash:
		w = &bashWriter{}
	case PowerShell:
		w = &shellWriter{}
	default:
		return "", fmt.Errorf("no script in %q: use %s or %s", what.Language, Bash, PowerShell)
	}

	cloud := what.Cloud.resolve()
	w.begin(cloud.Graph, cloud.ARM)
	for _, u := range needed(what.Datasets, what.MSP) {
		row, err := newScriptRow(u, cloud, what.Promise)
		if err != nil {
			return "", fmt.Errorf("%s: %w", u.Schema.Dataset, err)
		}
		w.row(row)
	}

	return w.text(), nil
}

// scriptRow is how one dataset is saved: once, at places that are known beforehand, or at
// each object of other datasets. Where it is nowhere, the fleet file has to say where.
type scriptRow struct {
	unit  Unit
	graph bool // else ARM
	query string

	once  []string // first pages
	known []scriptPlace
	each  []scriptParent
	urls  []string // first pages at each, with placeholders

	withinID string // of the dataset that is asked at as well, the property with the id; "" for none
}

// scriptPlace is a place at which a dataset is read.
type scriptPlace struct {
	file string
	urls []string
}

// scriptParent is a dataset at whose objects another one is read.
type scriptParent struct {
	dataset string
	idOf    string                // property of an object that is its id
	where   *snapshot.ParentWhere // which of the objects; nil: all
}

func newScriptRow(u Unit, cloud Cloud, promise snapshot.Promise) (row scriptRow, err error) {
	row = scriptRow{unit: u, graph: u.api == graphAPI, query: u.query}
	if u.within != "" {
		row.withinID = schema(u.within).ID.Property
	}
	if !u.Schema.PerScope() {
		row.once, err = u.scriptURLs(cloud, u.Schema, nil)
		return row, err
	}

	for _, parent := range u.Schema.Parents() {
		if snapshot.IsPromise(parent) {
			for _, id := range promise.Of(parent) {
				parents := map[string]string{u.Schema.ParentName(): id}
				if err := row.add(cloud, u.Schema, id, parents); err != nil {
					return row, err
				}
			}
			continue
		}

		each := scriptParent{dataset: parent, idOf: schema(parent).ID.Property}
		if parent == u.Schema.Parent { // of the others, all are asked
			each.where = u.Schema.ParentWhere
		}
		row.each = append(row.each, each)
	}
	if root, ok := u.Schema.Root.In(promise.Group()); ok {
		group := map[string]string{"managementGroup": promise.Group()}
		if err := row.add(cloud, u.Schema.At(root), root, group); err != nil {
			return row, err
		}
	}

	if row.each != nil {
		row.urls, err = u.scriptURLs(cloud, u.Schema, map[string]string{u.Schema.ParentName(): parentPlace})
	}
	return row, err
}

// add adds a place that is known.
func (r *scriptRow) add(cloud Cloud, asked *snapshot.Schema, scope string, params map[string]string) error {
	urls, err := r.unit.scriptURLs(cloud, asked, params)
	file := r.unit.Schema.Dataset + "/" + snapshot.ScopeFile(scope) + ".json"
	r.known = append(r.known, scriptPlace{file, urls})
	return err
}

// scriptURLs are the addresses of the first pages of a unit's lists. asked is its schema
// at the place that params say.
func (u Unit) scriptURLs(
	cloud Cloud, asked *snapshot.Schema, params map[string]string,
) (urls []string, err error) {
	base, err := url.Parse(strings.TrimSuffix(u.api.address(cloud), "/"))
	if err != nil {
		return nil, err
	}

	types := u.types
	if types == nil {
		types = []string{""}
	}
	for _, t := range types {
		all := map[string]string{
			"principalId": principalPlace, "scope": scopePlace, "type": t, "since": "now", "until": "now",
		}
		maps.Copy(all, params)
		to, err := u.address(base, asked, all)
		if err != nil {
			return nil, err
		}
		if u.Schema.Window != nil {
			to.RawQuery = withoutFilter(to.RawQuery)
		}
		urls = append(urls, to.String())
	}

	return urls, nil
}

// isNowhere reports whether the fleet file has to say where the dataset is read.
func (r scriptRow) isNowhere() bool { return r.once == nil && r.known == nil && r.each == nil }

// asksCaller reports whether an address names who is signed in.
func (r scriptRow) asksCaller() bool {
	all := slices.Concat(r.once, r.urls)
	for _, place := range r.known {
		all = append(all, place.urls...)
	}
	asks := func(address string) bool { return strings.Contains(address, principalPlace) }
	return slices.ContainsFunc(all, asks)
}

// quoted are texts as words of a language, with something between them.
func quoted(texts []string, quote func(string) string, between string) string {
	words := make([]string, len(texts))
	for i, text := range texts {
		words[i] = quote(text)
	}
	return strings.Join(words, between)
}

// withoutFilter is the query of a log without its window: only a list that goes
// further back shows, when it is imported, that it goes back far enough.
func withoutFilter(query string) string {
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		return strings.HasPrefix(pair, "$filter=")
	})
	return strings.Join(pairs, "&")
}

// notSaved is what a script says of a dataset that is nowhere.
func notSaved(s *snapshot.Schema) string {
	places := "each of " + strings.Join(s.Parents(), " or ")
	if s.Parent == "" {
		places = "the management group"
	}
	return fmt.Sprintf("# It is not saved: it is read at %s, which --fleet and --client tell.\n", places)
}

// anyOf is a condition: one of the values, compared as a language does it.
func anyOf(
	where *snapshot.ParentWhere, or string, comparison func(property string, value any) string,
) string {
	var all []string
	for _, v := range where.Values {
		all = append(all, comparison(where.Property, v))
	}
	return strings.Join(all, or)
}

// scriptWriter writes a program in one language.
type scriptWriter interface {
	begin(graph, arm string)
	row(scriptRow)
	text() string
}

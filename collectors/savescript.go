package collectors

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Expected is what [Import] reads of one dataset.
type Expected struct {
	Dataset    string `json:"dataset"`
	File       string `json:"file"`     // "entra.users.json", "keyvault.vaults/<id of azure.subscriptions>.json"
	Endpoint   string `json:"endpoint"` // with its {names}, and the API's version
	Permission string `json:"permission"`
	Parent     string `json:"parent,omitempty"` // the dataset whose documents it is read at
	Required   bool   `json:"required"`         // without it there is no snapshot
}

// ExpectedFiles lists what has to be saved for a policy set that reads these datasets,
// each after those that it is read by: they themselves, what they are read by, and what
// proves whose tenant it is and that lists are whole. isMSP: in the MSP's own tenant,
// where what it says about its clients is.
func ExpectedFiles(datasets []string, isMSP bool) (files []Expected) {
	for _, u := range needed(datasets, isMSP) {
		files = append(files, Expected{
			Dataset: u.Schema.Dataset, File: placeOf(u), Parent: u.Schema.Parent,
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
		units = mspUnits()
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
		for _, before := range append(u.Schema.Parents(), u.within) {
			if before != "" {
				queue = append(queue, before)
			}
		}
	}

	return slices.DeleteFunc(units, func(u Unit) bool {
		return !wanted[u.Schema.Dataset] || u.Schema.Inside != ""
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
		row, err := newScriptRow(u, cloud, what.Promise.Group())
		if err != nil {
			return "", fmt.Errorf("%s: %w", u.Schema.Dataset, err)
		}

		row.promised = what.Promise.Of(u.Schema.Parent)
		if root, ok := u.Schema.Root.In(what.Promise.Group()); ok && u.Schema.Parent == "" {
			row.promised = []string{root}
		}
		if row.promised == nil && (snapshot.IsPromise(u.Schema.Parent) || u.rootOnly()) {
			w.note(notSaved(u.Schema))
			continue
		}
		w.row(row)
	}

	return w.text(), nil
}

// scriptRow is how one dataset is saved.
type scriptRow struct {
	unit     Unit
	graph    bool     // else ARM
	urls     []string // first pages, with placeholders
	query    string
	idOf     string                // property of a parent's object that is its id
	where    *snapshot.ParentWhere // which of the parent's objects; nil: all
	withinID string                // the same of the dataset that is asked at as well, "" for none
	promised []string              // the parents themselves, where the promise lists them
}

// newScriptRow is the row of a unit, where the fleet file names a management group ("":
// none).
func newScriptRow(u Unit, cloud Cloud, group string) (scriptRow, error) {
	row := scriptRow{unit: u, graph: u.api == graphAPI, query: u.query}
	base, err := url.Parse(strings.TrimSuffix(u.api.address(cloud), "/"))
	if err != nil {
		return row, err
	}

	asked := u.Schema
	if u.rootOnly() {
		asked = asked.At(snapshot.GroupScope("x"))
	}

	types := u.types
	if types == nil {
		types = []string{""}
	}
	for _, t := range types {
		to, err := u.address(base, asked, map[string]string{
			u.Schema.ParentName(): parentPlace, "principalId": principalPlace, "scope": scopePlace, "type": t,
			"since": "now", "until": "now", "managementGroup": cmp.Or(group, "none"),
		})
		if err != nil {
			return row, err
		}
		if u.Schema.Window != nil {
			to.RawQuery = withoutFilter(to.RawQuery)
		}
		row.urls = append(row.urls, to.String())
	}

	if u.Schema.Parent != "" && !snapshot.IsPromise(u.Schema.Parent) {
		parent := schema(u.Schema.Parent)
		row.idOf, row.where = parent.ID.Property, u.Schema.ParentWhere
	}
	if u.within != "" {
		row.withinID = schema(u.within).ID.Property
	}

	return row, nil
}

// at are the addresses at one parent.
func (r scriptRow) at(id string) (urls []string) {
	for _, address := range r.urls {
		urls = append(urls, strings.ReplaceAll(address, parentPlace, url.PathEscape(id)))
	}
	return urls
}

// fileOf is the file of one parent.
func (r scriptRow) fileOf(id string) string {
	return r.unit.Schema.Dataset + "/" + snapshot.ScopeFile(id) + ".json"
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

// notSaved is what a script says of a dataset that it cannot save.
func notSaved(s *snapshot.Schema) string {
	places := "each of " + s.Parent
	if s.Parent == "" {
		places = "the management group"
	}
	return fmt.Sprintf("\n# %s is not saved: it is read at %s, which --fleet and --client tell\n", s.Dataset, places)
}

// anyOf is a condition: one of the values, compared as a language does it.
func anyOf(where *snapshot.ParentWhere, or string, comparison func(property string, value any) string) string {
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
	note(text string)
	text() string
}

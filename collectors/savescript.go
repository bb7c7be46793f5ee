package collectors

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
		for _, before := range []string{u.Schema.Parent, u.within} {
			if before != "" {
				queue = append(queue, before)
			}
		}
	}

	return slices.DeleteFunc(units, func(u Unit) bool { return !wanted[u.Schema.Dataset] })
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

// SaveScript is a program that saves what [ExpectedFiles] lists, in a cloud: every page
// of it as it came, in the files that [Import] reads. It sends GETs, and the queries that
// we post ourselves, and follows no link to another host. Bash uses "az rest" and jq,
// PowerShell Invoke-MgGraphRequest and Invoke-AzRestMethod.
func SaveScript(language string, datasets []string, isMSP bool, cloud Cloud) (string, error) {
	var w scriptWriter
	switch language {
	case Bash:
		w = &bashWriter{}
	case PowerShell:
		w = &shellWriter{}
	default:
		return "", fmt.Errorf("no script in %q: use %s or %s", language, Bash, PowerShell)
	}

	cloud = cloud.resolve()
	w.begin(cloud.Graph, cloud.ARM)
	for _, u := range needed(datasets, isMSP) {
		row, err := newScriptRow(u, cloud)
		if err != nil {
			return "", fmt.Errorf("%s: %w", u.Schema.Dataset, err)
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
}

func newScriptRow(u Unit, cloud Cloud) (scriptRow, error) {
	row := scriptRow{unit: u, graph: u.api == graphAPI, query: u.query}
	base, err := url.Parse(strings.TrimSuffix(u.api.address(cloud), "/"))
	if err != nil {
		return row, err
	}

	types := u.types
	if types == nil {
		types = []string{""}
	}
	for _, t := range types {
		to, err := u.address(base, u.Schema, map[string]string{
			u.Schema.ParentName(): parentPlace, "principalId": principalPlace, "scope": scopePlace, "type": t,
			"since": "now", "until": "now",
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

// withoutFilter is the query of a log without its window: only a list that goes
// further back shows, when it is imported, that it goes back far enough.
func withoutFilter(query string) string {
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		return strings.HasPrefix(pair, "$filter=")
	})
	return strings.Join(pairs, "&")
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
	text() string
}

// bashWriter writes bash.
type bashWriter struct{ strings.Builder }

func (w *bashWriter) text() string { return w.String() }

// quote is a text as one word of bash.
func (*bashWriter) quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func (w *bashWriter) begin(graph, arm string) {
	w.WriteString(bashPrologue)
	fmt.Fprintf(w, "graph=%s\narm=%s\nprincipal=\n", w.quote(graph), w.quote(arm))
}

func (w *bashWriter) row(r scriptRow) {
	name := r.unit.Schema.Dataset
	fmt.Fprintf(w, "\n# %s: %s\n", name, r.unit.Schema.Permission)
	resource := `"$arm"`
	if r.graph {
		resource = `"$graph"`
	}

	var urls []string
	for i, address := range r.urls {
		v := fmt.Sprintf("url%d", i)
		fmt.Fprintf(w, "%s=%s\n", v, w.quote(address))
		if strings.Contains(address, principalPlace) {
			w.WriteString("principal=${principal:-$(principal || echo unknown)}\n")
			fmt.Fprintf(w, "%s=${%s//%s/$principal}\n", v, v, principalPlace)
		}
		urls = append(urls, fmt.Sprintf(`"${%s//%s/$path}"`, v, parentPlace))
	}

	if r.unit.Schema.Parent == "" {
		var plain []string
		for i := range r.urls {
			plain = append(plain, fmt.Sprintf(`"$url%d"`, i))
		}
		fmt.Fprintf(w, "get %s %s %s\n", resource, w.quote(name+".json"), strings.Join(plain, " "))
		return
	}

	filter := "true"
	if r.where != nil {
		filter = anyOf(r.where, " or ", func(property string, v any) string {
			text, isText := v.(string)
			if isText {
				return "." + property + " == " + strconv.Quote(text)
			}
			return fmt.Sprintf(".%s == %v", property, v)
		})
	}
	const loop = "ids %s %s %s | while IFS=$'\\t' read -r id name path; do\n"
	if snapshot.IsPromise(r.unit.Schema.Parent) {
		w.WriteString("for name in ${DOMAINS:-}; do # of the fleet file, with spaces between\n  path=$name\n")
	} else {
		fmt.Fprintf(w, loop, r.unit.Schema.Parent, r.idOf, w.quote(filter))
	}

	switch {
	case r.query != "":
		fmt.Fprintf(w, "  query \"%s/$name.json\" \"$url0\" %s \"$id\"\n", name, w.quote(r.query))
	case r.withinID != "":
		fmt.Fprintf(w, "  get %s \"%s/$name.json\" \"${url0//%s/subscriptions/$path}\"\n", resource, name, scopePlace)
		fmt.Fprintf(w, "  "+loop, `"`+r.unit.within+`/$name"`, r.withinID, "true")
		fmt.Fprintf(w, "    get %s \"%s/$name.json\" \"${url0//%s/$path}\"\n", resource, name, scopePlace)
		w.WriteString("  done\n")
	default:
		fmt.Fprintf(w, "  get %s \"%s/$name.json\" %s\n", resource, name, strings.Join(urls, " "))
	}
	w.WriteString("done\n")
}

// shellWriter writes PowerShell.
type shellWriter struct{ strings.Builder }

func (w *shellWriter) text() string { return w.String() }

// quote is a text as a string of PowerShell in which nothing stands for anything.
func (*shellWriter) quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (w *shellWriter) begin(graph, arm string) {
	w.WriteString(shellPrologue)
	fmt.Fprintf(w, "$Graph = %s\n$Arm = %s\n$principal = $null\n", w.quote(graph), w.quote(arm))
}

func (w *shellWriter) row(r scriptRow) {
	name := r.unit.Schema.Dataset
	fmt.Fprintf(w, "\n# %s: %s\n", name, r.unit.Schema.Permission)
	resource := "$Arm"
	if r.graph {
		resource = "$Graph"
	}

	var urls []string
	for _, address := range r.urls {
		urls = append(urls, w.quote(address))
	}
	fmt.Fprintf(w, "$urls = @(%s)\n", strings.Join(urls, ", "))
	if strings.Contains(strings.Join(r.urls, " "), principalPlace) {
		w.WriteString("if (-not $principal) { $principal = Get-Principal }\n")
		fmt.Fprintf(w, "$urls = @($urls | ForEach-Object { $_.Replace('%s', $principal) })\n", principalPlace)
	}

	if r.unit.Schema.Parent == "" {
		fmt.Fprintf(w, "Save-List %s %s $urls\n", resource, w.quote(name+".json"))
		return
	}

	filter := "$true"
	if r.where != nil {
		filter = anyOf(r.where, " -or ", func(property string, v any) string {
			text, isText := v.(string)
			if isText {
				return "$_['" + property + "'] -ceq " + w.quote(text)
			}
			return fmt.Sprintf("$_['%s'] -eq $%v", property, v)
		})
	}
	if snapshot.IsPromise(r.unit.Schema.Parent) {
		w.WriteString("foreach ($id in (-split $env:DOMAINS)) { # of the fleet file, with spaces between\n")
	} else {
		fmt.Fprintf(w, "foreach ($id in (Get-Ids '%s' '%s' { %s })) {\n", r.unit.Schema.Parent, r.idOf, filter)
	}
	file := fmt.Sprintf("\"%s/$(Quoted $id).json\"", name)
	switch {
	case r.query != "":
		fmt.Fprintf(w, "    Save-Query %s $urls[0] %s $id\n", file, w.quote(r.query))
	case r.withinID != "":
		fmt.Fprintf(w, "    Save-List %s %s @($urls[0].Replace('%s', \"subscriptions/$id\"))\n",
			resource, file, scopePlace)
		fmt.Fprintf(w, "    foreach ($place in (Get-Ids \"%s/$id\" '%s' { $true })) {\n",
			r.unit.within, r.withinID)
		fmt.Fprintf(w, "        Save-List %s \"%s/$(Quoted $place).json\""+
			" @($urls[0].Replace('%s', (Below $place)))\n", resource, name, scopePlace)
		w.WriteString("    }\n")
	default:
		fmt.Fprintf(w, "    Save-List %s %s @($urls | ForEach-Object { $_.Replace('%s', (Below $id)) })\n",
			resource, file, parentPlace)
	}
	w.WriteString("}\n")
}

package collectors

import (
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
)

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
	if r.isNowhere() {
		w.WriteString(notSaved(r.unit.Schema))
		return
	}
	if r.asksCaller() {
		w.WriteString("if (-not $principal) { $principal = Get-Principal }\n")
	}

	save := "Save-List " + map[bool]string{true: "$Graph", false: "$Arm"}[r.graph]
	if r.unit.Schema.Newest != nil {
		save = "Save-List -Only " + strings.TrimPrefix(save, "Save-List ")
	}
	if r.once != nil {
		fmt.Fprintf(w, "%s %s @(%s)\n", save, w.quote(name+".json"), w.urls(r.once))
	}
	for _, place := range r.known {
		fmt.Fprintf(w, "%s %s @(%s)\n", save, w.quote(place.file), w.urls(place.urls))
	}
	for _, parent := range r.each {
		w.parent(r, parent, name, save)
	}
}

// urls are addresses as strings, each with the values of its placeholders.
func (w *shellWriter) urls(all []string) string {
	values := strings.NewReplacer(
		principalPlace, "' + $principal + '", parentPlace, "' + (Below $id) + '", scopePlace, "' + (Place $id) + '",
	)
	return quoted(all, func(address string) string { return "(" + values.Replace(w.quote(address)) + ")" }, ", ")
}

// parent saves what is read at each object of a dataset.
func (w *shellWriter) parent(r scriptRow, p scriptParent, name, save string) {
	file := `"` + name + `/$(Quoted $id).json"`
	fmt.Fprintf(w, "foreach ($id in (Get-Ids '%s' '%s' { %s })) {\n", p.dataset, p.idOf, w.condition(p.where))
	if r.query != "" {
		fmt.Fprintf(w, "    Save-Query %s %s %s $id\n", file, w.urls(r.urls), w.quote(r.query))
	} else {
		fmt.Fprintf(w, "    %s %s @(%s)\n", save, file, w.urls(r.urls))
	}

	if r.withinID != "" {
		const loop = "    foreach ($id in (Get-Ids \"%s/$(Quoted $id)\" '%s' { $true })) {\n"
		fmt.Fprintf(w, loop, r.unit.within, r.withinID)
		fmt.Fprintf(w, "        %s %s @(%s)\n    }\n", save, file, w.urls(r.urls))
	}
	w.WriteString("}\n")
}

// condition is which objects of a parent are asked about.
func (w *shellWriter) condition(where *snapshot.ParentWhere) string {
	if where == nil {
		return "$true"
	}
	return anyOf(where, " -or ", func(property string, v any) string {
		if text, isText := v.(string); isText {
			return "$_['" + property + "'] -ceq " + w.quote(text)
		}
		return fmt.Sprintf("$_['%s'] -eq $%v", property, v)
	})
}

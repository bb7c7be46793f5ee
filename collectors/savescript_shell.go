package collectors

import (
	"fmt"
	"strings"
)

// shellWriter writes PowerShell.
type shellWriter struct{ strings.Builder }

func (w *shellWriter) text() string     { return w.String() }
func (w *shellWriter) note(text string) { w.WriteString(text) }

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

	fmt.Fprintf(w, "$urls = @(%s)\n", quoted(r.urls, w.quote, ", "))
	if strings.Contains(strings.Join(r.urls, " "), principalPlace) {
		w.WriteString("if (-not $principal) { $principal = Get-Principal }\n")
		fmt.Fprintf(w, "$urls = @($urls | ForEach-Object { $_.Replace('%s', $principal) })\n", principalPlace)
	}

	switch {
	case r.promised != nil:
		for _, id := range r.promised {
			fmt.Fprintf(w, "Save-List %s %s @(%s)\n", resource, w.quote(r.fileOf(id)), quoted(r.at(id), w.quote, ", "))
		}
	case r.unit.Schema.Parent == "":
		fmt.Fprintf(w, "Save-List %s %s $urls\n", resource, w.quote(name+".json"))
	default:
		w.parents(r, name, resource)
	}
}

// parents saves what is read at each of the parent's objects.
func (w *shellWriter) parents(r scriptRow, name, resource string) {
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
	fmt.Fprintf(w, "foreach ($id in (Get-Ids '%s' '%s' { %s })) {\n", r.unit.Schema.Parent, r.idOf, filter)
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

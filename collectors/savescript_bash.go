package collectors

import (
	"fmt"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

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
	if r.isNowhere() {
		w.WriteString(notSaved(r.unit.Schema))
		return
	}
	if r.asksCaller() {
		w.WriteString("principal=${principal:-$(principal || echo unknown)}\n")
	}

	get := "get " + map[bool]string{true: `"$graph"`, false: `"$arm"`}[r.graph]
	if r.unit.Schema.Newest != nil {
		get = "only=1 " + get
	}
	if r.once != nil {
		fmt.Fprintf(w, "%s %s %s\n", get, w.quote(name+".json"), w.urls(r.once))
	}
	for _, place := range r.known {
		fmt.Fprintf(w, "%s %s %s\n", get, w.quote(place.file), w.urls(place.urls))
	}
	for _, parent := range r.each {
		w.parent(r, parent, name, get)
	}
}

// urls are addresses as words, each with the values of its placeholders.
func (w *bashWriter) urls(all []string) string {
	values := strings.NewReplacer(
		principalPlace, `'"$principal"'`, parentPlace, `'"$path"'`, scopePlace, `'"$place"'`,
	)
	return quoted(all, func(address string) string { return values.Replace(w.quote(address)) }, " ")
}

// parent saves what is read at each object of a dataset.
func (w *bashWriter) parent(r scriptRow, p scriptParent, name, get string) {
	const loop = "ids %s %s %s | while IFS=$'\\t' read -r id name path place; do\n"
	fmt.Fprintf(w, loop, p.dataset, p.idOf, w.quote(w.condition(p.where)))
	file := `"` + name + `/$name.json"`
	if r.query != "" {
		fmt.Fprintf(w, "  query %s %s %s \"$id\"\n", file, w.urls(r.urls), w.quote(r.query))
	} else {
		fmt.Fprintf(w, "  %s %s %s\n", get, file, w.urls(r.urls))
	}

	if r.withinID != "" {
		fmt.Fprintf(w, "  "+loop, `"`+r.unit.within+`/$name"`, r.withinID, "true")
		fmt.Fprintf(w, "    %s %s %s\n  done\n", get, file, w.urls(r.urls))
	}
	w.WriteString("done\n")
}

// condition is which objects of a parent are asked about, for jq.
func (w *bashWriter) condition(where *snapshot.ParentWhere) string {
	if where == nil {
		return "true"
	}
	return anyOf(where, " or ", func(property string, v any) string {
		if text, isText := v.(string); isText {
			return "." + property + " == " + strconv.Quote(text)
		}
		return fmt.Sprintf(".%s == %v", property, v)
	})
}

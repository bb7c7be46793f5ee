package collectors

import (
	"fmt"
	"strconv"
	"strings"
)

// bashWriter writes bash.
type bashWriter struct{ strings.Builder }

func (w *bashWriter) text() string     { return w.String() }
func (w *bashWriter) note(text string) { w.WriteString(text) }

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

	switch {
	case r.promised != nil:
		for _, id := range r.promised {
			fmt.Fprintf(w, "get %s %s %s\n", resource, w.quote(r.fileOf(id)), quoted(r.at(id), w.quote, " "))
		}
	case r.unit.Schema.Parent == "":
		var plain []string
		for i := range r.urls {
			plain = append(plain, fmt.Sprintf(`"$url%d"`, i))
		}
		fmt.Fprintf(w, "get %s %s %s\n", resource, w.quote(name+".json"), strings.Join(plain, " "))
	default:
		w.parents(r, name, resource, strings.Join(urls, " "))
	}
}

// parents saves what is read at each of the parent's objects.
func (w *bashWriter) parents(r scriptRow, name, resource, urls string) {
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
	fmt.Fprintf(w, loop, r.unit.Schema.Parent, r.idOf, w.quote(filter))
	switch {
	case r.query != "":
		fmt.Fprintf(w, "  query \"%s/$name.json\" \"$url0\" %s \"$id\"\n", name, w.quote(r.query))
	case r.withinID != "":
		fmt.Fprintf(w, "  get %s \"%s/$name.json\" \"${url0//%s/subscriptions/$path}\"\n", resource, name, scopePlace)
		fmt.Fprintf(w, "  "+loop, `"`+r.unit.within+`/$name"`, r.withinID, "true")
		fmt.Fprintf(w, "    get %s \"%s/$name.json\" \"${url0//%s/$path}\"\n", resource, name, scopePlace)
		w.WriteString("  done\n")
	default:
		fmt.Fprintf(w, "  get %s \"%s/$name.json\" %s\n", resource, name, urls)
	}
	w.WriteString("done\n")
}

package fleetfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"ringfence/engine/intent"
	"ringfence/internal/terminal"
)

// SchemaName is the "schema" of `fleet show --format json`.
const SchemaName = "ringfence.fleet/1"

// View is `fleet show --format json`: the fleet file with defaults applied, clients in
// the order of the file. Credentials are sources, never secrets.
type View struct {
	Schema     string      `json:"schema"`
	MSP        ViewMSP     `json:"msp"`
	Clients    []Client    `json:"clients"`
	Reviewers  []Reviewer  `json:"reviewers"`
	Exceptions []Exception `json:"exceptions"`
	Walls      []Wall      `json:"walls"`
	Gates      []Gate      `json:"gates"`
	Clouds     []Cloud     `json:"clouds"`

	SharedSinks []SharedSink `json:"shared_sinks"`
}

// ViewMSP is the MSP, its azure block last, and left out where there is none.
type ViewMSP struct {
	MSP
	Azure *intent.Azure `json:"azure,omitempty"`
}

// View is the fleet for machines.
func (f *Fleet) View() View {
	return View{
		Schema:     SchemaName,
		MSP:        ViewMSP{f.MSP, f.MSP.Azure},
		Clients:    append([]Client{}, f.Clients...),
		Reviewers:  append([]Reviewer{}, f.Reviewers...),
		Exceptions: append([]Exception{}, f.Exceptions...),
		Walls:      append([]Wall{}, f.Walls...),
		Gates:      append([]Gate{}, f.Gates...),
		Clouds:     f.Clouds,

		SharedSinks: append([]SharedSink{}, f.SharedSinks...),
	}
}

// ShowJSON writes [View], indented.
func (f *Fleet) ShowJSON(w io.Writer) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")

	if err := enc.Encode(f.View()); err != nil {
		return err
	}

	_, err := w.Write(terminal.JSON(buf.Bytes()))
	return err
}

// ShowText writes a paragraph for the MSP and for each client: attribute, where the
// value comes from, value.
func (f *Fleet) ShowText(w io.Writer) error {
	var buf bytes.Buffer
	t := tabwriter.NewWriter(&buf, 0, 0, 2, ' ', 0)

	terminal.Printf(t, "msp %s\n", f.MSP.Name)
	for _, r := range rows(mspTable, "", reflect.ValueOf(f.MSP)) {
		terminal.Printf(t, "  %s\t%s\n", r.name, cmp.Or(r.value, "-"))
	}
	f.showExceptions(t, intent.FleetLabel)
	t.Flush()

	for _, c := range f.Clients {
		c.show(t)
		f.showExceptions(t, c.Name)
		t.Flush()
	}

	_, err := w.Write(buf.Bytes())
	return err
}

func (c Client) show(w io.Writer) {
	terminal.Printf(w, "\nclient %s\n", c.Name)
	for _, r := range rows(clientTable, "", reflect.ValueOf(c)) {
		o, known := c.Origins[r.name]
		from := o.From

		if o.File != "" {
			from += fmt.Sprintf(" %s:%d", o.File, o.Line)
		}
		if !known {
			from, r.value = "-", ""
		}

		terminal.Printf(w, "  %s\t%s\t%s\n", r.name, from, cmp.Or(r.value, "not promised"))
	}
}

// row is one line of `fleet show`. An attribute of a nested block has a name with dots,
// like an [Origin]. The value is "" where there is none.
type row struct{ name, value string }

// rows are those of a struct's attributes, in the order of its fields. The name is in
// the paragraph's first line.
func rows(table intent.Table, prefix string, structure reflect.Value) []row {
	var all []row
	for _, a := range table.Ordered(structure.Type()) {
		if a.Name == "name" {
			continue
		}

		name, field := prefix+a.Name, intent.Field(structure, a.Name)
		params, isParams := field.Interface().(map[string]map[string]any)
		text, isLine := valueText(field.Interface())
		switch {
		case isParams:
			all = append(all, paramRows(name, params)...)
		case isLine || field.IsNil():
			all = append(all, row{name, text})
		default:
			all = append(all, rows(a.Of, name+".", field.Elem())...)
		}
	}

	return all
}

func paramRows(prefix string, params map[string]map[string]any) []row {
	var all []row
	for _, id := range slices.Sorted(maps.Keys(params)) {
		for _, name := range slices.Sorted(maps.Keys(params[id])) {
			all = append(all, row{prefix + "." + id + "." + name, fmt.Sprint(params[id][name])})
		}
	}
	return all
}

// valueText is a value in one line; false for a block that is shown attribute by
// attribute.
func valueText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case *string:
		return deref(v), true
	case *int64:
		return numberText(v), true
	case bool:
		return strconv.FormatBool(v), true
	case []string:
		return list(v), true
	case *intent.Fence:
		return fenceText(v), true
	case []intent.Partner:
		return names(v, partnerText), true
	case []intent.Vendor:
		return names(v, func(v intent.Vendor) string { return v.Name }), true
	case []intent.Application:
		return names(v, func(a intent.Application) string { return a.Name }), true
	case []intent.DataLocation:
		return names(v, dataLocationText), true
	case []intent.SharedSink:
		return names(v, func(s intent.SharedSink) string { return s.Name }), true
	case *intent.Azure:
		return azureText(v), true
	case Graph:
		return v.text(), true
	case Collect:
		return v.text(), true
	}

	return "", false
}

func (c Collect) text() string {
	text := "everything"
	if c.Minimise {
		text = "what the policy set reads"
	}
	if c.VaultOwners {
		text += ", owners of foreign vaults"
	}
	if c.FullEvery != "" {
		text += ", long lists whole every " + c.FullEvery
	}
	return text
}

func (f *Fleet) showExceptions(w io.Writer, client string) {
	for _, x := range f.Exceptions {
		if x.Client == client {
			terminal.Printf(w, "  exception %s\t%s\t%s of %s until %s, approved by %s: %s\n",
				x.Name, place(x.at), x.Kind, x.Control, x.Expires, x.ApprovedBy, x.Reason)
		}
	}
}

func (g Graph) text() string {
	if g == (Graph{}) {
		return ""
	}
	return strings.TrimSpace(g.AppID + " with " + g.Credential)
}

func dataLocationText(d intent.DataLocation) string {
	return fmt.Sprintf("%s in %s (%s, %s)", d.Service, d.Geo, d.SeenBy, d.SeenOn)
}

func numberText(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func partnerText(p intent.Partner) string {
	return p.Name + " (" + strings.Join(p.Allow, ", ") + ")"
}

func fenceText(f *intent.Fence) string {
	if f == nil {
		return ""
	}
	places := slices.Concat(f.Regions, f.Geographies, f.Countries)
	return f.Name + ": " + strings.Join(places, ", ")
}

func azureText(a *intent.Azure) string {
	switch {
	case a == nil:
		return ""
	case a.None:
		return "none"
	case a.ManagementGroup == nil:
		return list(a.Subscriptions)
	}

	return list(append(slices.Clone(a.Subscriptions), "all below the management group "+*a.ManagementGroup))
}

func names[T any](in []T, name func(T) string) string {
	if in == nil {
		return ""
	}

	out := []string{}
	for _, v := range in {
		out = append(out, name(v))
	}

	return list(out)
}

// list shows an empty list, which is a promise of nothing, unlike an absent one.
func list(in []string) string {
	if in != nil && len(in) == 0 {
		return "[]"
	}
	return strings.Join(in, ", ")
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

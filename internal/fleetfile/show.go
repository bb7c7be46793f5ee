package fleetfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"ringfence/engine/intent"
	"ringfence/internal/terminal"
)

// SchemaName is the "schema" of `fleet show --format json`.
const SchemaName = "ringfence.fleet/1"

// View is `fleet show --format json`: the fleet file with defaults applied.
// Credentials are sources, never secrets.
type View struct {
	Schema     string          `json:"schema"`
	MSP        ViewMSP         `json:"msp"`
	Clients    []ViewClient    `json:"clients"`
	Reviewers  []Reviewer      `json:"reviewers"`
	Exceptions []ViewException `json:"exceptions"`
	Walls      []Wall          `json:"walls"`
	Gates      []Gate          `json:"gates"`
	Clouds     []Cloud         `json:"clouds"`
}

// ViewMSP is the MSP. Graph is null if the fleet file has none.
type ViewMSP struct {
	intent.MSP
	Cloud       string   `json:"cloud"`
	MachineKeys []string `json:"machine_keys"`
	Graph       *Graph   `json:"graph"`

	Azure *intent.Azure `json:"azure,omitempty"`
}

// ViewClient is a client of the intent, with where each value came from.
type ViewClient struct {
	intent.Client
	Graph   *Graph            `json:"graph"`
	Origins map[string]Origin `json:"origins"`
}

// ViewException is an exception with its client.
type ViewException struct {
	intent.Exception
	Client string `json:"client"`
}

// View is the fleet for machines, clients in the order of the file.
func (f *Fleet) View() View {
	v := View{
		Schema:    SchemaName,
		MSP:       ViewMSP{f.MSP.MSP, f.MSP.Cloud, f.MSP.MachineKeys, f.MSP.Graph.orNil(), f.MSP.Azure},
		Clients:   []ViewClient{},
		Reviewers: append([]Reviewer{}, f.Reviewers...), Exceptions: []ViewException{},
		Walls: append([]Wall{}, f.Walls...), Gates: append([]Gate{}, f.Gates...), Clouds: f.Clouds,
	}

	for _, c := range f.Clients {
		v.Clients = append(v.Clients, ViewClient{c.Client, c.Graph.orNil(), c.Origins})
	}

	for _, x := range f.Exceptions {
		v.Exceptions = append(v.Exceptions, ViewException{x.Exception, x.Client})
	}

	return v
}

func (g Graph) orNil() *Graph {
	if g == (Graph{}) {
		return nil
	}
	return &g
}

// ShowJSON writes View, indented.
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

// ShowText writes a paragraph for the MSP and for each client: attribute, where
// the value comes from, value.
func (f *Fleet) ShowText(w io.Writer) error {
	var buf bytes.Buffer
	t := tabwriter.NewWriter(&buf, 0, 0, 2, ' ', 0)
	m := f.MSP
	terminal.Printf(t, "msp %s\n", m.Name)

	for _, r := range []row{
		{"tenant_id", m.TenantID}, {"domains", list(m.Domains)}, {"cloud", m.Cloud},
		{"machine_keys", list(m.MachineKeys)}, {"azure", azureText(m.Azure)}, {"graph", m.Graph.text()},
	} {
		terminal.Printf(t, "  %s\t%s\n", r.name, orNone(r.value))
	}

	t.Flush()

	for i := range f.Clients {
		f.Clients[i].show(t)
		f.showExceptions(t, f.Clients[i].Name)
		t.Flush()
	}

	_, err := w.Write(buf.Bytes())
	return err
}

type row struct{ name, value string }

func (c *Client) show(w io.Writer) {
	terminal.Printf(w, "\nclient %s\n", c.Name)
	for _, r := range c.rows() {
		o, known := c.Origins[r.name]
		from := o.From

		if o.File != "" {
			from += fmt.Sprintf(" %s:%d", o.File, o.Line)
		}

		if !known || r.value == "" {
			r.value = "not promised"
		}

		if !known {
			from = "-"
		}

		terminal.Printf(w, "  %s\t%s\t%s\n", r.name, from, r.value)
	}
}

func (c *Client) rows() []row {
	rows := []row{
		{"tenant_id", c.TenantID}, {"domains", list(c.Domains)}, {"state", c.State}, {"cell", deref(c.Cell)},
		{"cloud", c.Client.Cloud}, {"max_age", c.MaxAge}, {"fence", fenceText(c.Fence)},
		{"service_providers", list(c.ServiceProviders)}, {"responsible", list(c.Responsible)},
		{"partners", names(c.Partners, func(p partner) string { return p.Name + " (" + strings.Join(p.Allow, ", ") + ")" })},
		{"vendors", names(c.Vendors, func(v vendor) string { return v.Name })},
		{"azure", azureText(c.Azure)},
	}

	if k := c.Keys; k == nil {
		rows = append(rows, row{"keys", ""})
	} else {
		rows = append(rows, row{"keys.owner", deref(k.Owner)}, row{"keys.vaults", list(k.Vaults)}, row{"keys.max_age", deref(k.MaxAge)})
	}

	for _, id := range slices.Sorted(maps.Keys(c.Params)) {
		for _, name := range slices.Sorted(maps.Keys(c.Params[id])) {
			rows = append(rows, row{"params." + id + "." + name, fmt.Sprint(c.Params[id][name])})
		}
	}

	return append(rows, row{"graph", c.Graph.text()})
}

func (f *Fleet) showExceptions(w io.Writer, client string) {
	for _, x := range f.Exceptions {
		if x.Client == client {
			terminal.Printf(w, "  exception %s\t%s\t%s of %s until %s, approved by %s: %s\n", x.Name, place(x.at), x.Kind, x.Control, x.Expires, x.ApprovedBy, x.Reason)
		}
	}
}

func (g Graph) text() string {
	if g == (Graph{}) {
		return ""
	}
	return strings.TrimSpace(g.AppID + " with " + g.Credential)
}

func fenceText(f *fence) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", f.Name, strings.Join(slices.Concat(f.Regions, f.Geographies, f.Countries), ", "))
}

func azureText(a *intent.Azure) string {
	switch {
	case a == nil:
		return ""
	case a.None:
		return "none"
	}

	return list(a.Subscriptions)
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

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

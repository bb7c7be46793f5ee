package fleetfile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Known is what [Fleet.Check] compares the fleet file with.
type Known struct {
	// Controls are those of the policy set.
	Controls []finding.Control

	// Reads are the promises that some control reads: "client.fence", or more
	// exactly "client.keys.owner"; the walls between cells are "msp.walls".
	Reads map[string]bool

	// AsOf is the time at which exceptions are judged. At the zero time none has
	// expired.
	AsOf time.Time
}

// Check reports what depends on the set of controls. Errors are controls and params that
// there are not, and params of a wrong type. Warnings are promises that no control checks,
// controls that find no promise, exceptions that have expired, and walls between cells
// that no client is in.
func (f *Fleet) Check(known Known) *Diagnostics {
	c := &checker{newDiagnostics(f.files), f, known, map[string]finding.Control{}}
	for _, control := range known.Controls {
		c.controls[control.ID] = control
	}

	for _, client := range f.Clients {
		c.params(client)
	}
	c.exceptions()
	c.promises()
	c.walls()

	c.sort()
	return c.Diagnostics
}

// checker is one run of [Fleet.Check].
type checker struct {
	*Diagnostics
	fleet    *Fleet
	known    Known
	controls map[string]finding.Control // by id
}

// params compares what a client wants of controls with what they can be asked.
func (c *checker) params(client Client) {
	for _, id := range slices.Sorted(maps.Keys(client.Params)) {
		control, ok := c.controls[id]
		if !ok {
			c.err(client.Origins["params."+id].at, "Unknown control", "The policy set has no control %s.%s",
				quoted(id), c.nearest(id))
			continue
		}

		for _, name := range slices.Sorted(maps.Keys(client.Params[id])) {
			at := client.Origins["params."+id+"."+name].at
			param, ok := control.Params[name]
			if !ok {
				c.err(at, "Unknown param", "Control %s has no param %s.%s",
					id, quoted(name), suggest(name, slices.Sorted(maps.Keys(control.Params))))
				continue
			}

			if got := paramType(client.Params[id][name]); got != param.Type {
				c.err(at, "Wrong type", "Param %q of control %s must be %s, not %s.",
					name, id, typeWords[param.Type], typeWords[got])
			}
		}
	}
}

// typeWords are the types of parameters as messages name them.
var typeWords = map[string]string{
	"boolean": "true or false",
	"integer": "an integer",
	"string":  "a string",
	"strings": "a list of strings",
}

// paramType is the type, as a [finding.Param] has it, of a value that [loader.param] read.
func paramType(v any) string {
	switch v.(type) {
	case bool:
		return "boolean"
	case int64:
		return "integer"
	case string:
		return "string"
	}
	return "strings"
}

// nearest suggests the control that was perhaps meant.
func (c *checker) nearest(id string) string {
	return didYouMean(id, slices.Sorted(maps.Keys(c.controls)))
}

// An exception for a policy of a foreign pack (MS.AAD.1.1v1) is for other runs.
func (c *checker) exceptions() {
	for _, x := range c.fleet.Exceptions {
		if _, ok := c.controls[x.Control]; !ok && !finding.IsForeignID(x.Control) {
			c.err(x.controlAt, "Unknown control",
				"The policy set has no control %s, which the exception %q is for.%s",
				quoted(x.Control), x.Name, c.nearest(x.Control))
		}

		end, ok := x.end()
		if ok && !c.known.AsOf.IsZero() && !c.known.AsOf.Before(end) {
			c.warn(x.expiresAt, "Exception expired",
				"The exception %q expired on %s and accepts nothing any more. "+
					"Renew it, with approval, or remove it.", x.Name, x.Expires)
		}
	}
}

// end is the first moment at which the exception no longer holds: the midnight after its
// day, UTC.
func (x Exception) end() (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, x.Expires)
	return day.AddDate(0, 0, 1), err == nil
}

// promises compares what was promised with what is checked, one warning for each
// attribute however many clients it concerns.
func (c *checker) promises() {
	client := reflect.ValueOf(intent.Client{})
	for _, a := range intent.ClientTable.Ordered(client.Type()) {
		if !a.Checked {
			continue
		}

		hint := ""
		if isList := a.Type == intent.Texts || a.Type == intent.References; isList && a.Null != "" {
			hint = fmt.Sprintf(" If none is the promise, write %s = [].", a.Name)
		}
		c.promise(a.Name, hint)

		if a.Type != intent.Block {
			continue
		}
		for _, nested := range a.Of.Ordered(intent.Field(client, a.Name).Type().Elem()) {
			if nested.Checked {
				c.promise(a.Name+"."+nested.Name, "")
			}
		}
	}
}

// promise compares one attribute. The hint says how to promise that there is none.
func (c *checker) promise(name, hint string) {
	var without, unread []Client
	for _, client := range c.fleet.Clients {
		_, written := client.Origins[name]
		missing := isMissing(client, name)
		switch {
		case client.State == "offboarded": // it is promised nothing more
		case missing && c.reads("client."+name):
			without = append(without, client)
		case !missing && written && c.ignores(name):
			unread = append(unread, client)
		}
	}

	if len(without) > 0 {
		c.lacks(without, "Not promised: client."+name,
			"The fleet file says nothing of %s for %s: controls that need it are not applicable there.%s",
			name, firstThree(without), hint)
	}
	if len(unread) > 0 {
		c.warn(unread[0].Origins[name].at, "Nothing checks client."+name,
			"No control of the policy set reads client.%s, "+
				"so nothing says whether this promise to %s is kept.", name, firstThree(unread))
	}
}

// isMissing reports whether a client was not promised an attribute. Of a block that was
// not promised, only the block is missing.
func isMissing(client Client, name string) bool {
	block, _, isNested := strings.Cut(name, ".")
	return client.IsNull(name) && !(isNested && client.IsNull(block))
}

// reads reports whether some control reads the attribute or a part of it.
func (c *checker) reads(name string) bool {
	for read, yes := range c.known.Reads {
		if yes && (read == name || strings.HasPrefix(read, name+".")) {
			return true
		}
	}
	return false
}

// ignores reports whether no control reads the attribute, neither by its name nor with the
// block that it is in. Of a block that nobody reads, only the block is ignored. Domains
// are never: they tell tenants apart, without any control.
func (c *checker) ignores(name string) bool {
	block, _, isNested := strings.Cut(name, ".")
	if isNested && (!c.reads("client."+block) || c.known.Reads["client."+block]) {
		return false
	}
	return name != "domains" && !c.reads("client."+name)
}

// firstThree names up to three clients, and how many more there are.
func firstThree(clients []Client) string {
	var names []string
	for _, c := range clients[:min(3, len(clients))] {
		names = append(names, c.Name)
	}

	text := strings.Join(names, ", ")
	if others := len(clients) - len(names); others > 0 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text
}

func (c *checker) walls() {
	cells := map[string]bool{}
	for _, client := range c.fleet.Clients {
		if client.Cell != nil {
			cells[*client.Cell] = true
		}
	}

	for _, w := range c.fleet.Walls {
		for _, cell := range w.Cells {
			if !cells[cell] {
				c.warn(w.at, "Unknown cell",
					"The wall %q names the cell %q, which no client is in.%s",
					w.Name, cell, didYouMean(cell, slices.Sorted(maps.Keys(cells))))
			}
		}

		if !c.reads("msp.walls") {
			c.warn(w.at, "Nothing checks walls",
				"No control of the policy set reads walls, "+
					"so nothing says whether the wall %q stands.", w.Name)
		}
	}
}

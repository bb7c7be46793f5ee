package fleetfile

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

// register is the first pass: which blocks are there, under which labels. Of a file
// with syntax errors only the labels count, so that other files can refer to them;
// more would be guessing.
func (l *loader) register(body *hclsyntax.Body, broken bool) {
	for _, b := range body.Blocks {
		switch {
		case broken && len(b.Labels) == 1:
			l.take(b.Type, b.Labels[0], b.LabelRanges[0])
		case broken:
		case !slices.Contains(kindNames(), b.Type):
			l.err(b.TypeRange, "Unknown block",
				"A fleet file has no block %q.%s", b.Type, didYouMean(b.Type, kindNames()))

		default:
			label, at, ok := l.blockLabel(b)
			if ok && l.take(b.Type, label, at) {
				l.blocks = append(l.blocks, topBlock{b.Type, label, b})
			}
		}
	}

	if broken {
		return
	}
	for _, a := range body.Attributes {
		l.err(a.NameRange, "Unknown attribute",
			"%q stands outside of any block. "+
				"A fleet file holds blocks only, such as client \"x\" { … }.", a.Name)
	}
}

func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// take keeps a label; false after a diagnostic if it is taken.
func (l *loader) take(kind, label string, at hcl.Range) bool {
	if l.labels[kind] == nil {
		l.labels[kind] = map[string]hcl.Range{}
	}

	if first, taken := l.labels[kind][label]; taken {
		l.err(at, "Duplicate block",
			"%s is declared twice; the first is at %s.", capital(title(kind, label)), place(first))
		return false
	}

	l.labels[kind][label] = at
	return true
}

// blockLabel checks the label of a block; msp and defaults have none.
func (l *loader) blockLabel(b *hclsyntax.Block) (string, hcl.Range, bool) {
	if b.Type == "msp" || b.Type == "defaults" {
		if len(b.Labels) > 0 {
			l.err(b.LabelRanges[0], "Unexpected label", "The %s block has no label.", b.Type)
		}
		return "", b.DefRange(), true
	}

	if len(b.Labels) != 1 {
		l.err(b.DefRange(), "Wrong labels",
			"A %s block has exactly one label: write %s \"name\" { … }.", b.Type, b.Type)
		return "", hcl.Range{}, false
	}

	label, at := b.Labels[0], b.LabelRanges[0]
	switch {
	case b.Type == "gate":
		if !gateName.MatchString(label) {
			l.err(at, "Invalid label",
				"The name of a gate must be %s (also _), not %s.", intent.NameWords, quoted(label))
		}
	case !IsLabel(label):
		l.err(at, "Invalid label",
			"A label must be %s, not %s. Labels become names of folders.", intent.NameWords, quoted(label))
	case label == intent.FleetLabel:
		l.err(at, "Reserved label", "The label \"fleet\" is reserved for the MSP's own folder.")
	}

	return label, at, true
}

// IsLabel reports whether a name may be the label of a client or a reviewer.
func IsLabel(name string) bool {
	_, ok := intent.Name.Norm(name)
	return ok
}

// title names a block in messages.
func title(kind, label string) string {
	if label == "" {
		return "the " + kind + " block"
	}
	return kind + " " + quoted(label)
}

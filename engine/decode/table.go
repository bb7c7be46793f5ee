package decode

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// table is what a reader knows of the names at one node, in ascending order:
// those that the shape names, and those that documents were seen to have. The
// documents of a dataset have much the same names, so that the next one is
// mostly known before it is read.
type table []entry

type entry struct {
	name  string
	token string // the name as JSON with its colon, "" where that needs escapes
	key   *ast.Term
	node  *node
}

// maxSeen bounds how many names of documents a table takes.
const maxSeen = 256

func newEntry(name string, key *ast.Term, n *node) entry {
	e := entry{name: name, key: key, node: n}
	if strings.IndexFunc(name, func(c rune) bool { return c < 0x20 || c == '"' || c == '\\' }) < 0 {
		e.token = `"` + name + `":`
	}
	return e
}

// table is the one of a node; nil where it has no children.
func (b *builder) table(n *node) *table {
	if len(n.children) == 0 {
		return nil
	}

	t := &b.memory[n.number].names
	if *t == nil {
		for _, c := range n.children {
			*t = append(*t, newEntry(c.name, c.key, c.node))
		}
	}

	return t
}

// property takes the name of a property, and finds what is read of it: its key,
// nil where it has none yet, and its node. i is the entry that comes next.
func (b *builder) property(n *node, t *table, i *int, last []byte) (name []byte, key *ast.Term, to *node, ok bool) {
	if t != nil && *i < len(*t) && b.peek() == '"' {
		if e := &(*t)[*i]; e.token != "" && bytes.HasPrefix(b.line[b.at:], []byte(e.token)) {
			name = b.line[b.at+1 : b.at+1+len(e.name)]
			b.at += len(e.token)
			*i++

			return name, e.key, e.node, true
		}
	}

	if name, ok = b.name(last); !ok {
		return nil, nil, nil, false
	}
	if t == nil {
		return name, nil, n.other, true
	}

	e := t.find(n, name, i, b.checked)
	return name, e.key, e.node, true
}

// find looks a name up that was not the next one, and learns it.
func (t *table) find(n *node, name []byte, i *int, anywhere bool) entry {
	from := *i
	if anywhere {
		from = 0
	}

	*i = from + sort.Search(len(*t)-from, func(k int) bool { return (*t)[from+k].name >= string(name) })
	if *i == len(*t) || (*t)[*i].name != string(name) {
		e := newEntry(string(name), nil, n.other)
		if len(*t) >= len(n.children)+maxSeen {
			return e
		}

		if n.other != nil {
			e.key = ast.StringTerm(e.name)
		}

		*t = slices.Insert(*t, *i, e)
	}

	e := (*t)[*i]
	*i++
	return e
}

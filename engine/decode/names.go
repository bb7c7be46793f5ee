package decode

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// nameTable is what a reader knows of the names at one node, in ascending order:
// those that the shape has, and those that documents were seen to have.
//
// The documents of a dataset have much the same names in the same order. So a name
// is first guessed, and mostly it is the table's next one. Then it is enough to
// compare the bytes with "name": as a whole; nothing is scanned or looked up.
type nameTable []knownName

type knownName struct {
	name  string
	token string    // the name as JSON with its colon, "" where that needs escapes
	key   *ast.Term // nil where the value is not kept
	node  *node
}

// maxSeen bounds how many names a table learns from documents.
const maxSeen = 256

func newKnownName(name string, key *ast.Term, n *node) knownName {
	needsEscape := func(c rune) bool { return c < 0x20 || c == '"' || c == '\\' }
	k := knownName{name: name, key: key, node: n}
	if strings.IndexFunc(name, needsEscape) < 0 {
		k.token = `"` + name + `":`
	}
	return k
}

// table is the one of a node, nil where it names no properties.
func (b *builder) table(n *node) *nameTable {
	if len(n.properties) == 0 {
		return nil
	}

	t := &b.state[n.number].names
	if *t == nil {
		for _, p := range n.properties {
			*t = append(*t, newKnownName(p.name, p.key, p.node))
		}
	}

	return t
}

// property takes the name of a property of an object at node n, and finds what is
// read of it: its key, nil where it has none yet, and its node. next is the index of
// the name in the table that is guessed to come next, and is moved on.
func (b *builder) property(n *node, t *nameTable, next *int, last []byte) (
	name []byte, key *ast.Term, to *node, ok bool,
) {
	if t != nil && *next < len(*t) && b.peek() == '"' {
		if k := &(*t)[*next]; k.token != "" && bytes.HasPrefix(b.line[b.at:], []byte(k.token)) {
			name = b.line[b.at+1 : b.at+1+len(k.name)]
			b.at += len(k.token)
			*next++
			return name, k.key, k.node, true
		}
	}

	name, ok = b.name(last)
	if !ok {
		return nil, nil, nil, false
	}
	if t == nil {
		return name, nil, n.others, true
	}

	from := *next
	if b.valid {
		from = 0 // names may have any order
	}

	k := t.find(n, name, from, next)
	return name, k.key, k.node, true
}

// find looks a name up that was not the guessed one, and learns it if it is new.
func (t *nameTable) find(n *node, name []byte, from int, next *int) knownName {
	at := from + sort.Search(len(*t)-from, func(i int) bool { return (*t)[from+i].name >= string(name) })
	*next = at

	if at == len(*t) || (*t)[at].name != string(name) {
		k := newKnownName(string(name), nil, n.others)
		if len(*t) >= len(n.properties)+maxSeen {
			return k
		}
		if n.others != nil {
			k.key = ast.StringTerm(k.name)
		}
		*t = slices.Insert(*t, at, k)
	}

	*next = at + 1
	return (*t)[at]
}

package index

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Common are rules of libraries that give the same for each control that asks them about one
// snapshot, such as
//
//	groups contains group._id if some group in input.entra.groups
//
// so that what they give is kept once for all of them ([Made.Cache]). It is a tree of the names
// in the rules' paths.
type Common struct {
	below  map[string]*Common
	isRule bool
}

// Library is a rule that gives the same wherever the datasets that it follows from are seen.
type Library struct {
	path     ast.Ref
	datasets []string // sorted
}

// Libraries are the rules without arguments that follow from datasets and from what all controls
// see, and from nothing else. shared are the names of the input that all controls see alike
// ("client"). Packages of controls are left out: nobody else asks their rules.
func Libraries(compiler *ast.Compiler, shared []string, isControl func(pkg ast.Ref) bool) (found []Library) {
	for _, module := range compiler.Modules {
		if isControl(module.Package.Path) {
			continue
		}

		known := map[string]bool{}
		for _, rule := range module.Rules {
			path := rule.Ref().GroundPrefix()
			if len(rule.Head.Args) > 0 || known[path.String()] || !isPlain(path) {
				continue
			}
			known[path.String()] = true

			from := following{shared: shared, datasets: map[string]bool{}}
			for _, r := range compiler.GetRulesWithPrefix(path) {
				from.all(compiler, r, map[*ast.Rule]bool{})
			}
			if !from.isOwn {
				found = append(found, Library{path, slices.Sorted(maps.Keys(from.datasets))})
			}
		}
	}

	return found
}

// isPlain reports whether a path is made of names alone.
func isPlain(path ast.Ref) bool {
	return !slices.ContainsFunc(path[1:], func(t *ast.Term) bool {
		_, isName := t.Value.(ast.String)
		return !isName
	})
}

// following is what rules follow from.
type following struct {
	shared   []string
	datasets map[string]bool
	isOwn    bool // something may differ from control to control
}

// all adds what a rule follows from, and the rules behind it.
func (f *following) all(compiler *ast.Compiler, rule *ast.Rule, seen map[*ast.Rule]bool) {
	if seen[rule] || f.isOwn {
		return
	}
	seen[rule] = true

	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		switch {
		case ref.HasPrefix(ast.InputRootRef):
			f.input(ref)
		case ref.HasPrefix(ast.DefaultRootRef):
			for _, r := range compiler.GetRulesDynamic(ref) {
				f.all(compiler, r, seen)
			}
		}
		return false
	})
}

// input adds what a part of the input follows from. An area as a whole differs: each control sees
// the datasets of its own plan.
func (f *following) input(ref ast.Ref) {
	if len(ref) < 2 {
		f.isOwn = true
		return
	}

	name, isName := ref[1].Value.(ast.String)
	if isName && slices.Contains(f.shared, string(name)) {
		return
	}
	if !isName || !isArea()[string(name)] {
		f.isOwn = true
		return
	}

	leaf, isLeaf := ast.String(""), len(ref) > 2
	if isLeaf {
		leaf, isLeaf = ref[2].Value.(ast.String)
	}
	if !isLeaf {
		f.isOwn = true
		return
	}
	f.datasets[string(name)+"."+string(leaf)] = true
}

// isArea are the names of the input that hold datasets.
var isArea = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for name := range snapshot.Schemas() {
		area, _, _ := strings.Cut(name, ".")
		all[area] = true
	}
	return all
})

// Within are those of some libraries that follow from these datasets alone, which a control
// sees.
func Within(all []Library, datasets []string) *Common {
	root := &Common{}
	for _, l := range all {
		isForeign := func(name string) bool { return !slices.Contains(datasets, name) }
		if !slices.ContainsFunc(l.datasets, isForeign) {
			root.add(l.path)
		}
	}
	return root
}

func (c *Common) add(path ast.Ref) {
	for _, name := range path[1:] {
		text := string(name.Value.(ast.String))
		if c.below[text] == nil {
			if c.below == nil {
				c.below = map[string]*Common{}
			}
			c.below[text] = &Common{}
		}
		c = c.below[text]
	}
	c.isRule = true
}

// has reports whether a path is that of one of the rules, and not one below it.
func (c *Common) has(path ast.Ref) bool {
	for _, name := range path[1:] {
		text, isName := name.Value.(ast.String)
		if c == nil || !isName {
			return false
		}
		c = c.below[string(text)]
	}
	return c != nil && c.isRule
}

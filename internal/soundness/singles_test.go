package soundness

import (
	"io/fs"
	"path"
	"sync"
	"testing"
	"testing/fstest"

	"ringfence/engine"
	"ringfence/policies"
)

// singles are the controls of a policy set, each compiled and planned alone. An engine is made
// when it is asked for first: to compile all of them takes ten times as long as to compile the
// set. What a control says of the evidence depends on the set, which it is not taken out of.
type singles map[string]func() (*engine.Engine, error)

// builtinSingles are the built-in controls, the same engines for all tests.
var builtinSingles = sync.OnceValues(func() (singles, error) { return newSingles(policies.FS) })

func newSingles(fsys fs.FS) (singles, error) {
	whole, err := engine.Load(fsys)
	if err != nil {
		return nil, err
	}

	folders := map[string]string{}
	for _, c := range whole.Controls() {
		folders[path.Dir(c.File)] = c.ID
	}

	all := singles{}
	for folder, id := range folders {
		all[id] = sync.OnceValues(func() (*engine.Engine, error) {
			if judgesEvidence(whole, id) {
				return whole.Only(id)
			}
			files, err := onlyControl(fsys, folders, folder)
			if err != nil {
				return nil, err
			}
			return engine.Load(files)
		})
	}

	return all, nil
}

// onePerControl is each control of the built-in policy set alone.
func onePerControl(t testing.TB) singles {
	t.Helper()
	all, err := builtinSingles()
	if err != nil {
		t.Fatal(err)
	}

	return all
}

// onePerControlOf is each control of another policy set alone.
func onePerControlOf(t testing.TB, fsys fs.FS) singles {
	t.Helper()
	all, err := newSingles(fsys)
	if err != nil {
		t.Fatal(err)
	}

	return all
}

// engine is that of one control.
func (s singles) engine(t testing.TB, id string) *engine.Engine {
	t.Helper()
	load, has := s[id]
	if !has {
		t.Fatalf("there is no control %s", id)
	}

	e, err := load()
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// onlyControl is the policy set with one control and all libraries.
func onlyControl(fsys fs.FS, controls map[string]string, keep string) (fs.FS, error) {
	files := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || controls[path.Dir(name)] != "" && path.Dir(name) != keep {
			return err
		}

		data, err := fs.ReadFile(fsys, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})

	return files, err
}

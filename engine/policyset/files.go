// Package policyset is a set of policy files: reading them, compiling them against
// the schema of the policy input, the METADATA of the controls in them, and the
// bundle that goes into a run folder.
//
//	files, err := policyset.Read(os.DirFS("policies"))
//	compiler, err := files.Compile()
//	control, isControl, err := policyset.Control(compiler, "ringfence/isolation/guest_inviters/guest_inviters.rego")
//
// What a policy may not do is decided here: no network, clock or chance, no
// property that no schema knows, no "with".
package policyset

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Files are the policy files of a set (*.rego, tests left out), by path.
type Files map[string][]byte

// isPolicy reports whether a path is one of a policy file.
func isPolicy(path string) bool {
	return strings.HasSuffix(path, ".rego") && !strings.HasSuffix(path, "_test.rego")
}

// Read reads the policy files of a file system. What is called like one and is no
// regular file is an error: a pipe would never end.
func Read(fsys fs.FS) (Files, error) {
	files := Files{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPolicy(path) {
			return err
		}
		if info, err := fs.Stat(fsys, path); err != nil || !info.Mode().IsRegular() {
			return cmp.Or(err, fmt.Errorf("%s is no regular file", path))
		}

		files[path], err = fs.ReadFile(fsys, path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading policies: %w", err)
	}

	return files, nil
}

// Only are the files of the given paths.
func (f Files) Only(paths []string) Files {
	found := Files{}
	for _, path := range paths {
		found[path] = f[path]
	}
	return found
}

// Digest is the SHA-256 over the sorted lines "<sha256>  <path>\n" of the files,
// in lower-case hex.
func (f Files) Digest() string {
	var lines []string
	for path, data := range f {
		lines = append(lines, snapshot.Digest(data)+"  "+path+"\n")
	}

	slices.Sort(lines)
	return snapshot.Digest([]byte(strings.Join(lines, "")))
}

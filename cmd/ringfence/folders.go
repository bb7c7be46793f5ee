package main

import (
	"os"
	"path/filepath"
	"strings"
)

// tryFolder makes a folder that results will go to, and writes to it: better now
// than after an hour of collecting.
func tryFolder(flag, dir string) error {
	hint := "--" + flag + " takes a folder that can be made, or is there and can be written"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return usage(hint, "--%s: %w", flag, err)
	}

	probe, err := os.MkdirTemp(dir, ".run-*") // a name that is swept if this process is killed
	if err != nil {
		return usage(hint, "--%s: %w", flag, err)
	}

	return os.Remove(probe)
}

// disjoint refuses two folders of which one is the other or lies in it: results
// would be taken for what is stored, or be overwritten by it.
func disjoint(flag, dir, otherFlag, other string) error {
	if dir == "" || other == "" {
		return nil
	}

	at, otherAt := resolve(dir), resolve(other)
	if inside(at, otherAt) || inside(otherAt, at) {
		return usage("give each a folder of its own",
			"--%s %s and --%s %s lie in one another", flag, dir, otherFlag, other)
	}

	return nil
}

// inside reports whether a folder is another or lies in it. Both are as resolve
// returns them.
func inside(dir, of string) bool {
	rel, err := filepath.Rel(of, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolve is a path from the root without links; what is not there yet stays as
// it is written.
func resolve(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if parent := filepath.Dir(abs); parent != abs {
		return filepath.Join(resolve(parent), filepath.Base(abs))
	}

	return abs
}

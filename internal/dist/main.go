// Command dist makes the release archives: ringfence and ringfence-attest for each system, with
// the documents and the licences of what is linked in, and SHA256SUMS.
//
//	go run ./internal/dist -out dist -only linux/amd64
//
// The same tree and Go version give the same bytes, wherever and whenever they are built: no
// path, time, user or state of the repository enters. Whoever does not trust a download builds
// it and compares one line.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"ringfence/internal/run"
)

// target is a system that is built for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

// command is the go command as it is run for the target, in the tree at root. Everything that
// could differ from machine to machine is set: cgo is off, and the processor is the oldest
// that Go supports.
func (t target) command(root string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	cmd.Env = append(os.Environ(),
		"GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0",
		"CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOEXPERIMENT=")
	return cmd
}

var targets = []target{
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"linux", "amd64"}, {"linux", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// programs are what is built of cmd/.
var programs = []string{"ringfence", "ringfence-attest"}

// documents go into each archive as they are: files, and folders with all that is in them.
var documents = []string{"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "docs", "examples"}

func main() {
	out := flag.String("out", "dist", "folder for the archives; what it holds is replaced")
	only := flag.String("only", "", "one target, such as linux/amd64 (default: all)")
	flag.Parse()

	if err := dist(".", *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// dist makes the archives of the source tree at root.
func dist(root, out, only string) error {
	isOther := func(t target) bool { return only != "" && t.String() != only }
	chosen := slices.DeleteFunc(slices.Clone(targets), isOther)
	if len(chosen) == 0 {
		return fmt.Errorf("%q is none of %v", only, targets)
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}

	common, err := texts(root)
	if err != nil {
		return err
	}

	var sums strings.Builder
	for _, t := range chosen {
		name, data, err := t.archive(root, common)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return err
		}

		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
		fmt.Printf("%s/%s\n", out, name)
	}

	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// archive builds the programs for a target and packs them with the common files: a zip for
// Windows, a tar.gz for the others, everything below one folder.
func (t target) archive(root string, common []file) (name string, data []byte, err error) {
	built, err := t.build(root)
	if err != nil {
		return "", nil, err
	}

	files := append(built, common...)
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })

	folder := fmt.Sprintf("ringfence-%s-%s-%s", run.ToolVersion, t.os, t.arch)
	if t.os == "windows" {
		data, err = zipped(folder, files)
		return folder + ".zip", data, err
	}

	data, err = tarred(folder, files)
	return folder + ".tar.gz", data, err
}

// build compiles the programs. Paths are trimmed, and the repository's state is left out.
func (t target) build(root string) (files []file, err error) {
	dir, err := os.MkdirTemp("", "ringfence-dist-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	for _, program := range programs {
		exe := program
		if t.os == "windows" {
			exe += ".exe"
		}

		path := filepath.Join(dir, exe)
		flags := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path}
		if err := t.command(root, append(flags, "./cmd/"+program)...).Run(); err != nil {
			return nil, fmt.Errorf("building %s: %w", program, err)
		}

		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}

		files = append(files, file{exe, data, true})
	}

	return files, nil
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build makes the programs, below bin of the repository, and says which
// versions they are.
func build(ctx context.Context, root, policies string) (tools, map[string]string, error) {
	bin := filepath.Join(root, "bin")
	t := tools{
		ringfence: filepath.Join(bin, "ringfence"),
		opa:       filepath.Join(bin, "opa"),
		conftest:  filepath.Join(bin, "conftest"),
		policies:  policies,
	}

	var err error
	if t.self, err = os.Executable(); err != nil {
		return t, nil, err
	}

	progress("building ringfence, opa and conftest")

	for _, args := range [][]string{
		{"build", "-C", root, "-trimpath", "-o", bin + "/", "./cmd/ringfence"},
		{"build", "-C", filepath.Join(root, "internal/tools/bench"), "-trimpath", "-ldflags=-s -w", "-o", bin + "/",
			"github.com/open-policy-agent/opa", "github.com/open-policy-agent/conftest"},
	} {
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			return t, nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}

	versions := map[string]string{}
	for module, program := range map[string]string{
		"github.com/open-policy-agent/opa": t.opa, "github.com/open-policy-agent/conftest": t.conftest} {
		versions[filepath.Base(module)] = linked(ctx, program, module)
	}

	versions["opa in conftest"] = linked(ctx, t.conftest, "github.com/open-policy-agent/opa")
	versions["opa in ringfence"] = linked(ctx, t.ringfence, "github.com/open-policy-agent/opa")

	if out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty").Output(); err == nil {
		versions["ringfence"] = strings.TrimSpace(string(out))
	}

	return t, versions, nil
}

// linked is the version of a module that a program was built from.
func linked(ctx context.Context, program, module string) string {
	out, err := exec.CommandContext(ctx, "go", "version", "-m", program).Output()
	if err != nil {
		return "unknown"
	}

	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) >= 3 && f[1] == module && (f[0] == "mod" || f[0] == "dep") {
			return f[2]
		}
	}

	return "unknown"
}

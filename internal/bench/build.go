package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	opaModule      = "github.com/open-policy-agent/opa"
	conftestModule = "github.com/open-policy-agent/conftest"
)

// build makes the programs, below bin of the repository, and says which versions they are.
func build(ctx context.Context, root, policies string) (tools, map[string]string, error) {
	self, err := os.Executable()
	if err != nil {
		return tools{}, nil, err
	}

	bin := filepath.Join(root, "bin") + "/"
	t := tools{bin + "ringfence", bin + "opa", bin + "conftest", self, policies}

	progress("building ringfence, opa and conftest")
	pinned := filepath.Join(root, "internal/tools/bench")
	for _, args := range [][]string{
		{"build", "-C", root, "-trimpath", "-o", bin, "./cmd/ringfence"},
		{"build", "-C", pinned, "-trimpath", "-ldflags=-s -w", "-o", bin, opaModule, conftestModule},
	} {
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			return t, nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}

	versions := map[string]string{
		"opa":              linked(ctx, t.opa, opaModule),
		"conftest":         linked(ctx, t.conftest, conftestModule),
		"opa in conftest":  linked(ctx, t.conftest, opaModule),
		"opa in ringfence": linked(ctx, t.ringfence, opaModule),
	}

	describe := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty")
	if out, err := describe.Output(); err == nil {
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

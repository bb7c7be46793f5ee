package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/internal/effort"
)

// TestSecretEnds: a secret whose registration says that it ends within 30 days is warned
// of; one that lives longer is not, nor is one of which that cannot be known.
func TestSecretEnds(t *testing.T) {
	effort.WithoutRace(t)
	t.Parallel()
	w := emulator.GenerateClients(1, []string{"tailspin"})
	f := newFleet(t, w)
	check := func() (stdout, stderr string) {
		var out, errs bytes.Buffer
		args := []string{"access", "check", "--fleet", f.path("fleet.hcl"), "--client", "fleet", "--format", "json"}
		if code := execute(t.Context(), args, &out, &errs); code != 0 {
			t.Errorf("exit code %d: %s\n%s", code, &errs, &out)
		}
		return out.String(), errs.String()
	}

	soon := time.Now().Add(10*24*time.Hour + time.Hour)
	w.SecretEnds(soon)
	out, errs := check()
	if !strings.Contains(errs, "ends on "+soon.UTC().Format(time.DateOnly)+", in 10 days") ||
		!strings.Contains(out, `"kind": "secret"`) || strings.Contains(out+errs, w.Secret()) {
		t.Errorf("%s\n%s", errs, out)
	}

	w.SecretEnds(time.Now().Add(90 * 24 * time.Hour))
	if _, errs = check(); strings.Contains(errs, "ends on") {
		t.Error(errs)
	}

	w.SecretEnds(soon)
	granted(t, w)
	w.MSP.Roles = slices.DeleteFunc(slices.Clone(w.MSP.Roles), // registrations are not read
		func(role string) bool { return strings.HasPrefix(role, "Application.") })
	if out, errs = check(); strings.Contains(errs, "ends on") || !strings.Contains(out, `"ends": ""`) {
		t.Errorf("%s\n%s", errs, out)
	}
}

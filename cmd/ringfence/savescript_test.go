package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	engineevidence "ringfence/engine/evidence"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
)

// azureCLI stands for the Azure CLI in a script's PATH: "az rest" and "az account
// get-access-token", signed in as the application of AZ_CLIENT in the fleet file AZ_FLEET.
// It prints what the real one prints: a body as JSON that was parsed and written again,
// an error as `ERROR: Forbidden({"error": …})` with exit code 1.
func azureCLI() {
	flag := func(name string) string {
		for i, a := range os.Args {
			if a == name && i+1 < len(os.Args) {
				return os.Args[i+1]
			}
		}
		return ""
	}

	body, status, err := azureCall(os.Args[1], flag)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "ERROR:", err)
	case status != http.StatusOK:
		fmt.Fprintf(os.Stderr, "ERROR: %s(%s)\n", http.StatusText(status), body)
	default:
		os.Stdout.Write(body)
		return
	}
	os.Exit(1)
}

func azureCall(verb string, flag func(string) string) (body []byte, status int, err error) {
	fleet, diags := fleetfile.Load(os.Getenv("AZ_FLEET"))
	if diags.HasErrors() {
		return nil, 0, diags
	}
	client, _ := fleet.Client(os.Getenv("AZ_CLIENT"))
	cloud, _ := fleet.Cloud(client.Cloud)
	ca, err := os.ReadFile(cloud.CAFile)
	if err != nil {
		return nil, 0, err
	}
	secret, err := os.ReadFile(strings.TrimPrefix(client.Graph.Credential, "file:"))
	if err != nil {
		return nil, 0, err
	}

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	answer, err := web.PostForm(cloud.Authority+"/"+client.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client.Graph.AppID},
		"client_secret": {strings.TrimSpace(string(secret))}, "scope": {flag("--resource") + "/.default"},
	})
	if err != nil {
		return nil, 0, err
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		return nil, 0, err
	}
	if verb == "account" {
		return []byte(token.AccessToken + "\n"), http.StatusOK, nil
	}

	var payload []byte
	if file, ok := strings.CutPrefix(flag("--body"), "@"); ok {
		if payload, err = os.ReadFile(file); err != nil {
			return nil, 0, err
		}
	}
	req, err := http.NewRequest(strings.ToUpper(flag("--method")), flag("--url"), bytes.NewReader(payload))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	req.Header.Set("Content-Type", "application/json")
	if answer, err = web.Do(req); err != nil {
		return nil, 0, err
	}
	if body, err = io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return body, answer.StatusCode, err
	}

	d, b := json.NewDecoder(bytes.NewReader(body)), &bytes.Buffer{}
	d.UseNumber()
	e := json.NewEncoder(b)
	e.SetIndent("", "  ")
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, 0, err
	}
	if err := e.Encode(v); err != nil {
		return nil, 0, err
	}
	return b.Bytes(), http.StatusOK, nil
}

// scriptOf is the script for a set of one control.
func scriptOf(t *testing.T, dir, fleet, rego string) string {
	t.Helper()
	policy := filepath.Join(dir, "policies/nw/a/some/some.rego")
	if err := os.MkdirAll(filepath.Dir(policy), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, []byte(rego), 0o600); err != nil {
		t.Fatal(err)
	}

	var script, log strings.Builder
	args := []string{"snapshot", "import", "--list", "--script", "bash", "--fleet", fleet, "--client", "fabrikam",
		"--policies", filepath.Join(dir, "policies"), "--policies-only"}
	if code := execute(t.Context(), args, &script, &log); code != 0 {
		t.Fatalf("%d\n%s", code, &log)
	}
	return script.String()
}

// scriptOfAll is the script for every dataset, whether a control reads it or not, but for
// those that are read at each of many objects as entra.group_members is: each file is a
// process or three.
func scriptOfAll(t *testing.T, file string) string {
	t.Helper()
	fleet, diags := fleetfile.Load(file)
	if diags.HasErrors() {
		t.Fatal(diags)
	}

	many := []string{"entra.groups", "entra.service_principals", "entra.applications"}
	var datasets []string
	for name, s := range snapshot.Schemas() {
		if name == "entra.group_members" || !slices.Contains(many, s.Parent) {
			datasets = append(datasets, name)
		}
	}

	client, _ := fleet.Client("fabrikam")
	cloud, _ := fleet.Cloud(client.Cloud)
	script, err := collectors.SaveScript(collectors.Saving{
		Language: collectors.Bash, Datasets: datasets,
		Cloud:   collectors.Cloud{Name: cloud.Name, Graph: cloud.Graph, ARM: cloud.ARM, Authority: cloud.Authority},
		Promise: engineevidence.PromiseOf(client.Client),
	})
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// savedByScript starts an emulator, and runs the script that saves a client's answers
// against it. rego is a control that says what is read; "": everything is.
func savedByScript(t *testing.T, o emulator.Options, rego string) (dir string) {
	t.Helper()
	for _, tool := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no ", tool)
		}
	}

	dir = t.TempDir()
	world := emulator.GenerateClients(1, nil)
	world.Add("fabrikam", emulator.Size{Users: 2, Resources: 1})
	server, err := emulator.Start(world, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })

	fleet := filepath.Join(dir, "fleet.hcl")
	for name, data := range map[string][]byte{
		"ca.pem": server.CA, "secret": []byte(world.Secret()),
		"fleet.hcl": world.FleetHCL(emulator.Addresses{Base: server.URL, CAFile: "ca.pem", SecretFile: "secret"}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	var script string
	if rego == "" {
		script = scriptOfAll(t, fleet)
	} else {
		script = scriptOf(t, dir, fleet, rego)
	}

	cmd := exec.CommandContext(t.Context(), "bash", "-s", filepath.Join(dir, "saved"))
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(os.Environ(), "AZ_FLEET="+fleet, "AZ_CLIENT=fabrikam")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d files", bytes.Count(out, []byte("save.sh: ")))

	return dir
}

// importSaved imports what a script saved, and returns the manifest.
func importSaved(t *testing.T, dir string) snapshot.Manifest {
	t.Helper()
	var out, log bytes.Buffer
	args := []string{"snapshot", "import", "--strict", "--fleet", filepath.Join(dir, "fleet.hcl"), "--client", "fabrikam",
		"--collected-at", "2026-11-23T10:00:00Z", "--from", filepath.Join(dir, "saved"), "--out", filepath.Join(dir, "imported")}
	if code := execute(t.Context(), args, &out, &log); code != 0 {
		t.Fatalf("%d\n%s", code, &log)
	}

	s, err := snapshot.OpenFolder(filepath.Join(dir, "imported"))
	if err != nil {
		t.Fatal(err)
	}
	return s.Manifest
}

// TestSaveScript: the script saves the same documents of every dataset as a collection,
// over several pages.
func TestSaveScript(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a few hundred processes")
	}
	effort.WithoutRace(t)
	dir := savedByScript(t, emulator.Options{PageSize: 40}, "")
	imported := importSaved(t, dir)

	var out, log bytes.Buffer
	data := filepath.Join(dir, "data")
	if code := execute(t.Context(), []string{"collect", "--fleet", filepath.Join(dir, "fleet.hcl"), "--data", data}, &out, &log); code != 0 {
		t.Fatalf("%d\n%s", code, &log)
	}
	store, err := snapshot.OpenStore(data, "fabrikam")
	if err != nil {
		t.Fatal(err)
	}
	collected, err := store.Latest()
	if err != nil {
		t.Fatal(err)
	}

	type result struct {
		Status snapshot.Status
		Count  int
		Digest string
	}
	results := func(m snapshot.Manifest) map[string]result {
		all := map[string]result{}
		for name, c := range m.Datasets {
			// A log is saved without its window, so that the file shows how far it goes back.
			isLog := snapshot.Schemas()[name].Window != nil
			if imported.Datasets[name].Status != snapshot.Skipped && !isLog {
				all[name] = result{c.Status, c.Count, c.Digest}
			}
		}
		return all
	}

	want, got := results(collected.Manifest), results(imported)
	if len(got) < 55 || got["entra.users"].Count == 0 {
		t.Errorf("%d datasets, %d users", len(got), got["entra.users"].Count)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// someRego reads two lists.
const someRego = `# METADATA
# title: Users and groups
# custom:
#   id: NW-A-01
#   severity: low
package nw.a.some

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if {
	some u in input.entra.users
	count(input.entra.groups) > 0
}
`

// TestSaveScriptFailures: what could not be read is saved as the error that it was, and
// no link to another host is followed.
func TestSaveScriptFailures(t *testing.T) {
	effort.WithoutRace(t)
	dir := savedByScript(t, emulator.Options{PageSize: 3, Faults: []emulator.Fault{
		{Kind: "denied", Path: "/graph/v1.0/groups"},
		{Kind: "foreign", Path: "/graph/v1.0/users"},
	}}, someRego)

	m := importSaved(t, dir)
	if c := m.Datasets["entra.groups"]; c.Status == snapshot.Complete || c.Evidence == nil || c.Evidence.Code != "Authorization_RequestDenied" {
		t.Errorf("groups: %+v", c)
	}
	if c := m.Datasets["entra.users"]; c.Status == snapshot.Complete || c.Evidence == nil || c.Evidence.Code != "foreign_next_link" {
		t.Errorf("users: %+v", c)
	}
	if c := m.Datasets["entra.organization"]; c.Status != snapshot.Complete {
		t.Errorf("organization: %+v", c)
	}
}

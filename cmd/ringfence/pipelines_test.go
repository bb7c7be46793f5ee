package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"ringfence/collectors/emulator"
	"ringfence/internal/effort"
)

// step is a script of a pipeline with what it is given. granted are names that
// the system sets by itself, or because of a permission or input beside the step.
type step struct {
	script  string
	env     map[string]string
	granted []string
}

// githubSteps are the scripts of the workflow:
// https://docs.github.com/actions/reference/security/oidc says that a job has
// ACTIONS_ID_TOKEN_REQUEST_URL and …_TOKEN only with the permission id-token:
// write, and that a job with permissions of its own has no others.
func githubSteps(t *testing.T, file string) (all []step) {
	t.Helper()
	var w struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Permissions map[string]string
			Env         map[string]string
			Steps       []struct {
				Uses, Run, Shell string
				Env              map[string]string
			}
		}
	}

	load(t, file, &w)

	for name, job := range w.Jobs {
		allowed := w.Permissions
		if job.Permissions != nil {
			allowed = job.Permissions
		}

		var granted []string

		if allowed["id-token"] == "write" {
			granted = []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}
		}

		for _, s := range job.Steps {
			if strings.HasPrefix(s.Uses, "actions/checkout@") && allowed["contents"] == "" {
				t.Errorf("%s: job %s may not read the repository", file, name)
			}

			if strings.Contains(s.Run, "|") && s.Shell != "bash" {
				t.Errorf("%s: a pipe's failure is only seen with shell: bash (-o pipefail)", file)
			}

			env := maps.Clone(job.Env)
			if env == nil {
				env = map[string]string{}
			}

			maps.Copy(env, s.Env)
			all = append(all, step{s.Run, env, granted})
		}
	}

	return all
}

// azureSteps are the scripts of the pipeline. System.AccessToken is a secret,
// which a script has only if it is mapped; AzureCLI@2 with azureSubscription
// names the service connection:
// https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2.
func azureSteps(t *testing.T, file string) (all []step) {
	t.Helper()
	var p struct {
		Jobs []struct {
			Steps []struct {
				Script, Task string
				Env          map[string]string
				Inputs       struct {
					AzureSubscription string `yaml:"azureSubscription"`
					ScriptType        string `yaml:"scriptType"`
					ScriptLocation    string `yaml:"scriptLocation"`
					InlineScript      string `yaml:"inlineScript"`
				}
			}
		}
	}

	load(t, file, &p)

	for _, job := range p.Jobs {
		for _, s := range job.Steps {
			granted := []string{"SYSTEM_OIDCREQUESTURI"}
			if in := s.Inputs; s.Task == "AzureCLI@2" {
				if in.ScriptType != "bash" || in.ScriptLocation != "inlineScript" {
					t.Errorf("%s: inputs %+v", file, in)
				}
				if in.AzureSubscription != "" {
					granted = append(granted, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
				}
			}

			if v, ok := s.Env["SYSTEM_ACCESSTOKEN"]; ok && v != "$(System.AccessToken)" {
				t.Errorf("%s: SYSTEM_ACCESSTOKEN is %q", file, v)
			}

			all = append(all, step{s.Script + s.Inputs.InlineScript, s.Env, granted})
		}
	}

	return all
}

func load(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	if err := yaml.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// pipelines are the examples, how their scripts are read, and how their system
// hands out identity tokens: the member of its answer, and how it is asked.
var pipelines = map[string]struct {
	steps          func(*testing.T, string) []step
	member, method string
	query          map[string]string
	env            func(url string) []string
	proof          []string // what ringfence itself needs to ask for a token
}{
	"github-actions.yml": {
		steps:  githubSteps,
		member: "value",
		method: http.MethodGet,
		query:  map[string]string{"audience": "api://AzureADTokenExchange", "job": "1"},
		env: func(url string) []string {
			return []string{
				"ACTIONS_ID_TOKEN_REQUEST_URL=" + url + "/?job=1",
				"ACTIONS_ID_TOKEN_REQUEST_TOKEN=of-this-job",
			}
		},
		proof: []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
	},
	"azure-pipelines.yml": {
		steps:  azureSteps,
		member: "oidcToken",
		method: http.MethodPost,
		query:  map[string]string{"api-version": "7.1", "serviceConnectionId": "connection"},
		env: func(url string) []string {
			return []string{
				"SYSTEM_OIDCREQUESTURI=" + url + "/",
				"SYSTEM_ACCESSTOKEN=of-this-job",
				"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=connection",
			}
		},
		proof: []string{"SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
	},
}

var variable = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]+)`)

// TestPipelinesHaveWhatTheyNeed: each variable that a script reads is given to
// it, by its own env, or by a permission or input that makes the system set it.
func TestPipelinesHaveWhatTheyNeed(t *testing.T) {
	for name, p := range pipelines {
		audits := 0
		for _, s := range p.steps(t, filepath.Join("../../examples/pipelines", name)) {
			given := append(slices.Collect(maps.Keys(s.env)), s.granted...)
			var needs []string
			for _, m := range variable.FindAllStringSubmatch(s.script, -1) {
				needs = append(needs, m[1])
			}

			if strings.Contains(s.script, "ringfence audit") {
				audits++
				needs = append(append(needs, "RINGFENCE_KEY_PASSPHRASE"), p.proof...)
			}

			for _, n := range needs {
				if !slices.Contains(given, n) {
					t.Errorf("%s: a script needs %s and is not given it:\n%s", name, n, s.script)
				}
			}
		}

		if audits != 1 {
			t.Errorf("%s audits %d times", name, audits)
		}
	}
}

var satisfied = regexp.MustCompile(`(?m)^tailspin +satisfied`)

// TestPipelinesSignIn runs the audit's script as it stands, against an issuer of
// identity tokens on loopback and an emulated fleet that trusts it.
func TestPipelinesSignIn(t *testing.T) {
	effort.WithoutRace(t)
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	for name, p := range pipelines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := p.steps(t, filepath.Join("../../examples/pipelines", name))
			i := slices.IndexFunc(steps, func(s step) bool { return strings.Contains(s.script, "ringfence audit") })
			f := newFleet(t, emulator.GenerateClients(1, []string{"tailspin"}))
			f.write(strings.ReplaceAll(string(f.hcl), `"file:emulator-secret"`, `"federated"`))

			var asked atomic.Int32
			issuer := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				for k, want := range p.query {
					if r.URL.Query().Get(k) != want {
						t.Errorf("%s is %q", k, r.URL.Query().Get(k))
					}
				}

				if r.Method != p.method || !strings.EqualFold(r.Header.Get("Authorization"), "Bearer of-this-job") {
					t.Errorf("%s with %q", r.Method, r.Header.Get("Authorization"))
				}

				json.NewEncoder(w).Encode(map[string]string{p.member: f.world.Secret()})
			}))

			defer issuer.Close()

			// The lab's clouds trust nobody but these.
			ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuer.Certificate().Raw})
			trusted, err := os.ReadFile(f.path("ca.pem"))
			if err != nil {
				t.Fatal(err)
			}
			writeFiles(t, f.dir, map[string][]byte{"ca.pem": append(trusted, ca...)})

			script := strings.ReplaceAll(steps[i].script, "/srv/ringfence", f.dir)
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
			defer cancel()

			cmd := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
			cmd.Dir = f.dir
			cmd.Env = slices.Concat(os.Environ(), p.env(issuer.URL), []string{
				"RINGFENCE_KEY_PASSPHRASE=" + passphraseOfTests,
			})

			// 3: what the emulated MSP has on its own side is not as promised; of the
			// client everything was read.
			out, err := cmd.CombinedOutput()
			if exitCode(err) != 3 || !satisfied.Match(out) {
				t.Fatalf("%v\n%s", err, tail(string(out), 3000))
			}

			if n := asked.Load(); n < 2 {
				t.Errorf("the token was asked for %d times: one kept for a night would have ended", n)
			}
		})
	}
}

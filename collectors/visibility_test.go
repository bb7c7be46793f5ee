package collectors

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// TestVisibility: what the subscription list, the fleet file and the caller's
// roles prove together. Wanted are "status scope=status(code)…" of the list, of
// a dataset that answers one document (locations) and of one that answers an
// empty list (vaults).
func TestVisibility(t *testing.T) {
	noRole := func(f *fake, s string) {
		f.answers["/arm/subscriptions/"+s+"/providers/Microsoft.Authorization/roleAssignments"] = listOf()
	}
	const unproven = "(visibility_unproven)"
	for _, tc := range []struct {
		name                    string
		seen                    []string
		azure                   *Azure
		set                     func(f *fake)
		list, locations, vaults string
	}{
		{"declared and seen", []string{sub1}, &Azure{Subscriptions: []string{strings.ToUpper(sub1)}}, nil,
			"complete", "complete 1=complete", "complete 1=complete"},
		{"declared, one not seen", []string{sub1}, &Azure{Subscriptions: []string{sub1, sub2}}, nil,
			"partial 2=denied" + unproven, "partial 1=complete 2=denied" + unproven, "partial 1=complete 2=denied" + unproven},
		{"declared, none seen", nil, &Azure{Subscriptions: []string{sub1}}, nil,
			"partial 1=denied" + unproven, "denied 1=denied" + unproven, "denied 1=denied" + unproven},
		{"seen, not declared", []string{sub1, sub2}, &Azure{Subscriptions: []string{sub1}}, nil,
			"complete", "complete 1=complete 2=complete", "complete 1=complete 2=complete"},
		{"none declared, none seen", nil, &Azure{None: true}, nil, "complete", "complete", "complete"},
		{"no azure block", []string{sub1}, nil, nil,
			"partial *=denied" + unproven, "partial *=denied" + unproven + " 1=complete", "partial *=denied" + unproven + " 1=complete"},
		{"an empty azure block", nil, &Azure{}, nil,
			"partial *=denied" + unproven, "denied *=denied" + unproven, "denied *=denied" + unproven},
		{"no role", []string{sub1}, &Azure{Subscriptions: []string{sub1}}, func(f *fake) { noRole(f, sub1) },
			"complete", "partial 1=partial" + unproven, "denied 1=denied" + unproven},
		{"a role at one of two", []string{sub1, sub2}, &Azure{Subscriptions: []string{sub1, sub2}}, func(f *fake) { noRole(f, sub2) },
			"complete", "partial 1=complete 2=partial" + unproven, "partial 1=complete 2=denied" + unproven},
		{"own roles denied", []string{sub1}, &Azure{Subscriptions: []string{sub1}}, func(f *fake) {
			f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.Authorization/roleAssignments"] = fail(403, "AuthorizationFailed", "no")
		}, "complete", "partial 1=partial" + unproven, "denied 1=denied" + unproven},
		{"role definitions denied", []string{sub1}, &Azure{Subscriptions: []string{sub1}}, func(f *fake) {
			f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.Authorization/roleDefinitions"] = fail(403, "AuthorizationFailed", "no")
		}, "complete", "partial 1=partial" + unproven, "denied 1=denied" + unproven},
		{"list denied", nil, &Azure{Subscriptions: []string{sub1}}, func(f *fake) {
			f.answers["/arm/subscriptions"] = fail(403, "AuthorizationFailed", "no")
		}, "denied *=denied(AuthorizationFailed) 1=denied(AuthorizationFailed)",
			"denied *=denied(AuthorizationFailed) 1=denied(AuthorizationFailed)", "denied *=denied(AuthorizationFailed) 1=denied(AuthorizationFailed)"},
		{"list denied, none declared", nil, &Azure{None: true}, func(f *fake) {
			f.answers["/arm/subscriptions"] = fail(403, "AuthorizationFailed", "no")
		}, "denied *=denied(AuthorizationFailed)", "denied *=denied(AuthorizationFailed)", "denied *=denied(AuthorizationFailed)"},
		{"list half read", []string{sub1}, &Azure{Subscriptions: []string{sub1, sub2}}, func(f *fake) {
			f.answers["/arm/subscriptions"] = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("$skiptoken") {
					fail(500, "Internal", "")(w, r)
					return
				}
				answerJSON(object{"value": []object{subscription(sub1)}, "nextLink": f.srv.URL + "/arm/subscriptions?$skiptoken=2"})(w, r)
			}
		}, "partial *=error(Internal) 2=error(Internal)", "partial *=error(Internal) 1=complete 2=error(Internal)", "partial *=error(Internal) 1=complete 2=error(Internal)"},
		{"the same subscription twice", nil, &Azure{Subscriptions: []string{sub1}}, func(f *fake) {
			f.answers["/arm/subscriptions"] = listOf(subscription(sub1), subscription(strings.ToUpper(sub1)))
		}, "error *=error(duplicate_id) 1=error(duplicate_id)", "error *=error(duplicate_id) 1=error(duplicate_id)", "error *=error(duplicate_id) 1=error(duplicate_id)"},
		{"a dataset throttled at one", []string{sub1, sub2}, &Azure{Subscriptions: []string{sub1, sub2}}, func(f *fake) {
			f.answers["/arm/subscriptions/"+sub2+"/locations"] = fail(429, "TooManyRequests", "")
		}, "complete", "partial 1=complete 2=throttled(TooManyRequests)", "complete 1=complete 2=complete"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(t, tc.seen...)
			if tc.set != nil {
				tc.set(f)
			}

			cfg := f.config()
			cfg.Azure = tc.azure
			s := mustRun(t, cfg)
			want := []string{tc.list, tc.locations, tc.vaults}

			got := []string{}
			for _, d := range []string{"azure.subscriptions", "azure.locations", "keyvault.vaults"} {
				got = append(got, inShort(s.Manifest.Datasets[d]))
			}

			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// inShort: the subscriptions are named by their last digit.
func inShort(c snapshot.Coverage) string {
	out := string(c.Status)
	for _, s := range c.Scopes {
		out += " " + s.Scope[len(s.Scope)-1:] + "=" + string(s.Status)
		if s.Evidence != nil {
			out += "(" + s.Evidence.Code + ")"
		}
	}

	return out
}

func TestProofs(t *testing.T) {
	f := full(t)
	s := mustRun(t, f.config())
	for _, d := range []string{"azure.subscriptions", "azure.locations"} {
		if c := s.Manifest.Datasets[d]; c.Proof != "declared" || c.Count != 0 || !c.Holds() {
			t.Errorf("%s: %+v", d, c)
		}
	}

	f = full(t, sub1, sub2)
	s = mustRun(t, f.config(sub1))
	c := s.Manifest.Datasets["azure.subscriptions"]
	if c.Proof != "declared" || c.Evidence == nil || c.Evidence.Code != "undeclared_subscriptions" || !strings.Contains(c.Evidence.Message, sub2) {
		t.Errorf("%+v", c)
	}
}

func TestNoneDeclaredButSeen(t *testing.T) {
	var wrong *ConfigError
	f := full(t, sub1)
	if _, err := Run(t.Context(), f.config()); !errors.As(err, &wrong) || !strings.Contains(err.Error(), sub1) {
		t.Errorf("%v", err)
	}
}

func TestTokenWithoutPrincipal(t *testing.T) {
	f := full(t, sub1)
	cfg := f.config(sub1)
	cfg.Credential = fixedCredential(jwt(object{"tid": tenant}))
	s := mustRun(t, cfg)
	if got := inShort(s.Manifest.Datasets["azure.caller_access"]); got != "error 1=error(no_principal)" {
		t.Error(got)
	}

	if got := inShort(s.Manifest.Datasets["keyvault.vaults"]); got != "denied 1=denied(visibility_unproven)" {
		t.Error(got)
	}
}

func TestCallerAccessAsksForTheTokensPrincipal(t *testing.T) {
	f := full(t, sub1)
	at := "/arm/subscriptions/" + sub1 + "/providers/Microsoft.Authorization/roleAssignments"
	good, query := f.answers[at], ""
	f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
		if filter := r.URL.Query().Get("$filter"); filter != "" { // else all assignments are asked for
			query = r.URL.Query().Get("api-version") + " " + filter
		}
		good(w, r)
	}

	s := mustRun(t, f.config(sub1))

	if query != "2022-04-01 assignedTo('"+principal+"')" {
		t.Error(query)
	}

	docs, err := s.Documents("azure.caller_access")
	if err != nil || len(docs) != 1 || docs[0].ID != sub1+"/subscriptions/"+sub1+"/providers/microsoft.authorization/roleassignments/1" || docs[0].Scope != sub1 {
		t.Errorf("%v %v", docs, err)
	}
}

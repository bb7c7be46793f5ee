package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// examples is the folder of Microsoft's example bodies, or skips the test.
func examples(t *testing.T) string {
	dir := filepath.Join("..", "..", "..", "shared", "data", "graph-examples")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("Microsoft's example bodies are not here (%v): the contract is not checked", err)
	}
	return dir
}

// contracts names the official example of each endpoint and where we differ
// from it on purpose: what we leave out, and what we serve that neither the
// example nor the schema lists, with the reason.
var contracts = []struct {
	file, path   string
	left, served map[string]string
}{
	{file: "graph.organization.list", path: "/graph/v1.0/organization"},
	{file: "graph.organization.get", path: "/graph/v1.0/organization/{id}",
		served: map[string]string{"@microsoft.graph.tips": "Graph adds it to entities asked for without $select; the example is older"}},
	{file: "graph.subscribedSkus", path: "/graph/v1.0/subscribedSkus"},
	{file: "graph.authorizationPolicy", path: "/graph/v1.0/policies/authorizationPolicy",
		served: map[string]string{"@microsoft.graph.tips": "as above"}},
	{file: "graph.crossTenantAccessPolicy.partners", path: "/graph/v1.0/policies/crossTenantAccessPolicy/partners"},
	{file: "graph.crossTenantAccessPolicy.partner.identitySynchronization",
		path:   "/graph/v1.0/policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization",
		served: map[string]string{"@microsoft.graph.tips": "as above", "@odata.context": "the example is without it"}},
	{file: "graph.auditLogs.directoryAudits", path: "/graph/v1.0/auditLogs/directoryAudits",
		left: map[string]string{"value[].targetResources[].Type": "spelt type in the example of Dec 2024 on the same page"}},
	{file: "graph.crossTenantAccessPolicy.default", path: "/graph/v1.0/policies/crossTenantAccessPolicy/default",
		served: map[string]string{"@microsoft.graph.tips": "as above"}},
	{file: "graph.users.list.1", path: "/graph/v1.0/users",
		left: map[string]string{"value[].businessPhones[]": "nobody here has a phone"}},
	{file: "graph.groups.list.1", path: "/graph/v1.0/groups",
		left: map[string]string{"value[].proxyAddresses[]": "we keep no mailboxes"}},
	{file: "graph.group.members.1", path: "/graph/v1.0/groups/{id}/members"},
	{file: "graph.servicePrincipals.list.1", path: "/graph/v1.0/servicePrincipals"},
	{file: "graph.roleManagement.directory.roleDefinitions.1", path: "/graph/v1.0/roleManagement/directory/roleDefinitions"},
	{file: "graph.roleManagement.directory.roleAssignments.1", path: "/graph/v1.0/roleManagement/directory/roleAssignments", left: principals},
	{file: "graph.delegatedAdminRelationships", path: "/graph/v1.0/tenantRelationships/delegatedAdminRelationships",
		left: map[string]string{"value[].isPartnerConsentPending": "of indirect resellers alone", "value[].indirectProviderTenantId": "as above"}},
	{file: "graph.deviceManagement.managedDevices", path: "/graph/v1.0/deviceManagement/managedDevices",
		left: map[string]string{"value[].@odata.type": "the list's own type, which minimal metadata leaves out",
			"value[].deviceHealthAttestationState": "none attests", "value[].configurationManagerClientEnabledFeatures": "none is co-managed"},
		served: map[string]string{"@odata.count": "Intune counts each page"}},
	{file: "graph.deviceManagement.deviceConfigurations", path: "/graph/v1.0/deviceManagement/deviceConfigurations",
		served: map[string]string{"@odata.count": "as above", "value[].omaSettings[].@odata.type": "polymorphic", "value[].omaSettings[].value": "of each type"}},
	{file: "graph.deviceManagement.deviceCompliancePolicies", path: "/graph/v1.0/deviceManagement/deviceCompliancePolicies",
		served: map[string]string{"@odata.count": "as above"}},
	{file: "graph.deviceManagement.roleDefinitions", path: "/graph/v1.0/deviceManagement/roleDefinitions",
		left: map[string]string{"value[].rolePermissions[].@odata.type": "the declared type, which minimal metadata leaves out",
			"value[].rolePermissions[].resourceActions[].@odata.type":                 "as above",
			"value[].rolePermissions[].resourceActions[].notAllowedResourceActions[]": "no role of ours denies"},
		served: map[string]string{"@odata.count": "as above"}},
	{file: "graph.deviceManagement.roleAssignments", path: "/graph/v1.0/deviceManagement/roleAssignments",
		left:   map[string]string{"value[].@odata.type": "as of the devices"},
		served: map[string]string{"@odata.count": "as above"}},
	{file: "graph.security.secureScores", path: "/graph/v1.0/security/secureScores"},
	{file: "graph.security.secureScoreControlProfiles", path: "/graph/v1.0/security/secureScoreControlProfiles"},
	{file: "arm.subscriptions.list", path: "/arm/subscriptions?api-version=2022-12-01",
		left:   map[string]string{"nextLink": "our fleet fits one page"},
		served: map[string]string{"count": "azure-sdk-for-python#40403 shows it", "count.type": "as above", "count.value": "as above"}},
	{file: "arm.subscriptions.locations", path: "/arm/subscriptions/{s}/locations?api-version=2022-12-01",
		served: map[string]string{"value": "the example is cut: the API's LocationListResult is an object with value"}},
	{file: "arm.keyvault.vaults.listBySubscription", path: "/arm/subscriptions/{s}/providers/Microsoft.KeyVault/vaults?api-version=2025-05-01",
		left:   map[string]string{"nextLink": "fits one page", "value[].properties.hsmPoolResourceId": "of dedicated pools alone"},
		served: map[string]string{"value[].properties.serviceRevision": "on purpose: a property that nobody knows"}},
	{file: "arm.keyvault.managedHSMs.listBySubscription", path: "/arm/subscriptions/{s}/providers/Microsoft.KeyVault/managedHSMs?api-version=2025-05-01",
		left: map[string]string{"nextLink": "fits one page"}},
	{file: "arm.authorization.roleAssignments.listForSubscription", path: "/arm/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"},
	{file: "arm.compute.diskEncryptionSets.listBySubscription", path: "/arm/subscriptions/{s}/providers/Microsoft.Compute/diskEncryptionSets?api-version=2024-03-02",
		left:   map[string]string{"nextLink": "fits one page"},
		served: map[string]string{"value[].identity.principalId": "in the reference, not in the example", "value[].identity.tenantId": "as above"}},
	{file: "arm.storage.storageAccounts.list", path: "/arm/subscriptions/{s}/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01",
		left: map[string]string{"value[].properties.geoReplicationStats": "has to be asked for by $expand",
			"value[].properties.networkAcls.resourceAccessRules": "none of ours has one",
			"value[].properties.primaryEndpoints":                "addresses that nobody reads; two stand for all", "value[].properties.routingPreference": "nobody reads it"}},
	{file: "arm.sql.encryptionProtector.list", path: "/arm/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Sql/servers/{n}/encryptionProtector?api-version=2021-11-01"},
	{file: "arm.lighthouse.registrationAssignments", path: "/arm/subscriptions/{s}/providers/Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01&$expandRegistrationDefinition=true"},
	{file: "arm.keyvault.vaults.listResources", path: "/arm/subscriptions/{s}/resources?api-version=2021-04-01",
		left: map[string]string{"nextLink": "fits one page"}},
}

// principals are shown on $expand=principal alone.
var principals = map[string]string{"value[].principal": "on $expand alone"}

// TestOfficialExamples: each endpoint serves the properties of its official
// example, with the same JSON types, and nothing that no reference lists.
func TestOfficialExamples(t *testing.T) {
	effort.WithoutRace(t)
	dir := examples(t)
	w := Generate(1, 12)
	l := start(t, w, Options{PageSize: 1000})
	for _, c := range contracts {
		t.Run(c.file, func(t *testing.T) {
			example := shape{}
			example.add("", readJSON(t, filepath.Join(dir, c.file+".json")))

			if len(example["[]"]) > 0 { // a list without its envelope
				example = example.below("value")
			}

			ours := shape{}
			for _, body := range l.bodies(c.path) {
				ours.add("", body)
			}

			for _, p := range compare(example, ours, schemaShape(t, c.path), c.left, c.served) {
				t.Error(p)
			}
		})
	}
}

// bodies asks all tenants for an endpoint, wherever they have data of it.
func (l *lab) bodies(path string) (all []any) {
	audience := graphAudience
	if strings.HasPrefix(path, "/arm") {
		audience = armAudience
	}

	for _, c := range append(slices.Clone(l.world.Clients), l.world.MSP) {
		token := l.token(c, audience)
		for _, at := range c.addresses(path) {
			if r := l.get(at, token); r.status == 200 {
				all = append(all, any(r.json(l.t)))
			}
		}
	}

	if len(all) == 0 {
		l.t.Fatalf("nobody answers %s", path)
	}

	return all
}

// addresses are up to 40 addresses of an endpoint ("/graph/v1.0/groups/{id}/members")
// for which a tenant has data.
func (t *Tenant) addresses(template string) (all []string) {
	path, query, _ := strings.Cut(template, "?")
	version := ""

	if rest, isGraph := strings.CutPrefix(path, "/graph/"); isGraph {
		version, _, _ = strings.Cut(rest, "/")
		path = "/graph" + strings.TrimPrefix(rest, version)
	}

	wanted := endpoint{path: path}
	for _, at := range slices.Sorted(maps.Keys(t.data)) {
		if wanted.matches(at) && len(all) < 40 {
			all = append(all, at)
		}
	}

	switch e, _ := find(graphEndpoints, strings.TrimPrefix(path, "/graph")); {
	case strings.HasSuffix(path, "organization/{id}"):
		all = []string{"/graph/organization/" + t.ID}
	case e.found != nil:
		all = []string{strings.Replace(path, "{n}", t.Domain, 1)}
	case e.log != nil, e.form == changes:
		all = []string{path}
	case e.form == member && len(all) == 0:
		for _, o := range t.at(parentOf(path)) {
			all = append(all, parentOf(path)+"/"+o["id"].(string))
		}
	}

	for i, at := range all {
		if version != "" {
			at = "/graph/" + version + strings.TrimPrefix(at, "/graph")
		}
		if strings.Contains(at, "/privilegedaccess/") {
			query = "$filter=" + url.QueryEscape("groupId eq '"+t.dir.roleGroup+"'")
		}
		all[i] = at + "?" + query
	}

	return all
}

// shape is the JSON types that occur at each path ("value[].properties.sku").
type shape map[string]map[string]bool

func (s shape) add(at string, v any) {
	if s[at] == nil {
		s[at] = map[string]bool{}
	}
	s[at][jsonType(v)] = true
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if at == "tags" || strings.HasSuffix(at, ".tags") {
				continue // keys are the customer's
			}
			s.add(strings.TrimPrefix(at+"."+name, "."), child)
		}

	case []any:
		for _, child := range v {
			s.add(at+"[]", child)
		}
	}
}

func (s shape) below(name string) shape {
	out := shape{"": {"object": true}}
	for at, types := range s {
		out[name+at] = types
	}
	return out
}

func jsonType(v any) string {
	switch v.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	}

	return "null"
}

// schemaShape is what the dataset's schema, written from the reference, lists.
func schemaShape(t *testing.T, path string) map[string]bool {
	t.Helper()
	api, rest, _ := strings.Cut(strings.TrimPrefix(strings.Split(path, "?")[0], "/"), "/")
	in := armEndpoints

	if api == "graph" {
		in, rest = graphEndpoints, strings.TrimPrefix(rest, "v1.0/")
	}

	e, ok := find(in, "/"+rest)
	if !ok {
		t.Fatalf("no endpoint for %s", path)
	}

	known := map[string]bool{"": true, "value": true, "value[]": true, "@odata.context": true, "@odata.nextLink": true}
	for _, name := range e.extra {
		known["value[]."+name] = true
	}

	if e.dataset == "" {
		return known
	}

	schema, err := snapshot.SchemaFor(e.dataset)
	if err != nil {
		t.Fatal(err)
	}

	prefix := "value[]."

	if e.form == single || e.form == member {
		prefix = ""
	}

	var walk func(at string, p *snapshot.Property)
	walk = func(at string, p *snapshot.Property) {
		known[at] = true
		for name, c := range p.Properties {
			walk(at+"."+name, c)
		}

		if p.Items != nil {
			walk(at+"[]", p.Items)
		}

		if p.Properties == nil && p.Items == nil && slices.Contains(p.Type, "object") {
			known[at+".*"] = true
		}
	}

	for name, p := range schema.Properties {
		walk(prefix+name, p)
	}

	return known
}

func compare(example, ours shape, known map[string]bool, left, served map[string]string) (problems []string) {
	for at, types := range example {
		mine, has := ours[at]
		switch {
		case !has && !isLeft(left, at):
			problems = append(problems, fmt.Sprintf("%s is in the example, and we do not serve it", at))
		case has && !compatible(types, mine):
			problems = append(problems, fmt.Sprintf("%s is %v in the example, ours is %v", at, keys(types), keys(mine)))
		}
	}

	for at := range ours {
		parent := at[:max(0, strings.LastIndexByte(at, '.'))]
		if example[at] == nil && !known[at] && served[at] == "" && !known[parent+".*"] {
			problems = append(problems, fmt.Sprintf("%s is served, and neither the example nor the schema has it", at))
		}
	}

	for at := range left {
		if ours[at] != nil && !slices.ContainsFunc(keys(example), func(below string) bool { return ours[below] == nil && isLeft(map[string]string{at: "x"}, below) }) {
			problems = append(problems, fmt.Sprintf("%s is said to be left out, and is served", at))
		}
	}

	slices.Sort(problems)
	return problems
}

// isLeft: it, or what it is in, is left out on purpose.
func isLeft(left map[string]string, at string) bool {
	for name := range left {
		if rest, below := strings.CutPrefix(at, name); below && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// compatible: null apart, some type occurs in both.
func compatible(a, b map[string]bool) bool {
	some := func(m map[string]bool) bool { return len(m) > 1 || !m["null"] }
	for typ := range a {
		if typ != "null" && b[typ] {
			return true
		}
	}
	return !some(a) || !some(b)
}

func keys[V any](m map[string]V) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func readJSON(t *testing.T, path string) any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	v, err := snapshot.Parse(b)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}

	return v
}

// TestContractCanFail: the comparison sees what it is there for.
func TestContractCanFail(t *testing.T) {
	effort.WithoutRace(t)
	parse := func(text string) shape {
		v, err := snapshot.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}

		s := shape{}
		s.add("", v)
		return s
	}

	example := parse(`{"value":[{"id":"x","n":1,"tags":{"a":"b"},"maybe":null}]}`)
	known := map[string]bool{"": true, "value": true, "value[]": true, "value[].known": true}
	for text, want := range map[string]int{
		`{"value":[{"id":"y","n":2,"tags":{"other":"key"},"maybe":"x","known":true}]}`: 0,
		`{"value":[{"id":"y","n":"2","tags":{},"maybe":null}]}`:                        1,
		`{"value":[{"id":"y","tags":{},"maybe":1}]}`:                                   1,
		`{"value":[{"id":"y","n":2,"tags":{},"maybe":1,"new":1}]}`:                     1,
	} {
		if got := compare(example, parse(text), known, nil, nil); len(got) != want {
			t.Errorf("%s: %q, want %d problems", text, got, want)
		}
	}
}

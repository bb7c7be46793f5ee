package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/internal/effort"
)

// post sends a JSON body.
func (l *lab) post(at, token, body string) reply {
	l.t.Helper()
	r, err := http.NewRequest(http.MethodPost, l.URL+at, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}

	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return l.send(r)
}

// members is a batch of GETs of groups' members.
func members(method string, groups ...string) string {
	items := []any{}
	for i, g := range groups {
		items = append(items, object{"id": fmt.Sprint(i + 1), "method": method, "url": "/groups/" + g + "/members?$select=id"})
	}
	return string(encode(object{"requests": items}))
}

// step is one answer of a batch.
type step struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

func (r reply) steps(t *testing.T) map[string]step {
	t.Helper()
	var doc struct{ Responses []step }
	if err := json.Unmarshal(r.body, &doc); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}

	m := map[string]step{}
	for _, s := range doc.Responses {
		m[s.ID] = s
	}

	return m
}

func (t *Tenant) groupIDs() (ids []string) {
	for _, o := range t.data["/graph/groups"] {
		ids = append(ids, o["id"].(string))
	}
	return ids
}

func TestBatch(t *testing.T) {
	w := Generate(1, 2)
	c := w.Client("fabrikam")
	groups := c.groupIDs()
	throttled := groups[1]
	l := start(t, w, Options{PageSize: 2, Faults: []Fault{
		{Path: "/graph/beta/groups/" + throttled + "/members", Kind: "throttle", Times: 1, RetryAfter: "2.128"},
		{Path: "/graph/beta/groups/" + groups[2] + "/members", Kind: "truncate"},
		{Path: "/graph/beta/groups/" + groups[3] + "/members", Kind: "reset"},
	}})

	token := l.token(c, graphAudience)
	other := w.Client("contoso").groupIDs()[0]
	got := l.post("/graph/beta/$batch", token, members("GET", append(slices.Clone(groups[:4]), other)...)).steps(t)
	status := map[string]int{}
	for id, s := range got {
		status[id] = s.Status
	}

	if diff := cmp.Diff(map[string]int{"1": 200, "2": 429, "3": 200, "4": 502, "5": 404}, status); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}

	if got["2"].Headers["Retry-After"] != "2.128" || !strings.Contains(string(got["2"].Body), `"TooManyRequests"`) {
		t.Errorf("429 in a batch: %v %s", got["2"].Headers, got["2"].Body)
	}

	if !strings.HasPrefix(string(got["3"].Body), `"`) {
		t.Errorf("half a body is no JSON, so it comes as a string: %.80s", got["3"].Body)
	}

	if first := l.post("/graph/beta/$batch", token, members("GET", groups[4:7]...)).json(t)["responses"].([]any)[0].(map[string]any)["id"]; first == "1" {
		t.Error("the answers come in the order of the requests: a client that relies on it would not be seen")
	}

	var page struct {
		Next  string `json:"@odata.nextLink"`
		Value []map[string]string
	}
	if err := json.Unmarshal(got["1"].Body, &page); err != nil || len(page.Value) != 2 || page.Next == "" {
		t.Fatalf("%s (%v)", got["1"].Body, err)
	}

	if diff := cmp.Diff(map[string]string{"@odata.type": "#microsoft.graph.user", "id": page.Value[0]["id"]}, page.Value[0]); diff != "" {
		t.Errorf("a member (-want +got):\n%s", diff)
	}

	rest, _ := l.walk(page.Next, token)
	if direct, _ := l.walk("/graph/beta/groups/"+groups[0]+"/members", token); len(direct) != len(rest)+2 {
		t.Errorf("%d members behind the batch's nextLink, %d in all", len(rest), len(direct))
	}

	if again := l.post("/graph/beta/$batch", token, members("GET", throttled)).steps(t); again["1"].Status != 200 {
		t.Errorf("after the throttling: %v", again)
	}

	if n := len(l.Writes()); n > 0 {
		t.Errorf("%d writes: %v", n, l.Writes())
	}
}

// TestBatchLimits: what Graph refuses, and that a write hidden in a batch is
// refused and written down.
func TestBatchLimits(t *testing.T) {
	w := Generate(1, 1)
	c := w.Clients[0]
	l := start(t, w, Options{Faults: []Fault{{Path: "/graph/beta/$batch", Kind: "missing", Value: "2", After: 6}}})
	token := l.token(c, graphAudience)
	groups := c.groupIDs()
	many := slices.Repeat(groups[:1], 21)
	for name, body := range map[string]string{"21 requests": members("GET", many...), "none": `{"requests":[]}`, "no JSON": `{"requests":`,
		"an id twice": `{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"1","method":"GET","url":"/users"}]}`} {
		if r := l.post("/graph/beta/$batch", token, body); r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}

	if r := l.post("/graph/beta/$batch", token, members("DELETE", groups[0])).steps(t); r["1"].Status != 405 {
		t.Errorf("a write in a batch: %v", r)
	}

	if writes := l.Writes(); len(writes) != 1 || writes[0].Method != "DELETE" || !writes[0].Batched {
		t.Errorf("writes: %v", writes)
	}

	if r := l.post("/graph/beta/$batch", token, members("GET", groups[:20]...)).steps(t); len(r) != 20 {
		t.Errorf("%d answers, want 20", len(r))
	}

	if r := l.post("/graph/beta/$batch", token, members("GET", groups[:20]...)).steps(t); len(r) != 18 {
		t.Errorf("%d answers, want 18: two are missing", len(r))
	}

	if r := l.post("/graph/beta/$batch", "a.b.c", members("GET", groups[0])); r.status != 401 {
		t.Errorf("without a token: %d", r.status)
	}
}

// TestGroupMembers: v1.0 leaves out service principals.
func TestGroupMembers(t *testing.T) {
	w := Generate(1, 1)
	c := w.Clients[0]
	l := start(t, w, Options{})
	token := l.token(c, graphAudience)
	beta, _ := l.walk("/graph/beta/groups/"+c.dir.roleGroup+"/members", token)
	v1, _ := l.walk("/graph/v1.0/groups/"+c.dir.roleGroup+"/members", token)
	if len(beta) != 3 || len(v1) != 2 || slices.Contains(v1, c.dir.apps[0]) {
		t.Errorf("beta %v, v1.0 %v, application %s", beta, v1, c.dir.apps[0])
	}

	if n := len(c.data["/graph/groups/"+c.dir.roleGroup+"/members"]); n != 3 {
		t.Errorf("v1.0 has changed the world: %d members", n)
	}
}

func TestLicence(t *testing.T) {
	w := GenerateClients(1, []string{"litware", "trey-research", "alone-rf-t-11"})
	l := start(t, w, Options{Faults: []Fault{{Client: "trey-research", Path: "/graph/v1.0/subscribedSkus", Kind: "unlicensed"}}})

	with, without := w.Client("trey-research"), w.Client("alone-rf-t-11")
	if !with.licensed(planP2) || without.licensed(planP2) {
		t.Fatal("the products have changed")
	}

	paths := []string{"/graph/v1.0/roleManagement/directory/roleAssignmentScheduleInstances", "/graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"}
	for _, c := range []*Tenant{with, without} {
		filter := "?$filter=" + url.QueryEscape("groupId eq '"+strings.ToUpper(c.dir.roleGroup)+"'")
		for _, path := range append(paths, "/graph/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"+filter) {
			r := l.get(path, l.token(c, graphAudience))
			if c == without && (r.status != 400 || r.code(t) != "AadPremiumLicenseRequired") {
				t.Errorf("%s without: %d %s", path, r.status, r.body)
			}
			if c == with && (r.status != 200 || len(r.json(t)["value"].([]any)) == 0) {
				t.Errorf("%s with: %d %s", path, r.status, r.body)
			}
		}
	}

	if r := l.get("/graph/v1.0/subscribedSkus", l.token(with, graphAudience)); r.code(t) != "AadPremiumLicenseRequired" {
		t.Errorf("told to: %d %s", r.status, r.body)
	}

	r := l.get("/graph/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", l.token(with, graphAudience))
	if r.status != 400 {
		t.Errorf("without a filter: %d %s", r.status, r.body)
	}
}

// TestRoleAssignmentID: as Microsoft's example has it.
func TestRoleAssignmentID(t *testing.T) {
	got := holding{role: "62e90394-69f5-4237-9190-012177145e10", principal: "ace08ec9-aa11-4ada-9145-addf0398233e"}.id()
	if want := "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestPartner: only the MSP's application reads relationships, and a client's
// rows derive from the seed and its label alone.
func TestPartner(t *testing.T) {
	w := Generate(1, 12)
	l := start(t, w, Options{})
	const path = "/graph/v1.0/tenantRelationships/delegatedAdminRelationships"
	if r := l.get(path, l.token(w.Clients[0], graphAudience)); r.status != 403 {
		t.Errorf("a client's application: %d", r.status)
	}

	token := l.token(w.MSP, graphAudience)
	if r := l.get(path+"?$top=301", token); r.status != 400 {
		t.Errorf("$top=301: %d", r.status)
	}

	ids, pages := l.walk(path+"?$top=10", token)
	if len(ids) < 24 || pages < 3 {
		t.Errorf("%d relationships on %d pages", len(ids), pages)
	}

	assignments, _ := l.walk(path+"/"+ids[0]+"/accessAssignments", token)
	if len(assignments) != 1 {
		t.Errorf("%d access assignments", len(assignments))
	}

	if r := l.get(path+"/nope/accessAssignments", token); r.status != 404 {
		t.Errorf("of an unknown relationship: %d", r.status)
	}

	alone := GenerateClients(1, []string{"woodgrove"})
	if diff := cmp.Diff(rowsOf(w, "woodgrove"), rowsOf(alone, "woodgrove")); diff != "" {
		t.Errorf("woodgrove's rows depend on the other clients:\n%s", diff)
	}
}

func rowsOf(w *World, label string) (rows []string) {
	for _, o := range w.MSP.data[strings.ToLower(relationshipsPath)] {
		if c, _ := o["customer"].(object); c["tenantId"] == w.Client(label).ID {
			rows = append(rows, string(encode(o)), string(encode(w.MSP.data[strings.ToLower(relationshipsPath+"/"+o["id"].(string)+"/accessAssignments")])))
		}
	}
	return rows
}

func TestResourceGraph(t *testing.T) {
	w := Generate(1, 12)
	l := start(t, w, Options{Faults: []Fault{{Client: "contoso", Path: "/arm" + resourceGraphPath, Kind: "truncated"}}})
	const at = "/arm" + resourceGraphPath + "?api-version=2022-10-01"
	ask := func(c *Tenant, options object, subs ...string) reply {
		return l.post(at, l.token(c, armAudience), string(encode(object{"subscriptions": subs, "options": options,
			"query": "resources | where tostring(properties) contains '/keys/' | project id, type, location"})))
	}

	c := w.Client("lucerne")
	var rows []any
	token := ""
	for n := 0; n < 20; n++ {
		doc := ask(c, object{"$top": 2, "$skipToken": token}, c.Subscriptions()...).json(t)
		rows = append(rows, doc["data"].([]any)...)
		if token, _ = doc["$skipToken"].(string); token == "" {
			break
		}
	}

	types := map[string]int{}
	for _, row := range rows {
		types[row.(map[string]any)["type"].(string)]++
	}

	want := map[string]int{"microsoft.compute/diskencryptionsets": 2, "microsoft.storage/storageaccounts": 1, "microsoft.sql/servers": 1, "microsoft.machinelearningservices/workspaces": 1}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("rows by type (-want +got):\n%s", diff)
	}

	for name, r := range map[string]reply{"no role": ask(w.Client("wingtip"), object{}, w.Client("wingtip").Subscriptions()...), "another's subscription": ask(c, object{}, w.Client("contoso").Subscriptions()...)} {
		if doc := r.json(t); r.status != 200 || len(doc["data"].([]any)) != 0 || doc["resultTruncated"] != "false" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}

	if doc := ask(w.Client("contoso"), object{"$top": 1}).json(t); doc["resultTruncated"] != "true" || doc["$skipToken"] != nil {
		t.Errorf("truncated: %v", doc)
	}

	if r := l.post(at, l.token(c, armAudience), `{"query":"resources | project id"}`); r.status != 400 {
		t.Errorf("a query that is not understood: %d %s", r.status, r.body)
	}

	if n := len(l.Writes()); n > 0 {
		t.Errorf("%d writes", n)
	}
}

func TestLighthouse(t *testing.T) {
	w := Generate(1, 12)
	l := start(t, w, Options{})
	const kind = "/providers/Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01"
	for label, want := range map[string][2]int{"fabrikam": {1, 1}, "woodgrove": {0, 2}, "tailspin": {1, 1}, "lucerne": {0, 0}} {
		c := w.Client(label)
		token, sub := l.token(c, armAudience), "/arm/subscriptions/"+c.Subscriptions()[0]
		on, _ := l.walk(sub+kind+"&$expandRegistrationDefinition=true", token)
		in, _ := l.walk(sub+"/resourcegroups/rg-data"+kind, token)
		if got := [2]int{len(on), len(in)}; got != want {
			t.Errorf("%s: delegations of subscription and group %v, want %v", label, got, want)
		}

		if r := l.get(sub+"/resourceGroups/nope"+kind, token); r.code(t) != "ResourceGroupNotFound" {
			t.Errorf("%s: an unknown group: %s", label, r.body)
		}

		if r := l.get(sub+kind, token); strings.Contains(string(r.body), "managedByTenantId") {
			t.Errorf("%s: the definition is shown without being asked for", label)
		}
	}

	half := w.Client("proseware")
	if r := l.get("/arm/subscriptions/"+half.Subscriptions()[1]+"/resourceGroups/rg-data"+kind, l.token(half, armAudience)); r.status != 403 {
		t.Errorf("without a role: %d", r.status)
	}
}

// TestLargeTenant: 20,000 users and 2,000 resources are made and served.
func TestLargeTenant(t *testing.T) {
	effort.WithoutRace(t)
	w := GenerateClients(1, nil)
	big := w.Add("big", Size{Tier: "large", Users: 20000, Subscriptions: 2, Resources: 2000})
	l := start(t, w, Options{PageSize: 999})
	token := l.token(big, graphAudience)
	began := time.Now()
	ids, pages := l.walk("/graph/v1.0/users?$select=id,userPrincipalName,displayName,mail,userType,externalUserState,creationType,identities,accountEnabled,onPremisesSyncEnabled,preferredDataLocation,otherMails,country,usageLocation&$top=999", token)
	t.Logf("%d users on %d pages in %s", len(ids), pages, time.Since(began))

	if len(ids) < 22000 || len(big.groupIDs()) < 2000 {
		t.Errorf("%d users and guests, %d groups", len(ids), len(big.groupIDs()))
	}

	began = time.Now()

	for group := range slices.Chunk(big.groupIDs(), maxBatch) {
		if r := l.post("/graph/beta/$batch", token, members("GET", group...)); r.status != 200 {
			t.Fatal(r.status)
		}
	}

	t.Logf("members of %d groups in %s", len(big.groupIDs()), time.Since(began))
}

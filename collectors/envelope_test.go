package collectors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// envelopes are one-page answers with one object that are not the whole list,
// each with the code of the reason. n is how many objects are kept.
var envelopes = []struct {
	name, member string // beside "value"
	code         string
	status       snapshot.Status
}{
	{"an error object", `"error":{"code":"AuthorizationFailed","message":"x"}`, "AuthorizationFailed", snapshot.Partial},
	{"an error in another case", `"Error":{"Code":"AuthorizationFailed"},"a":1,"b":2,"c":3`, "AuthorizationFailed", snapshot.Partial},
	{"an error text", `"error":"throttled","nextLink":null`, "error_in_answer", snapshot.Partial},
	{"an empty error", `"error":{}`, "error_in_answer", snapshot.Partial},
	{"an old error", `"odata.error":{"code":"Request_BadRequest","message":{"value":"x"}}`, "Request_BadRequest", snapshot.Partial},
	{"errors", `"errors":[{"code":"First"},{"code":"Second"}]`, "First", snapshot.Partial},
	{"skip_token", `"skip_token":"x"`, "last_page_missing", snapshot.Partial},
	{"SkipToken", `"SkipToken":"x"`, "last_page_missing", snapshot.Partial},
	{"NextLink", `"NextLink":"https://x"`, "last_page_missing", snapshot.Partial},
	{"next_link", `"next_link":"https://x"`, "last_page_missing", snapshot.Partial},
	{"odata.nextLink", `"odata.nextLink":"x"`, "last_page_missing", snapshot.Partial},
	{"@odata.NextLink", `"@odata.NextLink":"x"`, "last_page_missing", snapshot.Partial},
	{"OdataNextLink", `"OdataNextLink":"x"`, "last_page_missing", snapshot.Partial},
	{"odata_next_link", `"odata_next_link":"x"`, "last_page_missing", snapshot.Partial},
	{"continuationToken", `"continuationToken":"x"`, "last_page_missing", snapshot.Partial},
	{"nextLink of another type", `"nextLink":{"href":"x"}`, "last_page_missing", snapshot.Partial},
	{"hasMore", `"hasMore":true`, "last_page_missing", snapshot.Partial},
	{"@odata.count", `"@odata.count":3`, "count_differs", snapshot.Partial},
	{"@odata.count as text", `"@odata.count":"3"`, "count_differs", snapshot.Partial},
	{"@odata.count of no number", `"@odata.count":"many"`, "count_differs", snapshot.Partial},
	{"fewer than are there", `"@odata.count":0`, "count_differs", snapshot.Partial},
	{"count", `"count":2`, "count_differs", snapshot.Partial},
	{"count.value", `"count":{"type":"Total","value":2}`, "count_differs", snapshot.Partial},
	{"totalRecords", `"totalRecords":2`, "count_differs", snapshot.Partial},
	{"total_records", `"total_records":2`, "count_differs", snapshot.Partial},
	{"totalCount", `"totalCount":120`, "count_differs", snapshot.Partial},
	{"resultTruncated", `"resultTruncated":"True"`, "result_truncated", snapshot.Partial},
	{"result_truncated", `"result_truncated":true`, "result_truncated", snapshot.Partial},
	{"an error whose envelope is lost", `"code":"AuthorizationFailed","message":"x"`, "AuthorizationFailed", snapshot.Partial},
	{"an error in other words", `"errorMessage":"x"`, "error_in_answer", snapshot.Partial},
	{"a fault", `"fault":{"detail":"x"}`, "error_in_answer", snapshot.Partial},
	{"a status", `"statusCode":403,"message":"x"`, "error_in_answer", snapshot.Partial},
	{"no success", `"success":false`, "error_in_answer", snapshot.Partial},
	{"what has changed", `"@odata.deltaLink":"https://x"`, "other_kind", snapshot.Partial},
	{"another list", `"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id)"`, "other_kind", snapshot.Partial},
	{"a next page of a client's own", `"additionalData":{"@odata.nextLink":"https://x"}`, "unknown_member", snapshot.Partial},
	{"a cursor", `"cursor":"x"`, "unknown_member", snapshot.Partial},
	{"links", `"_links":{"next":{"href":"https://x"}}`, "unknown_member", snapshot.Partial},
	{"a word that nobody knows", `"a":1`, "unknown_member", snapshot.Partial},
	{"the objects twice", `"Value":[{"id":"two"}]`, "unknown_member", snapshot.Partial},

	{"a version that shows more", `"@odata.context":"https://graph.microsoft.com/beta/$metadata#subscribedSkus"`, "", snapshot.Complete},
	{"the version", `"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#subscribedSkus"`, "", snapshot.Complete},
	{"nothing", `"facets":[{"count":3}],"odata.metadata":"https://x","@microsoft.graph.tips":"use $select","a":{},"b":[],"c":false,"d":""`, "", snapshot.Complete},
	{"a total that agrees", `"@odata.count":1,"count":{"type":"Total","value":1},"totalRecords":"1"`, "", snapshot.Complete},
	{"no next page", `"@odata.nextLink":null,"nextLink":"","skip_token":null`, "", snapshot.Complete},
	{"no error", `"error":null,"errors":[],"hasMore":false,"resultTruncated":"false"`, "", snapshot.Complete},
}

// TestEnvelope: what an answer says about itself counts the same, whether an API
// gives it or a file.
func TestEnvelope(t *testing.T) {
	effort.WithoutRace(t)
	object := text(sku("one"))
	for _, tc := range envelopes {
		body := `{"value":[` + object + `],` + tc.member + `}`
		files := savedFiles()
		files[skus+".json"] = body
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		checkEnvelope(t, tc.name+", saved", s, tc.status, tc.code)

		f := full(t, sub1)
		f.answers["/graph/v1.0/subscribedSkus"] = answerText(body)
		checkEnvelope(t, tc.name+", online", mustRun(t, f.config(sub1)), tc.status, tc.code)
	}
}

func checkEnvelope(t *testing.T, name string, s snapshot.Snapshot, status snapshot.Status, code string) {
	t.Helper()
	c := s.Manifest.Datasets[skus]
	got := ""

	if c.Evidence != nil {
		got = c.Evidence.Code
	}

	if c.Status != status || got != code || c.Count != 1 {
		t.Errorf("%s: %s %d %v, want %s %s", name, c.Status, c.Count, c.Evidence, status, code)
	}
}

// TestSavedForms: files in forms that are nearly right.
func TestSavedForms(t *testing.T) {
	one, two := text(sku("one")), text(sku("two"))
	const policy = "entra.authorization_policy"
	for _, tc := range []struct{ name, dataset, body, want string }{
		{"another provider's list", "entra.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/entitlementManagement/roleAssignments","value":[]}`, "partial 0 other_kind"},
		{"the directory's list", "entra.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments","value":[]}`, "complete 0 "},
		{"an error alone, with company", skus, `{"error":{"code":"X"},"a":1,"b":2}`, "error 0 X"},
		{"an error beside an empty list", skus, `{"error":{"code":"X"},"value":[],"nextLink":null}`, "error 0 X"},
		{"an array of an empty page", skus, `[{"value":[]}]`, "complete 0 "},
		{"an array of no page", skus, `[]`, "error 0 envelope_missing"},
		{"rows", skus, `[` + one + `,` + two + `]`, "partial 2 envelope_missing"},
		{"a row", skus, one, "partial 1 envelope_missing"},
		{"PowerShell's rows", skus, `[{"Id":"x","SkuId":"y"}]`, "error 0 malformed_answer"},
		{"PowerShell's page", skus, `{"Value":[` + one + `]}`, "error 0 malformed_answer"},
		{"a list that PowerShell made an object of", skus, `{"value":` + one + `}`, "error 0 malformed_answer"},
		{"an array in an array", skus, `[[` + one + `]]`, "error 0 malformed_answer"},
		{"null", skus, `null`, "error 0 malformed_answer"},
		{"a total of all pages", skus, `[{"value":[` + one + `],"@odata.count":2,"@odata.nextLink":"x"},{"value":[` + two + `]}]`, "complete 2 "},
		{"a count of each page", skus, `[{"value":[` + one + `],"@odata.count":1,"@odata.nextLink":"x"},{"value":[` + two + `],"@odata.count":1}]`, "complete 2 "},
		{"a page repeats, and one is missing", skus, `[{"value":[` + one + `],"@odata.count":2,"@odata.nextLink":"x"},{"value":[` + one + `]}]`, "partial 1 count_differs"},
		{"the first page of two", skus, `{"value":[` + one + `],"@odata.count":2,"@odata.nextLink":"x"}`, "partial 1 last_page_missing"},
		{"a singleton's error", policy, `{"error":{"code":"X"}}`, "error 0 X"},
		{"an error beside a singleton", policy, `{"id":"x","error":{"code":"X"}}`, "partial 1 X"},
		{"a singleton's error without a name", policy, `{"code":"X","message":"y"}`, "error 0 X"},
		{"a status beside a singleton", policy, `{"id":"x","statusCode":403,"message":"y"}`, "partial 1 error_in_answer"},
		{"what a singleton has that is new", policy, `{"id":"x","aNewSetting":{"a":1}}`, "partial 1 incomplete_objects"},
		{"eligibilities for assignments", "entra.role_assignment_instances", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleEligibilityScheduleInstances","value":[]}`, "partial 0 other_kind"},
		{"assignments with their principals", "entra.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments(principal())","value":[]}`, "complete 0 "},
		{"a singleton in the value of a page", "sharepoint.settings", `{"@odata.context":"x","value":{"sharingCapability":"disabled","sharingDomainRestrictionMode":"none"}}`, "complete 1 "},
		{"a singleton in the value of an error", "sharepoint.settings", `{"error":{"code":"X"},"value":{"sharingCapability":"disabled"}}`, "partial 1 X"},
		{"nothing in the value of a page", "sharepoint.settings", `{"value":{}}`, "error 0 malformed_answer"},
		{"the first of a history", "defender.secure_scores", `{"value":[{"id":"x_2026-11-22"}],"@odata.count":90,"@odata.nextLink":"https://x"}`, "complete 1 "},
		{"a history with an error", "defender.secure_scores", `{"value":[{"id":"x_2026-11-22"}],"error":{"code":"X"}}`, "partial 1 X"},
		{"roles of the directory for Intune's", "intune.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments","value":[]}`, "partial 0 other_kind"},
		{"roles of Intune for the directory's", "entra.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#deviceManagement/roleAssignments","value":[]}`, "partial 0 other_kind"},
		{"Intune's own", "intune.role_assignments", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#deviceManagement/roleAssignments","value":[]}`, "complete 0 "},
		{"a role of the directory among Intune's", "intune.role_assignments", `{"value":[{"id":"x","principalId":"p","roleDefinitionId":"r","directoryScopeId":"/"}]}`, "error 0 other_kind"},
		{"an empty singleton", policy, `{}`, "error 0 malformed_answer"},
		{"a list of singletons", policy, `{"value":[{"id":"x"}]}`, "error 0 malformed_answer"},
		{"no singleton", policy, `[]`, "error 0 malformed_answer"},
	} {
		files := savedFiles()
		files[tc.dataset+".json"] = tc.body
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		c := s.Manifest.Datasets[tc.dataset]
		got := fmt.Sprintf("%s %d ", c.Status, c.Count)

		if c.Evidence != nil {
			got += c.Evidence.Code
		}

		if got != tc.want {
			t.Errorf("%s: %s, want %s (%v)", tc.name, got, tc.want, c.Evidence)
		}

		if strings.Contains(tc.name, "PowerShell's") && (c.Evidence == nil || !strings.Contains(c.Evidence.Message, "PowerShell")) {
			t.Errorf("%s: %v", tc.name, c.Evidence)
		}
	}
}

// TestDiscreetEvidence: what an API says about a failure is kept without the
// credentials in it.
func TestDiscreetEvidence(t *testing.T) {
	files := savedFiles()
	files[skus+".json"] = `{"error":{"code":"X","message":"GET https://x/?sig=hunter2&a=1 with Bearer hunter2hunter2hunter2"}}`
	s, err := importFiles(files, nil)
	if err != nil || strings.Contains(string(s.Raw), "hunter2") || !strings.Contains(string(s.Raw), "sig=REDACTED") {
		t.Errorf("%v: %v", err, s.Manifest.Datasets[skus].Evidence)
	}
}

// TestOtherVersion: a dataset is read from beta because v1.0 shows less.
func TestOtherVersion(t *testing.T) {
	u := newMaterial(tenant, All(), snapshot.Promise{}, nil).unit("entra.group_members")
	for version, want := range map[string]snapshot.Status{"v1.0": snapshot.Partial, "beta": snapshot.Complete} {
		r := u.newReading("g", snapshot.NewSpool(nil, 0))
		r.takeFile([]byte(`{"@odata.context":"https://graph.microsoft.com/` + version + `/$metadata#directoryObjects","value":[]}`))
		if p := u.judge(r.answer); p.status != want {
			t.Errorf("%s: %+v", version, p)
		}
	}
}

// TestAnyOrder: which of two answers comes first changes nothing: neither for
// one id with two contents nor for what is observed at two times.
func TestAnyOrder(t *testing.T) {
	a, b := text(sku("one")), text(with(sku("one"), "x", 1))
	early, late := text(with(sku("one"), "consumedUnits", 1)), text(with(sku("one"), "consumedUnits", 2))
	for _, pair := range [][2]string{{a, b}, {early, late}} {
		var digests []string
		for _, order := range []string{pair[0] + `]},{"value":[` + pair[1], pair[1] + `]},{"value":[` + pair[0]} {
			files := savedFiles()
			files[skus+".json"] = `[{"value":[` + order + `]}]`
			s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
			if err != nil {
				t.Fatal(err)
			}

			c := s.Manifest.Datasets[skus]
			digests = append(digests, string(c.Status)+c.Digest)
		}

		if digests[0] != digests[1] || strings.HasPrefix(digests[0], "error") != (pair[0] == a) {
			t.Errorf("%v", digests)
		}
	}
}

// inUTF16 is a text as Windows writes it.
func inUTF16(text string, order binary.AppendByteOrder, mark bool) (data []byte) {
	if mark {
		data = order.AppendUint16(data, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, u)
	}
	return data
}

func TestEncodings(t *testing.T) {
	plain := `{"value":[` + text(with(sku("one"), "name", "Zürich 😀")) + `]}`
	half := inUTF16(strings.Replace(plain, "Zürich", "?", 1), binary.LittleEndian, true)
	half[bytes.Index(half, []byte("?\x00"))+1] = 0xd8 // a high surrogate before a space
	for name, tc := range map[string]struct {
		data []byte
		ok   bool
	}{
		"UTF-8":                     {[]byte(plain), true},
		"UTF-8 with a mark":         {[]byte("\xef\xbb\xbf" + plain), true},
		"UTF-16 LE":                 {inUTF16(plain, binary.LittleEndian, true), true},
		"UTF-16 BE":                 {inUTF16(plain, binary.BigEndian, true), true},
		"UTF-16 LE without a mark":  {inUTF16(plain, binary.LittleEndian, false), true},
		"UTF-16 BE without a mark":  {inUTF16(plain, binary.BigEndian, false), true},
		"UTF-16, cut":               {inUTF16(plain, binary.LittleEndian, true)[:41], false},
		"UTF-16, half a character":  {half, false},
		"UTF-8 with two marks":      {[]byte("\xef\xbb\xbf\xef\xbb\xbf" + plain), false},
		"a mark alone":              {[]byte("\xef\xbb\xbf"), false},
		"nothing":                   {nil, false},
		"UTF-16, cut in an emoji":   {inUTF16(`"😀`, binary.LittleEndian, true)[:6], false},
		"Latin-1 with high letters": {[]byte("{\"value\":[{\"id\":\"\xfc\"}]}"), false},
	} {
		files := savedFiles()
		files[skus+".json"] = string(tc.data)
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		c := s.Manifest.Datasets[skus]
		if tc.ok && (c.Status != snapshot.Complete || c.Count != 1) || !tc.ok && (c.Status != snapshot.Failed || c.Evidence.Code != codeMalformed) {
			t.Errorf("%s: %s %d %v", name, c.Status, c.Count, c.Evidence)
		}
	}
}

// TestWhoseEvidence: what is of another place, principal or API proves nothing.
func TestWhoseEvidence(t *testing.T) {
	const elsewhere = "/subscriptions/" + sub2
	vault := func(at string) object {
		return object{"id": at + "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv", "name": "kv"}
	}

	of := func(principal, kind string, n int) object {
		a := assignment(sub1, "/")
		raw, _ := json.Marshal(a)
		var copied object
		json.Unmarshal(raw, &copied)
		copied["id"] = fmt.Sprintf("%v%d", a["id"], n)
		p := copied["properties"].(map[string]any)
		p["principalId"], p["principalType"] = principal, kind

		return copied
	}

	for _, tc := range []struct{ name, file, body, dataset, want string }{
		{"its own", "keyvault.vaults/" + sub1, text(value(vault("/subscriptions/" + strings.ToUpper(sub1)))), "keyvault.vaults", "complete 1=complete"},
		{"another subscription's", "keyvault.vaults/" + sub1, text(value(vault(elsewhere))), "keyvault.vaults", "error 1=error(outside_scope)"},
		{"another type", "keyvault.managed_hsms/" + sub1, text(value(vault("/subscriptions/" + sub1))), "keyvault.managed_hsms", "error 1=error(outside_scope)"},
		{"another subscription's roles", "azure.role_definitions/" + sub1, text(value(definition(sub2, []any{"*/read"}, nil))), "keyvault.vaults", "denied 1=denied(visibility_unproven)"},
		{"the caller and its groups", "azure.caller_access/" + sub1, text(value(of("a", "ServicePrincipal", 1), of("b", "Group", 2), of("c", "Group", 3))), "keyvault.vaults", "complete 1=complete"},
		{"everybody's assignments", "azure.caller_access/" + sub1, text(value(of("a", "ServicePrincipal", 1), of("b", "User", 2))), "azure.caller_access", "error 1=error(several_callers)"},
		{"everybody's assignments prove nothing", "azure.caller_access/" + sub1, text(value(of("a", "ServicePrincipal", 1), of("b", "User", 2))), "keyvault.vaults", "denied 1=denied(visibility_unproven)"},
		{"of principals of no kind", "azure.caller_access/" + sub1, text(value(of("a", "", 1), of("b", "", 2))), "azure.caller_access", "error 1=error(several_callers)"},
		{"entitlement management's", "entra.role_assignments", text(value(object{"id": "x", "principalId": "p", "roleDefinitionId": "r", "appScopeId": "/AccessPackageCatalog/1"})), "entra.role_assignments", "error"},
		{"Intune's", "entra.role_assignments", text(value(object{"id": "x", "principalId": "p", "roleDefinitionId": "r", "directoryScopeIds": []any{"/"}})), "entra.role_assignments", "error"},
		{"the directory's", "entra.role_assignments", text(value(object{"id": "x", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId": "/"})), "entra.role_assignments", "complete"},
	} {
		files := savedFiles()
		files[tc.file+".json"] = tc.body
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		if got := inShort(s.Manifest.Datasets[tc.dataset]); got != tc.want {
			t.Errorf("%s: %s, want %s (%v)", tc.name, got, tc.want, s.Manifest.Datasets[tc.dataset].Evidence)
		}
	}
}

package official

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// change imports a client with one official body changed further.
func change(t *testing.T, name, path, what string, do func(body map[string]any)) (client, snapshot.Snapshot) {
	t.Helper()
	c := find(t, name)
	s := c.files[path]
	s.adapted = append(slices.Clone(s.adapted), adaptation{what, do})
	c.files[path] = s

	return c, c.snapshot(t)
}

// item is an object of a list body.
func item(body map[string]any, i int) map[string]any {
	return body["value"].([]any)[i].(map[string]any)
}

// value reads a path of properties; nil with has false where one is missing.
func value(d snapshot.Document, path string) (v any, has bool) {
	v = map[string]any(whole(d))
	for name := range strings.SplitSeq(path, "/") {
		m, ok := v.(map[string]any)
		if v, has = m[name]; !ok || !has {
			return nil, false
		}
	}

	return v, true
}

// TestKeptAsWritten: what looks odd in the bodies is data. It reaches the
// documents as the API wrote it; only ids are in lower case.
func TestKeptAsWritten(t *testing.T) {
	const (
		unknown = "the schema does not know it"
		keys    = "/subscriptions/{subscriptionid}/resourcegroups/myresourcegroup/providers/" +
			"microsoft.compute/diskencryptionsets/mydiskencryptionset"
		account = "/subscriptions/{subscription-id}/resourcegroups/res9407/providers/microsoft.storage/" +
			"storageaccounts/sto8596"
		// the proposed relationship
		other = "4b227261-d21f-4aa9-b7db-7fa1f56fb163-8777b240-c6f0-4469-9e98-a3205431b836"
		first = "5d027261-d21f-4aa9-b7db-7fa1f56fb163-8777b240-c6f0-4469-9e98-a3205431b836" // the active one
	)

	for _, tc := range []struct {
		trap, client, dataset, id, path string
		want                            any
	}{
		{"a placeholder in an id", "encrypted", "azure.disk_encryption_sets", keys, "id",
			"/subscriptions/{subscriptionId}/resourceGroups/myResourceGroup/providers/Microsoft.Compute/" +
				"diskEncryptionSets/myDiskEncryptionSet"},
		{"a placeholder in a key's address", "encrypted", "azure.disk_encryption_sets", keys,
			"properties/activeKey/keyUrl", "https://myvmvault.vault-int.azure-int.net/keys/{key}"},
		{"an empty list is not left out", "encrypted", "azure.disk_encryption_sets", keys,
			"properties/previousKeys", []any{}},
		{"keyversion \"\": the newest version", "encrypted", "azure.storage_accounts", account,
			"properties/encryption/keyvaultproperties/keyversion", ""},
		{"seven digits of a second", "encrypted", "azure.storage_accounts", account,
			"properties/creationTime", "2017-06-01T02:42:41.7633306Z"},
		{"seven digits that end with a zero", "encrypted", "azure.storage_accounts", account,
			"properties/encryption/services/blob/lastEnabledTime", "2019-12-11T20:49:31.7036140Z"},
		{"a location that is no region", "encrypted", "azure.storage_accounts", account, "location",
			"eastus2(stage)"},
		{unknown, "encrypted", "azure.storage_accounts", account,
			"properties/routingPreference/routingChoice", "MicrosoftRouting"},
		{unknown, "contoso", "entra.organization", contosoID, "isMultipleDataLocationsForServicesEnabled",
			nil},
		{unknown, "contoso", "entra.role_assignments", "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1",
			"principal/@odata.type", "#microsoft.graph.user"},
		{"an id whose case matters", "contoso", "entra.role_assignments",
			"lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1", "id",
			"lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1"},
		{"an integer", "contoso", "entra.organization", contosoID, "directorySizeQuota/total",
			json.Number("50000")},
		{"a null date", "contoso", "entra.organization", contosoID, "onPremisesLastSyncDateTime", nil},
		{"a derived type", "msp", "gdap.relationships", other, "@odata.type",
			"#microsoft.graph.resellerDelegatedAdminRelationship"},
		{"a property of the derived type", "msp", "gdap.relationships", other, "isPartnerConsentPending",
			true},
		{"a property of the derived type", "msp", "gdap.relationships", other, "indirectProviderTenantId",
			"60ea59db-a506-485e-94c5-d115f369e239"},
		{"PT0S: no extension", "msp", "gdap.relationships", other, "autoExtendDuration", "PT0S"},
		{"a null date", "msp", "gdap.relationships", other, "activatedDateTime", nil},
		{"a null date", "msp", "gdap.relationships", other, "endDateTime", nil},
		{"P730D: not two years", "msp", "gdap.relationships", first, "duration", "P730D"},
		{"seven digits of a second", "msp", "gdap.relationships", first, "createdDateTime",
			"2022-02-10T11:24:42.3148266Z"},
	} {
		t.Run(tc.trap+" "+tc.path, func(t *testing.T) {
			d := document(t, find(t, tc.client).snapshot(t), tc.dataset, tc.id)
			got, has := value(d, tc.path)
			if !has || !cmp.Equal(got, tc.want) {
				t.Errorf("%v (there: %v), want %v", got, has, tc.want)
			}

			for name := range d.Spec {
				if name == "@odata.etag" || name == "@odata.context" {
					t.Errorf("%s is of the answer, not of the object", name)
				}
			}
		})
	}
}

// TestNonHexGUIDs: the definitions' body writes GUIDs with letters beyond f. A
// tenant is compared as text: this one is no declared one, and the same one
// where it is declared.
func TestNonHexGUIDs(t *testing.T) {
	effort.WithoutRace(t)
	const tenant = "83ace5cd-bcc3-441a-hd86-e6a75360cecc"
	definition := item(parse(t, official(t, "arm.lighthouse.registrationDefinitions.json")).(map[string]any),
		0)
	c, s := change(t, "delegated", at("azure.lighthouse_assignments", delegated),
		"the definition is the other official body's", func(body map[string]any) {
			item(body, 0)["properties"].(map[string]any)["registrationDefinition"] = definition
		})
	id := "/subscriptions/" + delegated + "/providers/microsoft.managedservices/registrationassignments/" +
		"484a7d5f-9729-4b87-bc9b-26610985a013"
	d := document(t, s, "azure.lighthouse_assignments", id)
	if got, _ := value(d, "properties/registrationDefinition/properties/managedByTenantId"); got != tenant {
		t.Errorf("managedByTenantId %v", got)
	}

	if !strings.Contains(string(encode(t, d.Spec)), `"f98g86a2-4cc4-4e6d-ad47-b3e80a1bcdfc"`) {
		t.Error("the principal's id is not kept")
	}

	e := tree(t)
	for provider, want := range map[string]string{
		contosoCorp: notSatisfied, tenant: satisfied, strings.ToUpper(tenant): satisfied,
	} {
		c.providers = []string{provider}
		got, _ := verdicts(c.judge(t, e))
		if v := got["RF-M-07 "+subscription+delegated]; v != want {
			t.Errorf("provider %s: %s, want %s", provider, v, want)
		}
	}
}

// TestCaseOfIDs: ARM writes resourcegroups and resourceGroups for the same thing
// (arm.insights.diagnosticSettings.list has the former). It is one subject; both
// in one answer is a duplicate, not two vaults.
func TestCaseOfIDs(t *testing.T) {
	effort.WithoutRace(t)
	const dataset = "keyvault.vaults"
	lower := func(id any) string {
		return strings.Replace(id.(string), "resourceGroups", "resourcegroups",
			1)
	}
	c, s := change(t, "vaults-whole", at(dataset, zero), "resourcegroups", func(body map[string]any) {
		item(body, 0)["id"] = lower(item(body, 0)["id"])
	})
	got, _ := verdicts(c.judge(t, tree(t)))
	if got["RF-K-04 "+vault] != notSatisfied {
		t.Errorf("the vault is another subject: %v", got)
	}

	id := document(t, s, dataset, strings.TrimPrefix(vault, dataset)).Spec["id"]
	if !strings.Contains(id.(string), "resourcegroups/") {
		t.Errorf("the id is not as written: %v", id)
	}

	_, s = change(t, "vaults-whole", at(dataset, zero), "the vault twice, in both spellings",
		func(body map[string]any) {
			twin := map[string]any{}
			for k, v := range item(body, 0) {
				twin[k] = v
			}

			twin["id"] = lower(twin["id"])
			body["value"] = append(body["value"].([]any), twin)
		})
	if c := s.Manifest.Datasets[dataset]; c.Status != snapshot.Failed || c.Evidence.Code != "duplicate_id" {
		t.Errorf("%s %v", c.Status, c.Evidence)
	}
}

// TestDefaultPort: Key Vault writes its keys' addresses with :443
// (arm.keyvault.key.get, keys.list). It is the same host; another port is not.
func TestDefaultPort(t *testing.T) {
	effort.WithoutRace(t)
	e := tree(t)
	for port, want := range map[string]string{":443": satisfied, ":8443": notSatisfied} {
		c, _ := change(t, "encrypted-owned", at("azure.sql_encryption_protectors", sqlServer),
			"the key's address has a port", func(body map[string]any) {
				p := item(body, 0)["properties"].(map[string]any)
				p["uri"] = strings.Replace(p["uri"].(string), ".net/", ".net"+port+"/", 1)
			})
		got, _ := verdicts(c.judge(t, e))
		if v := got["RF-K-10 "+protector]; v != want {
			t.Errorf("%s: %s, want %s", port, v, want)
		}
	}
}

// TestManagedHSMPort: the same for a managed HSM, whose host the official list
// gives.
func TestManagedHSMPort(t *testing.T) {
	effort.WithoutRace(t)
	c, _ := change(t, "encrypted-owned", at("azure.sql_encryption_protectors", sqlServer),
		"the key is in the official HSM", func(body map[string]any) {
			item(body, 0)["properties"].(map[string]any)["uri"] = "https://westus.hsm1.managedhsm.azure.net:443/" +
				"keys/someKey/01234567890123456789012345678901"
		})
	c.files[at("keyvault.managed_hsms", storage)] = adapted(hsmsList, lastPage,
		adaptation{"tenantId is the client's, the ids are of its subscription", func(body map[string]any) {
			for i := range body["value"].([]any) {
				item(body, i)["properties"].(map[string]any)["tenantId"] = microsoft
				item(body, i)["id"] = strings.Replace(item(body, i)["id"].(string), zero, storage, 1)
			}
		}})

	c.empty = slices.DeleteFunc(slices.Clone(c.empty),
		func(p string) bool { return p == at("keyvault.managed_hsms", storage) })
	got, messages := verdicts(c.judge(t, tree(t)))
	if v := got["RF-K-10 "+protector]; v != satisfied {
		t.Errorf("%s: %s", v, messages["RF-K-10 "+protector])
	}
}

// TestOnlyOwnRelationships: a client sees those rows of the MSP's list whose
// customer it is.
func TestOnlyOwnRelationships(t *testing.T) {
	for name, want := range map[string]int{"customer": 2, "contoso": 0} {
		docs, err := find(t, name).snapshot(t).Documents("gdap.relationships")
		if err != nil || len(docs) != want {
			t.Errorf("%s: %d rows, want %d (%v)", name, len(docs), want, err)
		}
	}
}

// TestAggregation: an answer of Resource Graph that has no ids is no list of
// resources.
func TestAggregation(t *testing.T) {
	c := find(t, "encrypted")
	c.files[at("azure.key_references", graphed)] = verbatim("arm.resourcegraph.resources.properties.json")
	for _, s := range c.snapshot(t).Manifest.Datasets["azure.key_references"].Scopes {
		if s.Scope == graphed && (s.Status != snapshot.Failed || s.Count != 0) {
			t.Errorf("%+v", s)
		}
	}
}

// TestWrongTenant: the organization's body is Contoso's, so nobody else's
// snapshot can be made of it.
func TestWrongTenant(t *testing.T) {
	c := find(t, "vaults-whole")
	c.organization = verbatim(organizationList)
	_, err := collectors.Import(collectors.ImportConfig{Client: c.name, TenantID: c.tenant,
		CollectedAt: savedAt, Azure: c.declared(), From: c.folder(t)})
	if err == nil || !strings.Contains(err.Error(), "wrong tenant") {
		t.Errorf("%v", err)
	}
}

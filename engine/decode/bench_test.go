package decode

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/plan"
)

// sample is a dataset of realistic documents and what policies read of it.
type sample struct {
	name string
	data []byte
	snap snapshot.Snapshot
	read *plan.Field
}

// samples are 5,000 users of some 45 properties (1.7 KB each, eight read) and
// as many vaults (1.3 KB each, nested, six read).
func samples(b *testing.B) []sample {
	users, vaults := &plan.Field{}, &plan.Field{}
	for _, name := range []string{
		"id", "userPrincipalName", "mail", "userType", "externalUserState", "creationType", "accountEnabled",
	} {
		users.Name(name).Read = plan.Negated
	}

	users.Name("identities").Read = plan.Negated
	users.Name("identities").Each().Name("issuer").Read = plan.Negated
	vaults.Name("location").Read = plan.Plain
	p := vaults.Name("properties")
	for _, name := range []string{"tenantId", "enableSoftDelete", "enablePurgeProtection"} {
		p.Name(name).Read = plan.Negated
	}

	p.Name("networkAcls").Name("defaultAction").Read = plan.Plain
	p.Name("accessPolicies").Each().Name("tenantId").Read = plan.Plain
	for _, f := range []*plan.Field{users, vaults} {
		f.Name("_subject").Read = plan.Plain
	}

	some, more := encoded(b, user), encoded(b, vault)
	return []sample{{"users", some, holding(some), users}, {"vaults", more, holding(more), vaults}}
}

func encoded(b *testing.B, document func(*rand.Rand, int) snapshot.Document) []byte {
	b.Helper()
	r := rand.New(rand.NewSource(1))
	var docs []snapshot.Document
	for i := range 5000 {
		docs = append(docs, document(r, i))
	}

	data, _, _, err := snapshot.Encode(docs)
	if err != nil {
		b.Fatal(err)
	}

	return data
}

func guid(r *rand.Rand) string {
	a, b, c, d, e := r.Uint32(), r.Intn(1<<16), r.Intn(1<<12), r.Intn(1<<12), r.Int63n(1<<48)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a, b, c, d, e)
}

type fields = map[string]any

func user(r *rand.Rand, i int) snapshot.Document {
	name, id := fmt.Sprintf("user%05d", i), guid(r)
	spec := fields{
		"id": id, "accountEnabled": r.Intn(10) > 0, "businessPhones": []any{"+49 30 1234567"},
		"city": "München", "companyName": "Fabrikam GmbH", "country": "Germany",
		"createdDateTime": "2021-03-04T05:06:07Z",
		"department":      []string{"Sales", "Finance", "IT"}[r.Intn(3)], "displayName": "User Number " + name,
		"employeeId": fmt.Sprint(100000 + i), "givenName": "Number", "jobTitle": "Account Manager",
		"mail": name + "@fabrikam.example", "mailNickname": name, "officeLocation": "HQ/2",
		"identities": []any{fields{"issuer": "fabrikam.onmicrosoft.com",
			"issuerAssignedId": name + "@fabrikam.onmicrosoft.com", "signInType": "userPrincipalName"}},
		"onPremisesDistinguishedName": "CN=" + name + ",OU=Users,DC=fabrikam,DC=local",
		"onPremisesDomainName":        "fabrikam.local", "onPremisesImmutableId": "dGhpc2lzYW5pbW11dGFibGVpZA==",
		"onPremisesSamAccountName": name, "onPremisesSyncEnabled": true,
		"onPremisesSecurityIdentifier": fmt.Sprintf("S-1-5-21-3623811015-3361044348-30300820-%d", 1000+i),
		"otherMails":                   []any{}, "passwordPolicies": "DisablePasswordExpiration",
		"postalCode": "80331", "preferredLanguage": "de-DE", "state": "Bayern",
		"proxyAddresses": []any{"SMTP:" + name + "@fabrikam.example", "smtp:" + name + "@fabrikam.onmicrosoft.com"},
		"surname":        name, "usageLocation": "DE", "userPrincipalName": name + "@fabrikam.example",
		"userType": []string{"Member", "Guest"}[r.Intn(2)],
	}

	for _, null := range []string{
		"ageGroup", "consentProvidedForMinor", "creationType", "employeeHireDate", "employeeType", "externalUserState",
		"externalUserStateChangeDateTime", "faxNumber", "isResourceAccount", "legalAgeGroupClassification",
		"mobilePhone",
	} {
		spec[null] = nil
	}

	observed := fields{"onPremisesLastSyncDateTime": "2026-05-01T01:02:03Z"}
	return snapshot.Document{ID: id, Spec: spec, Observed: observed}
}

func vault(r *rand.Rand, i int) snapshot.Document {
	sub, name := guid(r), fmt.Sprintf("kv-prod-%05d", i)
	id := "/subscriptions/" + sub + "/resourcegroups/rg-prod/providers/microsoft.keyvault/vaults/" + name
	spec := fields{
		"id": id, "name": name, "type": "Microsoft.KeyVault/vaults", "location": "germanywestcentral",
		"tags": fields{"env": "prod", "owner": "it@fabrikam.example"},
		"systemData": fields{
			"createdAt": "2024-01-02T03:04:05Z", "createdBy": "admin@fabrikam.example", "createdByType": "User",
			"lastModifiedAt": "2024-01-02T03:04:05Z", "lastModifiedBy": "admin@fabrikam.example",
			"lastModifiedByType": "User",
		},
		"properties": fields{
			"tenantId": guid(r), "sku": fields{"family": "A", "name": "premium"}, "enableSoftDelete": true,
			"softDeleteRetentionInDays": 90, "enablePurgeProtection": r.Intn(2) == 0,
			"enableRbacAuthorization": true, "publicNetworkAccess": "Disabled",
			"vaultUri": "https://" + name + ".vault.azure.net/", "provisioningState": "Succeeded",
			"networkAcls": fields{
				"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": []any{}, "virtualNetworkRules": []any{},
			},
			"accessPolicies": []any{fields{"tenantId": guid(r), "objectId": guid(r), "permissions": fields{
				"keys": []any{"get", "list"}, "secrets": []any{"get"}, "certificates": []any{},
			}}},
		},
	}

	return snapshot.Document{ID: id, Scope: sub, Spec: spec}
}

// each runs a benchmark over every sample.
func each(b *testing.B, run func(s sample) error) {
	for _, s := range samples(b) {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(s.data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := run(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScan is jsontext taking the same bytes apart, and nothing else: the
// limit of any reader on top of it.
func BenchmarkScan(b *testing.B) {
	each(b, func(s sample) error {
		d := jsontext.NewDecoder(bytes.NewBuffer(s.data))
		for {
			if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

func BenchmarkHash(b *testing.B) {
	each(b, func(s sample) error { sha256.Sum256(s.data); return nil })
}

func BenchmarkRead(b *testing.B) {
	schemas := map[string]*snapshot.Schema{
		"users":  snapshot.Schemas()["entra.users"],
		"vaults": snapshot.Schemas()["keyvault.vaults"],
	}
	b.Run("projected", func(b *testing.B) {
		each(b, func(s sample) error { return read(Compile(dataset, s.read, schemas[s.name]), s) })
	})
	b.Run("whole", func(b *testing.B) {
		each(b, func(s sample) error { return read(Compile(dataset, everything, schemas[s.name]), s) })
	})
}

func read(shape *Shape, s sample) error {
	docs, err := shape.Read(s.snap)
	if err == nil && (docs.Array.Len() != 5000 || len(docs.Gaps) > 0) {
		err = fmt.Errorf("%d documents, gaps %v", docs.Array.Len(), docs.Gaps)
	}
	return err
}

// BenchmarkMaps is what Read replaces: documents as maps, then as values.
func BenchmarkMaps(b *testing.B) {
	each(b, func(s sample) error {
		docs, err := s.snap.Documents(dataset)
		if err != nil {
			return err
		}

		for _, doc := range docs {
			if _, err := ast.InterfaceToValue(body(doc)); err != nil {
				return err
			}
		}

		return nil
	})
}

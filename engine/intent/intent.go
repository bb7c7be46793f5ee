// Package intent holds what was promised: to one client, and nothing of any other
// ([Intent]), or by the MSP for all of its clients together ([Fleet]).
//
// It is what is evaluated, digested and handed to an auditor; the fleet file that it was
// made from is the MSP's own. Defaults are applied, references resolved, ids in lower case,
// sets sorted, absent attributes null. As intent.json:
//
//	{"schema": "ringfence.intent/1", "client": {"name": "fabrikam", "cell": null, …}, …}
//
// What may be promised is in tables, see [Table]: each attribute is a row of a table and a
// field of the struct that it describes.
//
// The package is a leaf: plain types, no I/O.
package intent

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The values of "schema": in a client's intent.json, and in the fleet result's.
const (
	SchemaName      = "ringfence.intent/1"
	FleetSchemaName = "ringfence.fleet-intent/1"
)

// Intent is intent.json of a client. Exceptions are the client's own; Reviewers are those
// whom its exceptions or Client.Responsible name.
type Intent struct {
	Schema     string      `json:"schema"`
	MSP        MSP         `json:"msp"`
	Client     Client      `json:"client"`
	Exceptions []Exception `json:"exceptions"`
	Reviewers  []Reviewer  `json:"reviewers"`
	// Compared: the MSP compares its clients with each other, under a fleet key.
	Compared bool `json:"compared,omitzero"`
}

// MSP is the service provider as its clients know it. [MSPTable] describes its fields.
type MSP struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	Domains  []string `json:"domains"`
	MaxReach *int64   `json:"max_reach"`
}

// Client is the promise itself. [ClientTable] describes its fields. Nil pointers and nil
// slices are attributes that were not promised (null), and empty slices promise that there
// is nothing.
type Client struct {
	Name             string                    `json:"name"`
	TenantID         string                    `json:"tenant_id"`
	Domains          []string                  `json:"domains"`
	State            string                    `json:"state"`
	Gate             *string                   `json:"gate,omitempty"`
	Cell             *string                   `json:"cell"`
	Cloud            string                    `json:"cloud"`   // public, usgov, china or unsafe:<label>
	MaxAge           string                    `json:"max_age"` // as written: "24h", see [ParseAge]
	Fence            *Fence                    `json:"fence"`
	ServiceProviders []string                  `json:"service_providers"`
	Responsible      []string                  `json:"responsible"` // names of reviewers
	Partners         []Partner                 `json:"partners"`
	Vendors          []Vendor                  `json:"vendors"`
	Azure            *Azure                    `json:"azure"`
	Keys             *Keys                     `json:"keys"`
	AllowedClouds    []string                  `json:"allowed_clouds"`
	BreakGlass       []string                  `json:"break_glass"`
	Applications     []Application             `json:"applications"`
	Contract         *Contract                 `json:"contract"`
	GDAP             *GDAP                     `json:"gdap"`
	Lighthouse       *Lighthouse               `json:"lighthouse"`
	Governance       *Governance               `json:"governance"`
	Federation       *Federation               `json:"federation"`
	DataLocation     []DataLocation            `json:"data_location"`
	SharedSinks      []SharedSink              `json:"shared_sinks"`
	Params           map[string]map[string]any `json:"params"`
}

// Fence is where data, keys, logs and people may be. [FenceTable] describes its fields.
type Fence struct {
	Name        string   `json:"name"`
	Regions     []string `json:"regions"`     // ARM names: "westeurope"
	Geographies []string `json:"geographies"` // Microsoft 365 codes: "EUR"
	Countries   []string `json:"countries"`   // ISO 3166 codes: "DE"
	People      []string `json:"people"`      // the same, of the MSP's people; null: those of Countries
}

// Partner is another organisation that the client works with. [PartnerTable] describes its
// fields.
type Partner struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	Allow    []string `json:"allow"`
}

// Vendor is a software vendor whose applications the client accepted. [VendorTable]
// describes its fields.
type Vendor struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	AppIDs   []string `json:"app_ids"`
}

// Azure says what must be visible: subscriptions by GUID, all of the tenant
// ([AllSubscriptions]) or below a management group, or none at all. [AzureTable]
// describes its fields.
type Azure struct {
	Subscriptions   []string `json:"subscriptions"`
	ManagementGroup *string  `json:"management_group"`
	None            bool     `json:"none"`
}

// AllSubscriptions stands in the place of a list for all subscriptions of the tenant.
const AllSubscriptions = "all"

// Named are the subscriptions that are named one by one.
func (a Azure) Named() []string {
	if slices.Contains(a.Subscriptions, AllSubscriptions) {
		return nil
	}
	return a.Subscriptions
}

// Group is the management group whose subscriptions must all be visible, "" for none.
// That of all subscriptions is the root group, whose name is the tenant's id.
func (a Azure) Group(tenantID string) string {
	switch {
	case a.ManagementGroup != nil:
		return *a.ManagementGroup
	case slices.Contains(a.Subscriptions, AllSubscriptions):
		return tenantID
	}
	return ""
}

// Keys says who owns the client's keys, and in which vaults they are (ARM ids, lower case).
// [KeysTable] describes its fields.
type Keys struct {
	Owner          *string  `json:"owner"`
	Vaults         []string `json:"vaults"`
	MaxAge         *string  `json:"max_age"`
	OperatedVaults []string `json:"operated_vaults"`
	ExternalHosts  []string `json:"external_hosts"`
	CrossTenant    []string `json:"cross_tenant"`
}

// Application is the manifest of an application that the client approved: which application
// permissions (the values of app roles) and which delegated ones it may hold.
// [ApplicationTable] describes its fields.
type Application struct {
	Name        string   `json:"name"`
	AppID       string   `json:"app_id"`
	TenantID    *string  `json:"tenant_id"`
	Permissions []string `json:"permissions"`
	Delegated   []string `json:"delegated"`
}

// Contract is how long the contract with the client runs. Dates are "2027-01-31", the last
// day included; Grace is an age, see [ParseAge]. [ContractTable] describes its fields.
type Contract struct {
	Start *string `json:"start"`
	End   *string `json:"end"`
	Grace *string `json:"grace"`
}

// GDAP is what was agreed about granular delegated admin privileges. [GDAPTable] describes
// its fields.
type GDAP struct {
	Roles       []string `json:"roles"` // template ids, or names of built-in roles as written
	MaxDuration *string  `json:"max_duration"`
	AutoExtend  bool     `json:"auto_extend"`
}

// Lighthouse is what was agreed about Azure Lighthouse. [LighthouseTable] describes its
// fields.
type Lighthouse struct {
	Roles    []string `json:"roles"`
	Standing []string `json:"standing"`
}

// Governance is what was agreed about Entra Tenant Governance. [GovernanceTable] describes
// its fields.
type Governance struct {
	Tenants      []string `json:"tenants"`
	Roles        []string `json:"roles"`
	Applications []string `json:"applications"`
}

// Federation is whom the client's tenant trusts to say who somebody is. [FederationTable]
// describes its fields.
type Federation struct {
	Issuers         []string `json:"issuers"`
	Certificates    []string `json:"certificates"` // SHA-256 (hex) of the DER
	WorkloadIssuers []string `json:"workload_issuers"`
	Authorities     []string `json:"authorities"` // SHA-256 (hex) of the DER
}

// DataLocation is where a person saw that Microsoft keeps a service's data.
// [DataLocationTable] describes its fields.
type DataLocation struct {
	Service string `json:"service"`
	Geo     string `json:"geo"`
	SeenBy  string `json:"seen_by"` // the name of a reviewer
	SeenOn  string `json:"seen_on"` // "2026-11-30"
}

// SharedSink is a place that receives the logs of several clients by agreement.
// [SharedSinkTable] describes its fields.
type SharedSink struct {
	Name       string `json:"name"`
	ResourceID string `json:"resource_id"`
}

// Exception is an accepted deviation of this client. Kind is "finding" or "evidence-gap".
// Without a Subject it is about the whole control. Expires is a date; the exception holds
// until the end of that day, UTC.
type Exception struct {
	Name       string  `json:"name"`
	Control    string  `json:"control"`
	Subject    *string `json:"subject"`
	Kind       string  `json:"kind"`
	Reason     string  `json:"reason"`
	ApprovedBy string  `json:"approved_by"`
	Expires    string  `json:"expires"`
}

// Expired: an exception holds until the end of its last day, UTC. A date that cannot be read
// accepts nothing.
func (x Exception) Expired(asOf time.Time) bool {
	day, err := time.Parse(time.DateOnly, x.Expires)
	return err != nil || !asOf.Before(day.AddDate(0, 0, 1))
}

// Reviewer is a person who may review. Org is msp or client; KeySHA256 is the SHA-256 (hex)
// of the SPKI of the person's key.
type Reviewer struct {
	Name      string `json:"name"`
	Email     string `json:"email"`
	Org       string `json:"org"`
	KeySHA256 string `json:"key_sha256"`
}

// Fleet is intent.json of the fleet result, which is the MSP's alone.
type Fleet struct {
	Schema     string        `json:"schema"`
	MSP        MSP           `json:"msp"`
	Clients    []FleetClient `json:"clients"`
	Exceptions []Exception   `json:"exceptions,omitempty"`
	Reviewers  []Reviewer    `json:"reviewers,omitempty"`
	// Azure is what must be visible in the MSP's own tenant, where clients are compared with it.
	Azure *Azure `json:"azure,omitempty"`
	Walls []Wall `json:"walls,omitempty"`
	// Compared: the MSP compares its clients with each other, under a fleet key.
	Compared bool `json:"compared,omitzero"`
}

// Wall names cells ([Client.Cell]) that nobody may bridge.
type Wall struct {
	Name  string   `json:"name"`
	Cells []string `json:"cells"`
}

// FleetClient is a client as the fleet result knows it: those fields of a [Client] that it
// has. They have the same names and types there.
type FleetClient struct {
	Name     string                    `json:"name"`
	TenantID string                    `json:"tenant_id"`
	State    string                    `json:"state"`
	Cell     *string                   `json:"cell,omitempty"`
	Domains  []string                  `json:"domains"`
	Fence    *Fence                    `json:"fence,omitempty"`
	Contract *Contract                 `json:"contract,omitempty"`
	Params   map[string]map[string]any `json:"params,omitempty"`
}

// InFleet is what the fleet result knows of the client. It shares no memory with it.
func (c Client) InFleet() FleetClient {
	var known FleetClient
	copyFields(reflect.ValueOf(&known).Elem(), reflect.ValueOf(c))

	known.Domains = slices.Sorted(slices.Values(c.Domains))
	return known
}

// FleetLabel is the reserved client label of the fleet result.
const FleetLabel = "fleet"

// fleetMaxAge is how old the MSP's own evidence may be.
const fleetMaxAge = "24h"

// Canonical is intent.json: RFC 8785 canonical JSON with an LF at the end.
func (i Intent) Canonical() ([]byte, error) { return canonical(i) }

// Canonical is the fleet result's intent.json.
func (f Fleet) Canonical() ([]byte, error) { return canonical(f) }

// Marshal encodes any part of an intent with null for what was not promised.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))
}

func canonical(v any) ([]byte, error) {
	b, err := Marshal(v)
	if err != nil {
		return nil, err
	}

	val := jsontext.Value(b)
	if err := val.Canonicalize(); err != nil {
		return nil, err
	}

	return append(val, '\n'), nil
}

// Parse reads a client's intent.json. Unknown keys are kept out of the type but
// are no error; another schema is.
func Parse(data []byte) (Intent, error) {
	var i Intent
	if err := json.Unmarshal(data, &i); err != nil {
		return i, err
	}
	if i.Schema != SchemaName {
		return i, fmt.Errorf("schema is %q, not %q", i.Schema, SchemaName)
	}
	if i.Client.Name == "" || i.Client.TenantID == "" {
		return i, fmt.Errorf("client.name and client.tenant_id are needed")
	}

	return i, nil
}

// ParseFleet reads the fleet result's intent.json.
func ParseFleet(data []byte) (Fleet, error) {
	var f Fleet
	if err := json.Unmarshal(data, &f); err != nil {
		return f, err
	}
	if f.Schema != FleetSchemaName {
		return f, fmt.Errorf("schema is %q, not %q", f.Schema, FleetSchemaName)
	}
	if f.MSP.TenantID == "" {
		return f, fmt.Errorf("msp.tenant_id is needed")
	}

	return f, nil
}

// Normalize puts sets in order, and texts in the form that the tables give them: ids
// in lower case, regions by their ARM name.
func (i *Intent) Normalize() {
	MSPTable.normalize(reflect.ValueOf(&i.MSP).Elem())
	ClientTable.normalize(reflect.ValueOf(&i.Client).Elem())

	slices.SortFunc(i.Exceptions, func(a, b Exception) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(i.Reviewers, func(a, b Reviewer) int { return strings.Compare(a.Name, b.Name) })
}

// Package intent holds what one client was promised, and nothing of any other.
//
// It is what is evaluated, digested and handed to an auditor; the fleet file
// that it was made from is the MSP's own. Defaults are applied, references
// resolved, GUIDs and ARM ids in lower case, sets sorted, absent attributes
// null. The package is a leaf: plain types, no I/O.
package intent

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// SchemaName is the "schema" of a client's intent.json, FleetSchemaName that of
// the fleet result's.
const (
	SchemaName      = "ringfence.intent/1"
	FleetSchemaName = "ringfence.fleet-intent/1"
)

// Intent is intent.json of a client (ringfence.intent/1).
type Intent struct {
	Schema     string      `json:"schema"`
	MSP        MSP         `json:"msp"`
	Client     Client      `json:"client"`
	Exceptions []Exception `json:"exceptions"`
	Reviewers  []Reviewer  `json:"reviewers"`
}

// MSP is the service provider as its clients know it.
type MSP struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	Domains  []string `json:"domains"`
}

// Client is the promise itself. Pointers and nil slices are attributes that
// were not promised (null). State is onboarding, live or offboarded. Cloud is
// public, usgov, china or unsafe:<label>. MaxAge is a duration as written
// ("24h"). Params holds per control id only what the fleet file sets.
type Client struct {
	Name             string                    `json:"name"`
	TenantID         string                    `json:"tenant_id"`
	Domains          []string                  `json:"domains"`
	State            string                    `json:"state"`
	Cell             *string                   `json:"cell"`
	Cloud            string                    `json:"cloud"`
	MaxAge           string                    `json:"max_age"`
	Fence            *Fence                    `json:"fence"`
	ServiceProviders []string                  `json:"service_providers"`
	Responsible      []string                  `json:"responsible"`
	Partners         []Partner                 `json:"partners"`
	Vendors          []Vendor                  `json:"vendors"`
	Azure            *Azure                    `json:"azure"`
	Keys             *Keys                     `json:"keys"`
	Params           map[string]map[string]any `json:"params"`
}

// Fence is where data, keys, logs and people may be: ARM region names
// (normalised, "westeurope"), Microsoft 365 geography codes, ISO countries.
type Fence struct {
	Name        string   `json:"name"`
	Regions     []string `json:"regions"`
	Geographies []string `json:"geographies"`
	Countries   []string `json:"countries"`
}

// Partner is another organisation that the client works with. Allow holds b2b,
// direct-connect, mfa-trust, sync, mto.
type Partner struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	Allow    []string `json:"allow"`
}

// Vendor is a software vendor whose applications the client accepted.
type Vendor struct {
	Name     string   `json:"name"`
	TenantID string   `json:"tenant_id"`
	AppIDs   []string `json:"app_ids"`
}

// Azure says what must be visible: subscriptions by GUID, or none at all.
type Azure struct {
	Subscriptions []string `json:"subscriptions"`
	None          bool     `json:"none"`
}

// Keys says who owns the client's keys ("client", "msp") and in which vaults
// (ARM ids, lower case).
type Keys struct {
	Owner  *string  `json:"owner"`
	Vaults []string `json:"vaults"`
	MaxAge *string  `json:"max_age"`
}

// Exception is an accepted deviation of this client. Subject nil: the whole
// control. Kind is finding or evidence-gap. Expires is a date; the exception
// holds until the end of that day, UTC.
type Exception struct {
	Name       string  `json:"name"`
	Control    string  `json:"control"`
	Subject    *string `json:"subject"`
	Kind       string  `json:"kind"`
	Reason     string  `json:"reason"`
	ApprovedBy string  `json:"approved_by"`
	Expires    string  `json:"expires"`
}

// Reviewer is a person who may review. Org is msp or client; KeySHA256 the
// SHA-256 of the SPKI of the person's key, hex.
type Reviewer struct {
	Name      string `json:"name"`
	Email     string `json:"email"`
	Org       string `json:"org"`
	KeySHA256 string `json:"key_sha256"`
}

// Fleet is intent.json of the fleet result (ringfence.fleet-intent/1), the
// MSP's alone.
type Fleet struct {
	Schema     string        `json:"schema"`
	MSP        MSP           `json:"msp"`
	Clients    []FleetClient `json:"clients"`
	Exceptions []Exception   `json:"exceptions,omitempty"`
	Reviewers  []Reviewer    `json:"reviewers,omitempty"`
}

// FleetClient is a client as the fleet result knows it. Params holds what the
// fleet file sets for it, for controls that look at each client in turn.
type FleetClient struct {
	Name     string                    `json:"name"`
	TenantID string                    `json:"tenant_id"`
	State    string                    `json:"state"`
	Domains  []string                  `json:"domains"`
	Params   map[string]map[string]any `json:"params,omitempty"`
}

// InFleet is what the fleet result knows of the client. It shares no memory with it.
func (c Client) InFleet() FleetClient {
	var known FleetClient
	copyFields(reflect.ValueOf(&known).Elem(), reflect.ValueOf(c))

	known.Domains = slices.Sorted(slices.Values(c.Domains))
	return known
}

// Clone is a copy that shares no memory with the client.
func (c Client) Clone() Client { return clone(reflect.ValueOf(c)).Interface().(Client) }

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

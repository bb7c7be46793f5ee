// Package fleetfile reads the fleet file: what an MSP promised to each of its clients, in
// HCL 2. Every judgement starts here, because a check always holds what is declared against
// what is observed.
//
// [Load] reads one file, or a folder of *.hcl, and reports everything that is wrong with it
// at once, each with file, line and snippet. [Fleet.Check] adds what depends on the set of
// controls. [Fleet.Intent] turns one client's promise into the plain type that is evaluated,
// digested and handed to an auditor:
//
//	fleet, diagnostics := fleetfile.Load("fleet.hcl")
//	if diagnostics.HasErrors() {
//		return diagnostics
//	}
//	promise, err := fleet.Intent("fabrikam")
//
// What may be written is in tables: those of package intent for a promise, and those of
// table.go for the rest. Blocks are read, checked and shown by them, and docs/fleet-file.md
// is generated from them. A new attribute is a row and the field of a struct.
//
// A fleet file states values and references; it computes nothing. There are no functions,
// operators, loops or interpolations, so that a person who signs a promise can read it. No
// secret is ever in it, see [Graph].
package fleetfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Fleet is a fleet file after references are resolved and defaults applied. Lists are in the
// order of the file (of a folder: by file name). After errors it holds what could be read.
type Fleet struct {
	Dir        string // folder of the file; relative paths start there
	MSP        MSP
	Clients    []Client
	Reviewers  []Reviewer
	Exceptions []Exception
	Walls      []Wall
	Gates      []Gate
	Clouds     []Cloud // those of Microsoft, then each cloud_unsafe

	SharedSinks []SharedSink

	files map[string]*hcl.File // what diagnostics show, secrets masked
}

// MSP is the service provider itself.
type MSP struct {
	intent.MSP

	// Cloud is the name of a [Cloud].
	Cloud string `json:"cloud"`

	// MachineKeys are the keys that may sign results: SHA-256 digests (hex) of the SPKI.
	MachineKeys []string `json:"machine_keys"`

	// Azure is what must be visible in the MSP's own tenant; nil if the file does not say.
	Azure *intent.Azure `json:"azure"`

	// FleetKey is the file of the key under which clients are compared, "" for none. What is
	// in it is in no output.
	FleetKey string `json:"fleet_key,omitempty"`

	// Graph is how to sign in to the MSP's own tenant.
	Graph Graph `json:"graph"`
}

// Client is one client's promise and how to reach its tenant.
type Client struct {
	intent.Client

	// Graph is how to sign in to the client's tenant.
	Graph Graph `json:"graph"`

	// Collect is how the tenant is read.
	Collect Collect `json:"collect"`

	// Origins says where each value came from, by the name of its attribute: "fence",
	// "keys.owner", "params.RF-T-08.x". An attribute that is not there was not promised.
	Origins map[string]Origin `json:"origins"`

	at hcl.Range
}

// Collect is how a tenant is read. Minimise: only for what the policy set asks for.
// VaultOwners: hosts of foreign vaults are asked which tenant they belong to. FullEvery: how
// old a list may be of which only what changed is read ("7d"); "": all is read each time.
type Collect struct {
	Minimise    bool   `json:"minimise"`
	VaultOwners bool   `json:"vault_owners"`
	FullEvery   string `json:"full_every"`
}

// Origin is where a value came from: From is FromClient, FromDefaults, FromSharedSink,
// FromChange, or FromBuiltIn, which has no File and no Line.
type Origin struct {
	From string `json:"from"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`

	at hcl.Range
}

// The values of Origin.From.
const (
	FromClient   = "client"
	FromDefaults = "defaults"
	FromBuiltIn  = "built-in default"
	FromChange   = "change"

	FromSharedSink = "shared_sink" // a block that names the client
)

// Graph says as which application a tenant is read. Credential is where its secret is, never
// the secret: "azidentity", "federated", "env:NAME" or "file:PATH" (relative paths already
// joined to the fleet file's folder). The zero value: the fleet file has none.
type Graph struct {
	AppID      string `json:"app_id"`
	Credential string `json:"credential"`
}

// MarshalJSON gives null where the fleet file has no graph block.
func (g Graph) MarshalJSON() ([]byte, error) {
	type members Graph
	if g == (Graph{}) {
		return []byte("null"), nil
	}
	return json.Marshal(members(g))
}

// Reviewer is a person whose review counts under the key with this digest.
type Reviewer = intent.Reviewer

// Exception is a deviation that was accepted.
type Exception struct {
	intent.Exception

	// Client is the label of the client that it is about.
	Client string `json:"client"`

	at, controlAt, expiresAt hcl.Range
}

// Wall names cells that nobody may bridge.
type Wall struct {
	intent.Wall

	at hcl.Range
}

// SharedSink is a place that receives the logs of the clients with these labels.
type SharedSink struct {
	intent.SharedSink

	Clients []string `json:"clients"`
}

// Gate says how much human consent an action needs: L0 to L3.
type Gate struct {
	Name  string `json:"name"`
	Level string `json:"level"`
}

// Cloud is where a tenant's APIs are: base URLs without a slash at the end. Name is
// public, usgov, china or unsafe:<label>. CAFile is the PEM file of the authorities
// to trust instead of the system's, or "".
type Cloud struct {
	Name      string `json:"name"`
	Graph     string `json:"graph"`
	ARM       string `json:"arm"`
	Authority string `json:"authority"`
	Vault     string `json:"vault,omitempty"`
	CAFile    string `json:"ca_file,omitempty"`
	Limits    bool   `json:"limits,omitempty"` // Microsoft's published limits hold there
}

// unsafePrefix is how the name of a cloud begins that a fleet file declares.
const unsafePrefix = "unsafe:"

// microsoftClouds are the national clouds; usgov is GCC High, since GCC is public.
// Source: https://learn.microsoft.com/graph/deployments (Graph and authority) and
// azcore's cloud configurations (ARM).
var microsoftClouds = []Cloud{
	{
		Name:      "public",
		Graph:     "https://graph.microsoft.com",
		ARM:       "https://management.azure.com",
		Authority: "https://login.microsoftonline.com",
	},
	{
		Name:      "usgov",
		Graph:     "https://graph.microsoft.us",
		ARM:       "https://management.usgovcloudapi.net",
		Authority: "https://login.microsoftonline.us",
	},
	{
		Name:      "china",
		Graph:     "https://microsoftgraph.chinacloudapi.cn",
		ARM:       "https://management.chinacloudapi.cn",
		Authority: "https://login.chinacloudapi.cn",
	},
}

// Client finds a client by its label.
func (f *Fleet) Client(label string) (*Client, bool) {
	i := slices.IndexFunc(f.Clients, func(c Client) bool { return c.Name == label })
	if i < 0 {
		return nil, false
	}
	return &f.Clients[i], true
}

// Cloud finds a cloud by the name that MSP.Cloud and Client.Cloud hold.
func (f *Fleet) Cloud(name string) (Cloud, bool) {
	i := slices.IndexFunc(f.Clouds, func(c Cloud) bool { return c.Name == name })
	if i < 0 {
		return Cloud{}, false
	}
	return f.Clouds[i], true
}

// Intent is what the client was promised, normalised, and nothing of any other client. It
// shares no memory with the fleet. A label that the fleet file does not have is an error.
func (f *Fleet) Intent(label string) (intent.Intent, error) {
	c, ok := f.Client(label)
	if !ok {
		hint := didYouMean(label, f.labels())
		return intent.Intent{}, fmt.Errorf("the fleet file has no client %q%s", label, hint)
	}

	in := intent.Intent{
		Schema:     intent.SchemaName,
		MSP:        intent.Clone(f.MSP.MSP),
		Client:     intent.Clone(c.Client),
		Exceptions: []intent.Exception{},
		Reviewers:  []intent.Reviewer{},
		Compared:   f.MSP.FleetKey != "",
	}

	named := slices.Clone(c.Responsible)
	for _, x := range f.Exceptions {
		if x.Client == label {
			in.Exceptions = append(in.Exceptions, x.Exception)
			named = append(named, x.ApprovedBy)
		}
	}
	in.Reviewers = append(in.Reviewers, f.reviewers(named)...)

	in.Normalize()
	return in, nil
}

// Promise is what the result with a label is judged against: the fleet's for
// [intent.FleetLabel], a client's otherwise. Errors are those of [Fleet.Intent].
func (f *Fleet) Promise(label string) (intent.Promise, error) {
	if label == intent.FleetLabel {
		return f.FleetIntent(), nil
	}
	return f.Intent(label)
}

// FleetIntent is the intent of the fleet result: all clients by name, and the exceptions that
// the fleet result may have to accept. They are about the MSP's own tenant, about a client
// as a whole, or about a relationship with it.
func (f *Fleet) FleetIntent() intent.Fleet {
	in := intent.Fleet{
		Schema:  intent.FleetSchemaName,
		MSP:     intent.Clone(f.MSP.MSP),
		Clients: []intent.FleetClient{},
	}
	slices.Sort(in.MSP.Domains)
	if f.MSP.FleetKey != "" {
		in.Azure = intent.Clone(f.MSP.Azure)
		in.Compared = true
	}
	for _, w := range f.Walls {
		wall := intent.Clone(w.Wall)
		slices.Sort(wall.Cells)
		in.Walls = append(in.Walls, wall)
	}

	for _, c := range f.Clients {
		in.Clients = append(in.Clients, c.InFleet())
	}

	var approvers []string
	for _, x := range f.Exceptions {
		e := x.inFleet()
		if x.Client == intent.FleetLabel || isOfFleet(*e.Subject) {
			in.Exceptions = append(in.Exceptions, e)
			approvers = append(approvers, e.ApprovedBy)
		}
	}
	in.Reviewers = f.reviewers(approvers)

	slices.SortFunc(in.Clients, func(a, b intent.FleetClient) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(in.Walls, func(a, b intent.Wall) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(in.Exceptions, func(a, b intent.Exception) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(in.Reviewers, func(a, b Reviewer) int { return strings.Compare(a.Name, b.Name) })
	return in
}

// isOfFleet: the fleet result, too, has findings about a client's subject.
func isOfFleet(subject string) bool {
	return strings.HasPrefix(subject, "client/") || strings.HasPrefix(subject, "gdap.")
}

// reviewers are those with these names, each once.
func (f *Fleet) reviewers(names []string) []Reviewer {
	var all []Reviewer
	for _, r := range f.Reviewers {
		if slices.Contains(names, r.Name) {
			all = append(all, r)
		}
	}
	return all
}

// inFleet is the exception as the fleet result takes it: without a subject it is about its
// own client, and no other. One for the MSP is about all that its control says there.
func (x Exception) inFleet() intent.Exception {
	e := x.Exception
	if e.Subject == nil && x.Client != intent.FleetLabel {
		subject := "client/" + x.Client
		e.Subject = &subject
	}
	return e
}

// UnmatchedExceptions are the exceptions that match no finding of a set although their
// control was judged: the deviation is gone, or the subject is misspelt.
func (f *Fleet) UnmatchedExceptions(set finding.Set) []Exception {
	var unmatched []Exception
	for _, x := range f.Exceptions {
		e := x.Exception
		if set.Client == intent.FleetLabel {
			e = x.inFleet()
		} else if x.Client != set.Client {
			continue
		}

		isOf := func(c finding.Summary) bool { return c.ID == e.Control && !acceptsNoPromise(e, c) }
		matches := func(g finding.Finding) bool { return matches(e, g) }
		if slices.ContainsFunc(set.Controls, isOf) && !slices.ContainsFunc(set.Findings, matches) {
			unmatched = append(unmatched, x)
		}
	}

	return unmatched
}

// acceptsNoPromise: of a control that does not apply, an exception of kind evidence-gap for
// the whole accepts that nothing was promised, which preflight asks for.
func acceptsNoPromise(x intent.Exception, c finding.Summary) bool {
	return x.Kind == kindGap && x.Subject == nil && c.Outcome == finding.NotApplicable
}

func matches(x intent.Exception, f finding.Finding) bool {
	outcome := finding.NotSatisfied
	if x.Kind == kindGap {
		outcome = finding.Undetermined
	}
	return f.Control == x.Control && f.Outcome == outcome && (x.Subject == nil || *x.Subject == f.Subject)
}

func (f *Fleet) labels() []string {
	var all []string
	for _, c := range f.Clients {
		all = append(all, c.Name)
	}
	return all
}

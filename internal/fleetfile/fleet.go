// Package fleetfile reads the fleet file: what an MSP promised to each of its
// clients, in HCL 2. It is where every judgement starts, because a check is
// always declared versus observed.
//
// Load reads one file, or a folder of *.hcl, and reports everything that is
// wrong with it at once, each with file, line and snippet. Check adds what
// depends on the set of controls. Intent turns one client's promise into the
// plain type that is evaluated, digested and handed to an auditor.
//
// A fleet file states values and references; it computes nothing. There are no
// functions, operators, loops or interpolations, so that a person who signs a
// promise can read it. No secret is ever in it, see Graph.
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

// Fleet is a fleet file after references are resolved and defaults applied.
// Lists are in the order of the file (of a folder: by file name). After errors
// it holds what could be read.
type Fleet struct {
	Dir        string // folder of the file; relative paths start there
	MSP        MSP
	Clients    []Client
	Reviewers  []Reviewer
	Exceptions []Exception
	Walls      []Wall
	Gates      []Gate
	Clouds     []Cloud // those of Microsoft, then each cloud_unsafe

	files map[string]*hcl.File // what diagnostics show, secrets masked
}

// MSP is the service provider itself. Cloud is the name of a [Cloud]. MachineKeys
// are the SHA-256 digests (hex) of the SPKI of each key that may sign results. Azure
// is what must be visible in the MSP's own tenant; nil if the file does not say.
type MSP struct {
	intent.MSP
	Cloud       string        `json:"cloud"`
	MachineKeys []string      `json:"machine_keys"`
	Azure       *intent.Azure `json:"azure"`
	Graph       Graph         `json:"graph"`
}

// Client is one client's promise and how to reach its tenant. Origins says for
// each attribute ("fence", "keys.owner", "params.RF-T-08.x") where its value
// came from; an attribute that is not there was not promised.
type Client struct {
	intent.Client
	Graph   Graph             `json:"graph"`
	Origins map[string]Origin `json:"origins"`

	at hcl.Range
}

// Origin is where a value came from: From is FromClient, FromDefaults or
// FromBuiltIn; the last has no File and no Line.
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
)

// Graph says as which application a tenant is read. Credential is where its
// secret is, never the secret: "azidentity", "federated", "env:NAME" or
// "file:PATH" (relative paths already joined to the fleet file's folder). The
// zero value: the fleet file has none.
type Graph struct {
	AppID      string `json:"app_id"`
	Credential string `json:"credential"`
}

// MarshalJSON gives null for a graph block that is not there.
func (g Graph) MarshalJSON() ([]byte, error) {
	type members Graph
	if g == (Graph{}) {
		return []byte("null"), nil
	}
	return json.Marshal(members(g))
}

// Reviewer is a person whose review counts under the key with this digest.
type Reviewer = intent.Reviewer

// Exception is an accepted deviation of Client (a label).
type Exception struct {
	intent.Exception
	Client string `json:"client"`

	at, controlAt, expiresAt hcl.Range
}

// Wall names cells (Client.Cell) that nobody may bridge.
type Wall struct {
	Name  string   `json:"name"`
	Cells []string `json:"cells"`

	at hcl.Range
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
	CAFile    string `json:"ca_file,omitempty"`
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

// Intent is what the client was promised, normalized, and nothing of any other
// client. It shares no memory with the fleet.
func (f *Fleet) Intent(label string) (intent.Intent, error) {
	c, ok := f.Client(label)
	if !ok {
		return intent.Intent{}, fmt.Errorf("the fleet file has no client %q%s", label, didYouMean(label, f.labels()))
	}

	in := intent.Intent{
		Schema:     intent.SchemaName,
		MSP:        f.MSP.MSP,
		Client:     c.Client.Clone(),
		Exceptions: []intent.Exception{},
		Reviewers:  []intent.Reviewer{},
	}

	in.MSP.Domains = slices.Clone(f.MSP.Domains)

	named := slices.Clone(c.Responsible)
	for _, x := range f.Exceptions {
		if x.Client == label {
			in.Exceptions = append(in.Exceptions, x.Exception)
			named = append(named, x.ApprovedBy)
		}
	}

	for _, r := range f.Reviewers {
		if slices.Contains(named, r.Name) {
			in.Reviewers = append(in.Reviewers, r)
		}
	}

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

// FleetIntent is the intent of the fleet result: all clients by name.
func (f *Fleet) FleetIntent() intent.Fleet {
	out := intent.Fleet{Schema: intent.FleetSchemaName, MSP: f.MSP.MSP, Clients: []intent.FleetClient{}}
	out.MSP.Domains = slices.Clone(f.MSP.Domains)
	slices.Sort(out.MSP.Domains)

	for _, c := range f.Clients {
		out.Clients = append(out.Clients, c.InFleet())
	}

	f.addFleetExceptions(&out)
	slices.SortFunc(out.Clients, func(a, b intent.FleetClient) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// addFleetExceptions adds what the fleet result may have to accept: about a
// client as a whole, or a relationship with it.
func (f *Fleet) addFleetExceptions(out *intent.Fleet) {
	var approvers []string
	for _, x := range f.Exceptions {
		if e := x.inFleet(); strings.HasPrefix(*e.Subject, "client/") || strings.HasPrefix(*e.Subject, "gdap.") {
			out.Exceptions, approvers = append(out.Exceptions, e), append(approvers, e.ApprovedBy)
		}
	}

	for _, r := range f.Reviewers {
		if slices.Contains(approvers, r.Name) {
			out.Reviewers = append(out.Reviewers, r)
		}
	}

	slices.SortFunc(out.Exceptions, func(a, b intent.Exception) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(out.Reviewers, func(a, b Reviewer) int { return strings.Compare(a.Name, b.Name) })
}

// inFleet is the exception as the fleet result takes it: without a subject it
// is about its own client, and no other.
func (x Exception) inFleet() intent.Exception {
	e := x.Exception
	if e.Subject == nil {
		subject := "client/" + x.Client
		e.Subject = &subject
	}
	return e
}

// UnmatchedExceptions are the exceptions that match no finding of a set whose
// controls they are about: the deviation is gone, or the subject is misspelt.
func (f *Fleet) UnmatchedExceptions(set finding.Set) []Exception {
	var out []Exception
	for _, x := range f.Exceptions {
		e := x.Exception
		if set.Client == intent.FleetLabel {
			e = x.inFleet()
		} else if x.Client != set.Client {
			continue
		}

		judged := slices.ContainsFunc(set.Controls, func(c finding.Summary) bool { return c.ID == e.Control })
		if judged && !slices.ContainsFunc(set.Findings, func(g finding.Finding) bool { return matches(e, g) }) {
			out = append(out, x)
		}
	}

	return out
}

func matches(x intent.Exception, f finding.Finding) bool {
	outcome := finding.NotSatisfied
	if x.Kind == kindGap {
		outcome = finding.Undetermined
	}
	return f.Control == x.Control && f.Outcome == outcome && (x.Subject == nil || *x.Subject == f.Subject)
}

func (f *Fleet) labels() []string {
	var out []string
	for _, c := range f.Clients {
		out = append(out, c.Name)
	}
	return out
}

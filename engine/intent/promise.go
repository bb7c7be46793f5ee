package intent

// Kind says whose promise it is, and so in whose result it is judged.
type Kind string

// The kinds of promises. Controls that judge pairs of clients will bring their own.
const (
	// ClientKind: what one client was promised ([Intent]); judged in that client's
	// result, which names no other client.
	ClientKind Kind = "client"
	// FleetKind: what the MSP's own tenant has to be, with all of its clients
	// ([Fleet]); judged in the fleet result, which is the MSP's alone.
	FleetKind Kind = "fleet"
)

// Promise is what one result is judged against: a client's [Intent] or the MSP's
// [Fleet]. Nothing else implements it.
type Promise interface {
	Kind() Kind
	// Tenant is the promise about the one tenant whose snapshot is judged: the
	// client's own intent, and for the fleet that of the MSP's tenant.
	Tenant() Intent
	// Joined are the clients that policies see together, as input.fleet; none in a
	// client's own promise.
	Joined() []FleetClient
	// Canonical is intent.json: RFC 8785 canonical JSON with an LF at the end.
	Canonical() ([]byte, error)
}

// Kind is [ClientKind].
func (i Intent) Kind() Kind { return ClientKind }

// Kind is [FleetKind].
func (f Fleet) Kind() Kind { return FleetKind }

// Tenant is the intent itself.
func (i Intent) Tenant() Intent { return i }

// Tenant is the promise about the MSP's own tenant, as if it were a client to
// whom nothing was promised.
func (f Fleet) Tenant() Intent {
	return Intent{
		Schema: SchemaName,
		MSP:    f.MSP,
		Client: Client{
			Name: FleetLabel, TenantID: f.MSP.TenantID, Domains: f.MSP.Domains,
			State: "live", Cloud: "public", MaxAge: fleetMaxAge, Azure: f.Azure,
		},
		Exceptions: append([]Exception{}, f.Exceptions...),
		Reviewers:  append([]Reviewer{}, f.Reviewers...),
		Compared:   f.Compared,
	}
}

// Joined is empty: a client's promise knows no other client.
func (i Intent) Joined() []FleetClient { return nil }

// Joined are all clients of the fleet file.
func (f Fleet) Joined() []FleetClient { return f.Clients }

// ParsePromise reads an intent.json of either kind; its "schema" says which one.
// Errors are those of [Parse] and [ParseFleet]; an unknown schema is an error.
func ParsePromise(data []byte) (Promise, error) {
	promise, err := Parse(data)
	if err == nil {
		return promise, nil
	}
	if fleet, errFleet := ParseFleet(data); errFleet == nil {
		return fleet, nil
	}
	return nil, err
}

package fact

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// linkRow is a link as policies give it.
type linkRow struct {
	Value   string  `json:"value"`
	Subject string  `json:"subject"`
	Role    string  `json:"role"`
	Node    *string `json:"node"` // null: no edge
	State   State   `json:"state"`
}

// edgeRow is an edge as policies give it.
type edgeRow struct {
	From     Node     `json:"from"`
	To       Node     `json:"to"`
	State    State    `json:"state"`
	Evidence []string `json:"evidence"`
}

// LinkOf is a link of a tenant out of a row of a policy, a plain JSON value. An error says what
// no link may be.
func LinkOf(kind string, row any, tenant string) (Link, error) {
	var r linkRow
	if err := read(row, &r); err != nil {
		return Link{}, err
	}

	l := Link{Kind: kind, Value: r.Value, Subject: r.Subject, Role: r.Role, State: r.State}
	if r.Node != nil {
		l.Node = Node(*r.Node)
	}
	return l, l.check(tenant)
}

// EdgeOf is the same for an edge, one end of which is in the tenant.
func EdgeOf(kind string, row any, tenant string) (Edge, error) {
	var r edgeRow
	if err := read(row, &r); err != nil {
		return Edge{}, err
	}

	e := Edge{From: r.From, To: r.To, Kind: kind, State: r.State, Evidence: r.Evidence}
	if err := e.check(); err != nil {
		return e, err
	}
	if !slices.Contains([]string{e.From.Tenant(), e.To.Tenant()}, tenant) {
		return e, fmt.Errorf("edge from %q to %q: neither is in tenant %s", e.From, e.To, tenant)
	}
	return e, nil
}

func read(row, into any) error {
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into, json.RejectUnknownMembers(true))
}

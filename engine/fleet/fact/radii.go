package fact

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Radii are which clients each principal of the MSP reaches. They are the MSP's alone, and name
// clients as the fleet file does.
type Radii struct {
	// Anybody are the clients that any principal may reach for want of evidence, also one that is
	// not in the list; sorted.
	Anybody    []string `json:"anybody"`
	Principals []Radius `json:"principals"` // sorted by kind and id, each once
}

// Radius is which clients one principal reaches, or may reach beyond what anybody may.
type Radius struct {
	Kind    string    `json:"kind"` // of its node: "user"
	ID      string    `json:"id"`
	Clients []Reached `json:"clients"` // sorted by name, each once, at least one
}

// Reached is a client of which a target is reached: its control, a key or a log.
type Reached struct {
	Name  string `json:"name"`
	State State  `json:"state"` // of the strongest path, or Open
}

// Open is the state of what is not known: evidence is missing in which a path might be seen.
const Open State = "open"

// Check says what is wrong with radii.
func (r Radii) Check() error {
	if !slices.IsSorted(r.Anybody) {
		return errors.New("clients that anybody may reach are not in order")
	}

	for i, p := range r.Principals {
		if p.Kind == "" || p.ID == "" || len(p.Clients) == 0 {
			return fmt.Errorf("principal %q has no kind or id, or reaches nobody", p.ID)
		}
		if i > 0 && compareRadii(r.Principals[i-1], p) >= 0 {
			return fmt.Errorf("principal %q is out of order, or there twice", p.ID)
		}
		for j, c := range p.Clients {
			if c.State.Level() == len(States) && c.State != Open || j > 0 && p.Clients[j-1].Name >= c.Name {
				return fmt.Errorf("principal %q: client %q has the state %q, or is out of order", p.ID, c.Name, c.State)
			}
		}
	}
	return nil
}

// Sort puts radii in order.
func (r *Radii) Sort() {
	slices.Sort(r.Anybody)
	for _, p := range r.Principals {
		slices.SortFunc(p.Clients, func(a, b Reached) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(r.Principals, compareRadii)
}

func compareRadii(a, b Radius) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// Package certificate checks a certificate of absence, in a time that grows as its size does
// and without the engine that wrote it: it imports nothing of ours. The same is in Python in
// examples/certificate. docs/fleet-isolation.md says what is checked, and what has to be
// believed.
package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

type certificate struct {
	Schema string   `json:"schema"`
	To     string   `json:"to"`
	From   []string `json:"from"`
	Fleet  []string `json:"fleet"`
	Spread int64    `json:"spread_seconds"`
	Kinds  []kind   `json:"kinds"`
	Set    struct {
		Tenants []string `json:"tenants"`
		Nodes   []string `json:"nodes"`
	} `json:"set"`
	Edges  []edge   `json:"edges"`
	Absent []absent `json:"absent"`
	Facts  []digest `json:"facts"`
}

type kind struct {
	Name string `json:"name"`
	Rule string `json:"rule"`
}

func (k kind) bridges() bool { return k.Rule == "bridge" || k.Rule == "own" }

type edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind"`
}

type absent struct {
	Kind       string `json:"kind"`
	Tenant     string `json:"tenant"`
	Controls   int    `json:"controls"`
	Controlled int    `json:"controlled"`
	Units      []unit `json:"units"`
}

type unit struct {
	Name    string    `json:"name"`
	Status  string    `json:"status"`
	Digest  string    `json:"digest"`
	EndedAt time.Time `json:"ended_at"`
}

type digest struct {
	Tenant string `json:"tenant"`
	SHA256 string `json:"sha256"`
}

// Result is what a certificate that holds says.
type Result struct {
	To   string
	From []string
	// Compared are the tenants whose files of facts were held against the certificate, and
	// Believed those whose were not there.
	Compared, Believed []string
}

// Check says whether a certificate holds. Files of facts, of whichever tenants they are, are
// held against it, too.
func Check(data []byte, facts ...[]byte) (Result, error) {
	var c certificate
	if err := json.Unmarshal(data, &c, json.RejectUnknownMembers(true)); err != nil {
		return Result{}, err
	}
	if c.Schema != "ringfence.certificate/1" {
		return Result{}, fmt.Errorf("the schema is %q", c.Schema)
	}

	k := &checker{certificate: c, whole: setOf(c.Set.Tenants), nodes: setOf(c.Set.Nodes), fleet: setOf(c.Fleet),
		partly: map[string]bool{}, known: map[string]absent{}}
	for _, n := range c.Set.Nodes {
		k.partly[tenantOf(n)] = true
	}
	for _, a := range c.Absent {
		k.known[a.Kind+"\n"+a.Tenant] = a
	}

	for _, step := range []func() error{k.ends, k.closed, k.unseen, k.bridged} {
		if err := step(); err != nil {
			return Result{}, err
		}
	}
	return k.compare(facts)
}

type checker struct {
	certificate
	whole, nodes, fleet, partly map[string]bool
	known                       map[string]absent // by kind and tenant
}

func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, s := range list {
		set[s] = true
	}
	return set
}

func tenantOf(node string) string { return strings.SplitN(node, "/", 2)[0] }

func (k *checker) holds(node string) bool { return k.nodes[node] || k.whole[tenantOf(node)] }

// ends: all of those who might reach are in the set, and no target is.
func (k *checker) ends() error {
	if len(k.From) == 0 || !k.fleet[k.To] || k.whole[k.To] {
		return fmt.Errorf("nobody might reach, or %q is not in the fleet, or it is reached", k.To)
	}
	for _, t := range k.From {
		if !k.whole[t] || !k.fleet[t] {
			return fmt.Errorf("%s is not in the set, or not in the fleet", t)
		}
	}
	for _, n := range k.Set.Nodes {
		parts := strings.SplitN(n, "/", 3)
		if parts[0] == k.To && len(parts) == 3 && slices.Contains([]string{"tier0", "key", "log"}, parts[1]) {
			return fmt.Errorf("the target %s is in the set", n)
		}
	}
	return nil
}

// closed: no edge that is known leaves the set.
func (k *checker) closed() error {
	for _, e := range k.Edges {
		if k.holds(e.From) && !k.holds(e.To) {
			return fmt.Errorf("an edge of kind %s leads out of the set, from %s to %s", e.Kind, e.From, e.To)
		}
	}
	return nil
}

// complete reports whether all facts of a kind of a tenant are known.
func (k *checker) complete(kind, tenant string) bool {
	a, listed := k.known[kind+"\n"+tenant]
	incomplete := func(u unit) bool { return u.Status != "complete" || u.EndedAt.IsZero() }
	return listed && len(a.Units) > 0 && !slices.ContainsFunc(a.Units, incomplete)
}

// unseen: an edge that is not known would have been seen.
func (k *checker) unseen() error {
	if len(k.Kinds) == 0 {
		return errors.New("it names no kinds of edges")
	}
	for _, of := range k.Kinds {
		if !slices.Contains([]string{"to", "from", "bridge", "own"}, of.Rule) {
			return fmt.Errorf("the kind %s has the rule %q", of.Name, of.Rule)
		}
		for _, t := range k.Fleet {
			in := of.Rule == "to" && !k.whole[t]
			out := of.Rule == "from" && (k.whole[t] || k.partly[t])
			if (in || out) && !k.complete(of.Name, t) {
				return fmt.Errorf("nothing proves that tenant %s has no other edges of kind %s", t, of.Name)
			}
		}
	}
	return nil
}

// bridged: values that both sides have would have been seen, and at about the same time.
func (k *checker) bridged() error {
	for _, of := range k.Kinds {
		if !of.bridges() {
			continue
		}
		in, out := k.sides(of.Name)
		alone := len(in) == 1 && slices.Equal(in, out)
		if len(in) == 0 || len(out) == 0 || alone {
			continue
		}

		for _, t := range slices.Concat(in, out) {
			if !k.complete(of.Name, t) {
				return fmt.Errorf("nothing proves that tenant %s has no other links of kind %s", t, of.Name)
			}
		}
		inFirst, inLast := k.span(of.Name, in)
		outFirst, outLast := k.span(of.Name, out)
		if apart := max(inLast.Sub(outFirst), outLast.Sub(inFirst)); apart > time.Duration(k.Spread)*time.Second {
			return fmt.Errorf("the evidence of links of kind %s is %s apart", of.Name, apart)
		}
	}
	return nil
}

// sides are the tenants that might control others by links of a kind and of which a node is in the
// set, and those that others might control and that are not whole in it.
func (k *checker) sides(kind string) (in, out []string) {
	for _, t := range k.Fleet {
		a, open := k.known[kind+"\n"+t], !k.complete(kind, t)
		if (open || a.Controls > 0) && (k.whole[t] || k.partly[t]) {
			in = append(in, t)
		}
		if (open || a.Controlled > 0) && !k.whole[t] {
			out = append(out, t)
		}
	}
	return in, out
}

func (k *checker) span(kind string, tenants []string) (first, last time.Time) {
	for _, t := range tenants {
		for _, u := range k.known[kind+"\n"+t].Units {
			if first.IsZero() || u.EndedAt.Before(first) {
				first = u.EndedAt
			}
			if u.EndedAt.After(last) {
				last = u.EndedAt
			}
		}
	}
	return first, last
}

// facts is what is read of a file of facts.
type facts struct {
	Tenant   string   `json:"tenant"`
	Edges    []edge   `json:"edges"`
	Links    []link   `json:"links"`
	Coverage []absent `json:"coverage"`
}

type link struct {
	Kind  string `json:"kind"`
	Role  string `json:"role"`
	Value string `json:"value"`
}

// count is by how many links of a kind others might be controlled, and might control. A value of a
// kind that one tenant alone owns, and that this tenant controls, lets nobody else in.
func (f facts) count(of kind) (controls, controlled int) {
	owned := map[string]bool{}
	for _, l := range f.Links {
		if l.Kind == of.Name && l.Role == "controls" && of.Rule == "own" {
			owned[l.Value] = true
		}
	}
	for _, l := range f.Links {
		if l.Kind == of.Name && l.Role != "controlled" {
			controls++
		}
		if l.Kind == of.Name && l.Role != "controls" && !owned[l.Value] {
			controlled++
		}
	}
	return controls, controlled
}

// compare holds files of facts against the certificate.
func (k *checker) compare(files [][]byte) (Result, error) {
	r := Result{To: k.To, From: k.From}
	digests := map[string]string{}
	for _, f := range k.Facts {
		digests[f.Tenant] = f.SHA256
	}

	for _, file := range files {
		var f facts
		if err := json.Unmarshal(file, &f); err != nil {
			return r, fmt.Errorf("a file of facts: %w", err)
		}
		if sum := sha256.Sum256(file); digests[f.Tenant] != hex.EncodeToString(sum[:]) {
			return r, fmt.Errorf("the facts of tenant %q are not those of the certificate", f.Tenant)
		}
		if err := k.agrees(f); err != nil {
			return r, fmt.Errorf("the facts of tenant %s: %w", f.Tenant, err)
		}
		r.Compared = append(r.Compared, f.Tenant)
	}

	compared := setOf(r.Compared)
	for _, t := range k.Fleet {
		if !compared[t] {
			r.Believed = append(r.Believed, t)
		}
	}
	return r, nil
}

func (k *checker) agrees(f facts) error {
	for _, e := range f.Edges {
		if k.holds(e.From) && !k.holds(e.To) {
			return fmt.Errorf("an edge of kind %s leads out of the set, from %s to %s", e.Kind, e.From, e.To)
		}
	}

	covered := map[string][]unit{}
	for _, c := range f.Coverage {
		covered[c.Kind] = c.Units
	}
	for _, of := range k.Kinds {
		a, listed := k.known[of.Name+"\n"+f.Tenant]
		if !listed {
			continue
		}
		controls, controlled := f.count(of)
		same := !of.bridges() || a.Controls == controls && a.Controlled == controlled
		if !same || !slices.Equal(a.Units, covered[of.Name]) {
			return fmt.Errorf("what it says of kind %s is not what the certificate says", of.Name)
		}
	}
	return nil
}

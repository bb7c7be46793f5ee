// Package customers turns what an MSP knows of its clients, a list out of Partner
// Center or a spreadsheet, into client blocks of the fleet file.
//
//	list, err := customers.ReadCSV(data)                  // name, domain or tenant id of each
//	list, skipped := customers.New(list, fleet)           // those that the fleet file lacks
//	blocks := customers.Blocks(list, customers.Labels(list, taken))
//
// Names come from outside and may be anything. A label is made of each, and what else a
// name holds stays in a comment of one line.
package customers

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
)

// Customer is one of the MSP's customers. Either TenantID or Domain is there, both in
// the fleet file's form.
type Customer struct {
	Name     string // as the source has it; may be ""
	TenantID string
	Domain   string
	Cloud    string // "": the fleet's
	Line     int    // of the file that it is from; 0: no file
}

// Skipped is a customer for whom no block is written.
type Skipped struct {
	Customer
	Why string
	// Known: the fleet file has the customer already, or it is the MSP itself.
	Known bool
}

// Why somebody is left out whom nobody misses.
const (
	knownAlready = "the fleet file has it as client "
	itself       = "it is the MSP's own tenant"
)

// New are the customers whom the fleet file does not have, by tenant id and by domain;
// each once. Customers without a tenant id are skipped, too: see [Customer].
func New(all []Customer, fleet *fleetfile.Fleet) (list []Customer, skipped []Skipped) {
	seen := map[string]string{}
	if fleet != nil {
		seen[fleet.MSP.TenantID] = itself
		for _, c := range fleet.Clients {
			why := fmt.Sprintf(knownAlready+"%q", c.Name)
			seen[c.TenantID] = why
			for _, d := range c.Domains {
				seen[d] = why
			}
		}
	}

	for _, c := range all {
		why := seen[c.TenantID]
		if c.TenantID == "" {
			why = "its tenant id is not known"
		} else if why == "" && c.Domain != "" {
			why = seen[c.Domain]
		}

		if why != "" {
			skipped = append(skipped, Skipped{c, why, strings.HasPrefix(why, knownAlready) || why == itself})
			continue
		}

		list = append(list, c)
		seen[c.TenantID] = "it is listed twice"
		if c.Domain != "" {
			seen[c.Domain] = "another customer has its domain"
		}
	}

	return list, skipped
}

// Labels gives each customer a label of its own, in their order. taken are the labels
// that there are.
func Labels(list []Customer, taken []string) []string {
	used := map[string]bool{"fleet": true, "msp": true}
	for _, label := range taken {
		used[label] = true
	}

	labels := make([]string, len(list))
	for i, c := range list {
		label := c.label()
		for n := 2; used[label]; n++ {
			suffix := fmt.Sprintf("-%d", n)
			base := c.label()
			label = strings.TrimRight(base[:min(len(base), maxLabel-len(suffix))], "-") + suffix
		}
		used[label] = true
		labels[i] = label
	}

	return labels
}

// Blocks are the client blocks, with the names in comments.
func Blocks(list []Customer, labels []string) []byte {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		if name := comment(c.Name); name != "" {
			fmt.Fprintf(&b, "# %s\n", name)
		}

		fmt.Fprintf(&b, "client %q {\n  tenant_id = %q\n", labels[i], c.TenantID)
		if c.Domain != "" {
			fmt.Fprintf(&b, "  domains   = [%q]\n", c.Domain)
		}
		if c.Cloud != "" {
			fmt.Fprintf(&b, "  cloud     = %q\n", c.Cloud)
		}
		b.WriteString("  state     = \"onboarding\"\n  gate      = \"attested\"\n}\n")
	}

	return []byte(b.String())
}

// isGUID and isDomain put a text in the fleet file's form.
func isGUID(s string) (string, bool)   { return intent.GUID.Norm(strings.TrimSpace(s)) }
func isDomain(s string) (string, bool) { return intent.Domain.Norm(strings.TrimSpace(s)) }

// ByName sorts customers by what people look for.
func ByName(list []Customer) {
	slices.SortStableFunc(list, func(a, b Customer) int {
		return strings.Compare(strings.ToLower(a.Name)+"\n"+a.TenantID, strings.ToLower(b.Name)+"\n"+b.TenantID)
	})
}

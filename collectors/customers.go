package collectors

import (
	"cmp"
	"strings"

	"ringfence/collectors/gdap"
	"ringfence/collectors/snapshot"
)

// Customer is one that the MSP's own tenant has delegated access to. Name is as the
// tenant shows it, perhaps "".
type Customer struct{ TenantID, Name string }

// CustomersFrom is the dataset that [Customers] reads.
const CustomersFrom = gdap.Relationships

// Customers are those whose relationships the MSP's snapshot holds, each once. complete
// is false where the list may lack some. A relationship that ended, or that no customer
// approved, is of nobody.
func Customers(msp snapshot.Snapshot) (all []Customer, complete bool, err error) {
	coverage := msp.Manifest.Datasets[gdap.Relationships]
	if !coverage.Holds() {
		return nil, false, nil
	}

	docs, err := msp.Documents(gdap.Relationships)
	if err != nil {
		return nil, false, err
	}

	at := map[string]int{}
	for _, d := range docs {
		c, isOurs := partyOf(d.Spec)
		if !isOurs {
			continue
		}

		i, known := at[c.TenantID]
		if !known {
			i = len(all)
			at[c.TenantID] = i
			all = append(all, c)
		}
		all[i].Name = cmp.Or(all[i].Name, c.Name)
	}

	return all, coverage.Status == snapshot.Complete, nil
}

// partyOf is whom a relationship is with.
func partyOf(relationship map[string]any) (c Customer, isOurs bool) {
	status, _ := relationship["status"].(string)
	customer, _ := relationship["customer"].(map[string]any)
	c.TenantID, _ = customer["tenantId"].(string)
	c.TenantID = strings.ToLower(c.TenantID)
	c.Name, _ = customer["displayName"].(string)

	ended := status == "terminated" || status == "expired"
	return c, c.TenantID != "" && !ended
}

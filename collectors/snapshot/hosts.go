package snapshot

import "strings"

// Hosts says that a dataset is read at hosts that documents of other datasets name, one
// answer for each host. They are not parents: a document may name no host or several,
// and many name the same one. Own are the hosts that are the client's, which are not
// asked.
//
// Example: keyvault.vault_owners asks the hosts in the addresses of keys that storage
// accounts name, but for those of keyvault.vaults.
type Hosts struct {
	Named []Naming `json:"named"`
	Own   []Naming `json:"own"`
}

// Naming is a property of a dataset's documents that holds an address, or none where it
// is null: "properties.activeKey.keyUrl". The items of arrays have it one by one. A
// property that is not there says nothing, unless it is optional: then it is as if it
// were null.
type Naming struct {
	Dataset  string `json:"dataset"`
	Property string `json:"property"`
	Optional bool   `json:"optional"`
}

// datasets are those whose documents name hosts, the client's own among them.
func (h *Hosts) datasets() (names []string) {
	if h == nil {
		return nil
	}
	for _, n := range h.Named {
		names = append(names, n.Dataset)
	}
	for _, n := range h.Own {
		names = append(names, n.Dataset)
	}
	return names
}

// Before are the datasets and lists in the promise by which this one is read: its
// parents, and those whose documents name hosts.
func (s *Schema) Before() []string { return append(s.Parents(), s.Hosts.datasets()...) }

// Addresses are those that a document names. clear is false where it does not say
// whether it names any.
func (n Naming) Addresses(d Document) (addresses []string, clear bool) {
	return n.in(d.Spec, strings.Split(n.Property, "."))
}

func (n Naming) in(v any, path []string) (addresses []string, clear bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return []string{v}, len(path) == 0
	case []any:
		clear = true
		for _, item := range v {
			more, ok := n.in(item, path)
			addresses, clear = append(addresses, more...), clear && ok
		}
		return addresses, clear
	case map[string]any:
		if len(path) == 0 {
			return nil, false
		}
		inside, has := v[path[0]]
		if !has {
			return nil, n.Optional
		}
		return n.in(inside, path[1:])
	}
	return nil, false
}

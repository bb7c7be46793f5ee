package exports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
)

// AzureHound (https://github.com/SpecterOps/AzureHound, read at commit 23735c8) writes
// {"data": [{"kind": "AZUser", "data": {…}}, …], "meta": {"type": "azure", "version": 5,
// "count": N}}. Its objects have been through Go structs:
//
//   - a boolean that is false, a number that is 0, an empty text or list is left out
//     (omitempty), so that a missing enablePurgeProtection may be off, or was never read;
//   - ids and display names are in upper case, for BloodHound's sake;
//   - a nested struct that was not selected is there as {}.
//
// After an error a list just ends, and the file is as valid as any.

// houndKind is how the objects of one kind are turned back.
type houndKind struct {
	dataset string
	lacks   string

	// objects takes the API's objects out of the data of one entry, and the scope where
	// the dataset is read per parent; nil: the data are one object.
	objects func(data object) (scope string, objects []object)
}

const houndLoss = "AzureHound leaves out what is false, 0 or empty, and changes display names to upper case"

// houndKinds are the kinds that a dataset holds.
var houndKinds = map[string]houndKind{
	"AZTenant": {dataset: "entra.organization", objects: houndTenant},
	"AZUser":   {dataset: "entra.users"},
	"AZGroup":  {dataset: "entra.groups", lacks: "it lists security-enabled groups only"},
	"AZGroupMember": {
		dataset: "entra.group_members", objects: houndMembers("groupId", "members", "member"),
		lacks: "it asks v1.0, which leaves out service principals",
	},
	"AZGroupOwner":       {dataset: "entra.group_owners", objects: houndMembers("groupId", "owners", "owner")},
	"AZDevice":           {dataset: "entra.devices"},
	"AZApp":              {dataset: "entra.applications"},
	"AZServicePrincipal": {dataset: "entra.service_principals"},
	"AZServicePrincipalOwner": {
		dataset: "entra.service_principal_owners", objects: houndMembers("servicePrincipalId", "owners", "owner"),
	},
	"AZRole": {dataset: "entra.role_definitions"},
	"AZRoleAssignment": {
		dataset: "entra.role_assignments", objects: houndAssignments,
		lacks: "it rewrites directoryScopeId, which is read back from the expanded directoryScope",
	},
	"AZSubscription":   {dataset: "azure.subscriptions", lacks: "it may list selected subscriptions only"},
	"AZResourceGroup":  {dataset: "azure.resource_groups", objects: inSubscription},
	"AZKeyVault":       {dataset: "keyvault.vaults", objects: inSubscription},
	"AZStorageAccount": {dataset: "azure.storage_accounts", objects: inSubscription},
}

// azureHound reads every JSON file of the folder.
func (s *Source) azureHound() error {
	return s.jsonFiles(func(name string) error {
		f, err := s.Files.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()

		text, ok, err := s.stream(name, f)
		if err != nil || !ok {
			return err
		}

		h := hound{source: s, file: name, unread: map[string]int{}, foreign: map[string]int{}}
		if err := h.read(text); err != nil {
			return err
		}

		for _, kind := range slices.Sorted(maps.Keys(h.unread)) {
			s.Ignored(name, fmt.Sprintf("%d entries of the kind %q are of no dataset", h.unread[kind], kind))
		}
		for _, other := range slices.Sorted(maps.Keys(h.foreign)) {
			s.Ignored(name, fmt.Sprintf("%d entries are of another tenant, %q", h.foreign[other], other))
		}
		return nil
	})
}

// stream is a file as UTF-8. AzureHound writes that, and it is read as it comes. What another
// program wrote again, such as Windows PowerShell's ">", is UTF-16, and is read whole.
func (s *Source) stream(name string, f io.Reader) (text io.Reader, ok bool, err error) {
	b := bufio.NewReader(f)
	begin, _ := b.Peek(3) // an error comes again when it is read
	switch {
	case bytes.Equal(begin, []byte("\xef\xbb\xbf")):
		_, err = b.Discard(len(begin))
		return b, err == nil, err
	case bytes.HasPrefix(begin, []byte("{")) && !bytes.HasPrefix(begin, []byte("{\x00")):
		return b, true, nil
	}

	whole, ok, err := s.text(name, b)
	return bytes.NewReader(whole), ok, err
}

// hound is the reading of one file, which may be large: one entry is held at a time.
type hound struct {
	source  *Source
	file    string
	entries int
	unread  map[string]int // entries by kind, of kinds that no dataset holds
	foreign map[string]int // entries by tenant, of other tenants
}

// otherTenant is the tenant that an entry was collected in, "" for the client's own. Of
// a subscription tenantId is what Azure says of it: whose directory it trusts.
func (h *hound) otherTenant(known houndKind, data object) string {
	id, _ := data["tenantId"].(string)
	if known.dataset == snapshot.OrganizationDataset || known.dataset == snapshot.SubscriptionDataset ||
		id == h.source.TenantID {
		return ""
	}
	return id
}

// read walks the file. What is wrong with its form is told; everything before it counts.
func (h *hound) read(r io.Reader) error {
	d := jsontext.NewDecoder(r)
	isHound, claimed, problem := false, -1, error(nil)
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '{' {
		h.source.Ignored(h.file, "it is no file of AzureHound: no object")
		return nil
	}

	for problem == nil && d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			problem = err
			break
		}

		switch name.String() {
		case "data":
			isHound = true
			var failed error
			if problem, failed = h.list(d); failed != nil {
				return failed
			}
		case "meta":
			claimed, problem = meta(d)
		default:
			problem = d.SkipValue()
		}
	}
	if problem == nil {
		_, problem = d.ReadToken() // the end of the object
	}

	switch {
	case problem != nil:
		h.source.Ignored(h.file, "it is cut, or no JSON: "+problem.Error())
	case !isHound:
		h.source.Ignored(h.file, `it is no file of AzureHound: it has no "data"`)
	case claimed != h.entries:
		h.source.Ignored(h.file, fmt.Sprintf("it says %d entries, and holds %d", claimed, h.entries))
	}
	return nil
}

// meta reads the number of entries that the file says it has.
func meta(d *jsontext.Decoder) (count int, problem error) {
	raw, err := d.ReadValue()
	if err != nil {
		return 0, err
	}

	m, err := snapshot.ParseObject(raw)
	if err != nil {
		return 0, err
	}
	n, ok := m["count"].(interface{ Int64() (int64, error) })
	if !ok {
		return -1, nil
	}
	count64, err := n.Int64()
	return int(count64), err
}

// list reads the entries. problem is one of the file, failed one of taking them.
func (h *hound) list(d *jsontext.Decoder) (problem, failed error) {
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return errors.Join(err, errors.New(`"data" is no list`)), nil
	}

	for d.PeekKind() != ']' {
		raw, err := d.ReadValue()
		if err != nil {
			return err, nil
		}

		entry, err := snapshot.ParseObject(raw)
		if err != nil {
			return err, nil
		}
		h.entries++
		if err := h.entry(entry); err != nil {
			return nil, err
		}
	}

	_, err := d.ReadToken()
	return err, nil
}

// entry takes one entry.
func (h *hound) entry(entry object) error {
	kind, _ := entry["kind"].(string)
	data, _ := entry["data"].(object)
	known, ok := houndKinds[kind]
	if !ok || data == nil {
		h.unread[kind]++
		return nil
	}

	data, _ = restoreHound(data).(object)
	if other := h.otherTenant(known, data); other != "" {
		h.foreign[other]++
		return nil
	}

	scope, objects := "", []object{data}
	if known.objects != nil {
		scope, objects = known.objects(data)
	}
	if objects == nil { // another tenant's, or none
		return nil
	}

	isOrganization := known.dataset == snapshot.OrganizationDataset
	for _, o := range objects {
		if id, _ := o["id"].(string); isOrganization && id != h.source.TenantID {
			h.foreign[id]++
			return nil
		}
		for _, added := range houndAdded {
			if known.dataset != snapshot.SubscriptionDataset || added == "tenantName" {
				delete(o, added)
			}
		}
		if known.objects == nil { // others have none, or the API's own
			delete(o, "displayName")
		}
	}

	lacks := houndLoss
	if known.lacks != "" {
		lacks += "; " + known.lacks
	}
	return h.source.take(Part{Dataset: known.dataset, Scope: scope, File: h.file, Objects: objects, Lacks: lacks})
}

// houndAdded are the properties that AzureHound adds to objects of the API.
var houndAdded = []string{
	"tenantId", "tenantName", "subscriptionId", "resourceGroup", "resourceGroupId", "resourceGroupName",
}

// houndTenant is the tenant that was collected. Of it AzureHound has what Azure's list
// of tenants shows, of which only the id is the organization's.
func houndTenant(data object) (string, []object) {
	id, _ := data["tenantId"].(string)
	if data["collected"] != true || id == "" {
		return "", nil
	}
	return "", []object{{"id": id}}
}

// inSubscription is an object of a subscription.
func inSubscription(data object) (string, []object) {
	scope, _ := data["subscriptionId"].(string)
	if scope == "" {
		scope = scopeOf(data)
	}
	if scope == "" {
		return "", nil
	}
	return scope, []object{data}
}

// houndMembers takes {"groupId": …, "members": [{"member": {…}, "groupId": …}]} apart.
func houndMembers(parent, list, member string) func(object) (string, []object) {
	return func(data object) (string, []object) {
		scope, _ := data[parent].(string)
		if scope == "" {
			return "", nil
		}

		items, _ := data[list].([]any)
		objects := []object{}
		for _, item := range items {
			outer, _ := item.(object)
			if o, ok := outer[member].(object); ok {
				objects = append(objects, o)
			}
		}
		return scope, objects
	}
}

// houndAssignments takes the role assignments of one role. AzureHound puts the
// application's id, or nothing, in the place of what directoryScopeId named; the
// expanded directoryScope tells what it was
// (https://learn.microsoft.com/graph/api/resources/unifiedroleassignment).
func houndAssignments(data object) (string, []object) {
	items, _ := data["roleAssignments"].([]any)
	objects := []object{}
	for _, item := range items {
		o, ok := item.(object)
		if !ok {
			continue
		}

		scope, _ := o["directoryScope"].(object)
		id, _ := scope["id"].(string)
		app, _ := scope["appId"].(string)
		switch {
		case id != "" && app != "":
			o["directoryScopeId"] = "/" + id
		case id != "":
			o["directoryScopeId"] = "/administrativeUnits/" + id
		}
		for _, expanded := range []string{"directoryScope", "principal", "roleDefinition", "appScope"} {
			delete(o, expanded)
		}
		objects = append(objects, o)
	}
	return "", objects
}

var upperGUID = regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$`)

// restoreHound undoes what can be undone: GUIDs and ids of Azure resources are in
// lower case again, which means the same, and what is empty is gone, since nobody asked
// for it.
func restoreHound(v any) any {
	switch v := v.(type) {
	case string:
		if upperGUID.MatchString(v) || strings.HasPrefix(v, "/SUBSCRIPTIONS/") || strings.HasPrefix(v, "/TENANTS/") {
			return strings.ToLower(v)
		}
		return v

	case []any:
		for i := range v {
			v[i] = restoreHound(v[i])
		}
		return v

	case object:
		for name, value := range v {
			value = restoreHound(value)
			if o, isObject := value.(object); value == nil || value == "" || isObject && len(o) == 0 {
				delete(v, name)
				continue
			}
			v[name] = value
		}
	}

	return v
}

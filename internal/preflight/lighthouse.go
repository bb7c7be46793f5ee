package preflight

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
)

// A Lighthouse offer is in no tenant before a customer deploys it: it is a template of
// Azure Resource Manager, as the service provider hands it over.
// https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer

// Template is a template that delegates, and its file of parameters, nil for none.
type Template struct {
	File                 string
	Template, Parameters []byte
}

const (
	subscriptions  = "azure.subscriptions"
	managers       = "managedByTenants" // of a subscription
	definitionType = "Microsoft.ManagedServices/registrationDefinitions"
	assignmentType = "Microsoft.ManagedServices/registrationAssignments"
)

// Offers are the delegations of a template, judged as if each subscription that the
// snapshot shows were delegated as a whole: nothing that the template may narrow down is
// believed to be narrow.
func (t Template) Offers(snap snapshot.Snapshot) ([]Offer, error) {
	template, err := snapshot.ParseObject(t.Template)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.File, err)
	}

	found := definitions(template)
	if len(found) == 0 {
		return nil, fmt.Errorf("%s holds no %s: is it a Lighthouse offer?", t.File, definitionType)
	}
	values, err := t.values(template)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.File, err)
	}
	subs, err := snap.Documents(subscriptions)
	if err != nil {
		return nil, err
	}
	if len(subs) == 0 {
		return nil, errors.New("the snapshot shows no subscription that could be delegated")
	}

	var offers []Offer
	for i, properties := range found {
		p, err := resolve(properties, values)
		if err == nil {
			err = checkDefinition(p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", t.File, definitionType, err)
		}
		offers = append(offers, t.offer(fmt.Sprint(i), p.(map[string]any), subs))
	}

	return offers, nil
}

// values are those of the template's parameters: of their file, or their defaults.
func (t Template) values(template map[string]any) (map[string]any, error) {
	values := map[string]any{}
	declared, _ := template["parameters"].(map[string]any)
	for name, p := range declared {
		if v := member(p, "defaultValue"); v != nil {
			values[strings.ToLower(name)] = v
		}
	}

	if t.Parameters == nil {
		return values, nil
	}
	file, err := snapshot.ParseObject(t.Parameters)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	given, _ := file["parameters"].(map[string]any)
	for name, p := range given {
		values[strings.ToLower(name)] = member(p, "value")
	}
	return values, nil
}

// definitions are the properties of the registration definitions of a template, also of
// those in templates that are nested in it.
func definitions(v any) (all []any) {
	for _, resource := range list(member(v, "resources")) {
		if strings.EqualFold(text(member(resource, "type")), definitionType) {
			all = append(all, member(resource, "properties"))
		}
		all = append(all, definitions(member(resource, "properties", "template"))...)
	}
	return all
}

var parameter = regexp.MustCompile(`^\[parameters\('([^']+)'\)\]$`)

// resolve puts the values of parameters into a template's texts. Any other expression stays
// as it is written.
func resolve(v any, values map[string]any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			resolved, err := resolve(inner, values)
			if err != nil {
				return nil, err
			}
			out[name] = resolved
		}
		return out, nil

	case []any:
		out := []any{}
		for _, inner := range v {
			resolved, err := resolve(inner, values)
			if err != nil {
				return nil, err
			}
			out = append(out, resolved)
		}
		return out, nil

	case string:
		m := parameter.FindStringSubmatch(v)
		if m == nil {
			return unescaped(v), nil
		}
		value, ok := values[strings.ToLower(m[1])]
		if !ok {
			return nil, fmt.Errorf("the parameter %q has no value: name its file, too", m[1])
		}
		return value, nil
	}
	return v, nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// checkDefinition refuses an offer that does not say to whom it gives what.
func checkDefinition(p any) error {
	if !guid.MatchString(text(member(p, "managedByTenantId"))) {
		return fmt.Errorf("managedByTenantId is %q, which is no tenant", text(member(p, "managedByTenantId")))
	}

	entries := append(list(member(p, "authorizations")), list(member(p, "eligibleAuthorizations"))...)
	if len(entries) == 0 {
		return errors.New("it authorizes nobody")
	}
	for _, a := range entries {
		role := path.Base(text(member(a, "roleDefinitionId")))
		if !guid.MatchString(text(member(a, "principalId"))) || !guid.MatchString(role) {
			return fmt.Errorf("principalId %q and roleDefinitionId %q: both are GUIDs",
				text(member(a, "principalId")), text(member(a, "roleDefinitionId")))
		}
	}
	return nil
}

// offer is one delegation, of all subscriptions.
func (t Template) offer(number string, p map[string]any, subs []snapshot.Document) Offer {
	o := Offer{
		Kind: Lighthouse, Subject: t.File, Name: first(text(p["registrationDefinitionName"]), path.Base(t.File)),
		From: strings.ToLower(text(p["managedByTenantId"])), Grants: granted(p),
	}
	properties := map[string]any{
		"registrationDefinitionName": p["registrationDefinitionName"], "description": p["description"],
		"managedByTenantId": o.From, "provisioningState": "Succeeded", "authorizations": p["authorizations"],
	}
	if p["eligibleAuthorizations"] != nil {
		properties["eligibleAuthorizations"] = p["eligibleAuthorizations"]
	}

	for _, sub := range subs {
		name := finding.UUID("simulated offer", snapshot.Digest(t.Template), number, sub.ID)
		at := "/subscriptions/" + sub.ID + "/providers/"
		definition := map[string]any{
			"id": at + definitionType + "/" + name, "name": name, "type": definitionType, "properties": properties,
		}
		assignment := map[string]any{
			"id": at + assignmentType + "/" + name, "name": name, "type": assignmentType,
			"properties": map[string]any{
				"registrationDefinitionId": definition["id"], "provisioningState": "Succeeded",
				"registrationDefinition": definition,
			},
		}
		managing := append(list(sub.Spec[managers]), map[string]any{"tenantId": o.From})

		o.Accepted = append(o.Accepted,
			fleetfile.DocumentChange{Kind: fleetfile.PatchDocument, Dataset: subscriptions, ID: sub.ID,
				Set: map[string]any{managers: managing}},
			fleetfile.DocumentChange{Kind: fleetfile.AddDocument, Dataset: "azure.lighthouse_definitions",
				Scope: sub.ID, Body: definition},
			fleetfile.DocumentChange{Kind: fleetfile.AddDocument, Dataset: "azure.lighthouse_assignments",
				Scope: sub.ID, Body: assignment},
		)
	}
	return o
}

// granted are the roles of an offer, by their ids.
func granted(p map[string]any) (roles []string) {
	for _, a := range list(p["authorizations"]) {
		roles = append(roles, path.Base(text(member(a, "roleDefinitionId"))))
	}
	for _, a := range list(p["eligibleAuthorizations"]) {
		roles = append(roles, path.Base(text(member(a, "roleDefinitionId")))+" (eligible)")
	}
	return roles
}

// unescaped is a text that begins with two brackets: a template's way to write one.
func unescaped(s string) string {
	if strings.HasPrefix(s, "[[") {
		return s[1:]
	}
	return s
}

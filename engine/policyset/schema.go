package policyset

import (
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// InputSchema is the JSON Schema of what policies see, made of the datasets'
// schemas: closed, so that a misspelt property is a compile error. Nullable
// values are "any of the type and null", which OPA's type checker understands.
func InputSchema() map[string]any {
	areas := map[string]map[string]any{}
	for name, s := range snapshot.Schemas() {
		area, leaf, _ := strings.Cut(name, ".")
		if areas[area] == nil {
			areas[area] = map[string]any{}
		}

		doc := propertySchema(&s.Property)
		props := doc["properties"].(map[string]any)
		props["_id"], props["_scope"], props["_subject"] = typed("string"), typed("string"), typed("string")
		areas[area][leaf] = map[string]any{"type": "array", "items": doc}
	}

	root := map[string]any{
		"client": attributesSchema(intent.ClientTable),
		"msp": object(map[string]any{
			"tenant_id": typed("string"), "domains": list(typed("string")), "max_reach": nullable(typed("integer")),
			"walls": nullable(list(object(map[string]any{"name": typed("string"), "cells": list(typed("string"))}))),
		}),
		"params":       map[string]any{"type": "object", "additionalProperties": map[string]any{}},
		"as_of":        typed("string"),
		"collected_at": typed("string"),
		"snapshot":     object(map[string]any{"datasets": list(accountSchema())}),
		"fleet":        map[string]any{},
		"records":      recordsSchema(),
		"reach":        reachSchema(),
	}
	for area, datasets := range areas {
		root[area] = object(datasets)
	}

	schema := object(root)
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	return schema
}

// recordsSchema is that of input.records: internal/run.Records, null where nobody knows.
func recordsSchema() map[string]any {
	texts := func(names ...string) map[string]any {
		props := map[string]any{}
		for _, name := range names {
			props[name] = typed("string")
		}
		return props
	}

	run := texts("run", "results", "kind", "as_of", "requester", "gate", "until", "problem")
	run["reviews"] = list(object(texts("reviewer", "email", "org", "reviewed_at", "decision", "statement")))
	records := texts("schema", "client", "tenant_id")
	records["runs"] = list(object(run))
	return nullable(object(records))
}

// reachSchema is that of input.reach: fact.Radii, null where nobody knows.
func reachSchema() map[string]any {
	client := object(map[string]any{"name": typed("string"), "state": typed("string")})
	principal := map[string]any{"kind": typed("string"), "id": typed("string"), "clients": list(client)}
	return nullable(object(map[string]any{"anybody": list(typed("string")), "principals": list(object(principal))}))
}

// attributesSchema is the schema of a client, or of a block of it, as its table
// describes it: what may be not promised may be null. Parameters are not among the
// client's attributes: they are input.params.
func attributesSchema(table intent.Table) map[string]any {
	props := map[string]any{}
	for _, a := range table {
		switch {
		case a.Type == intent.Parameters:
		case a.Null != "":
			props[a.Name] = nullable(attributeSchema(a))
		default:
			props[a.Name] = attributeSchema(a)
		}
	}

	return object(props)
}

func attributeSchema(a intent.Attribute) map[string]any {
	one := typed("string") // texts and labels
	if a.Of != nil {
		one = attributesSchema(a.Of)
	}

	switch a.Type {
	case intent.Texts, intent.References, intent.Blocks, intent.Naming:
		return list(one)
	case intent.Flag:
		return typed("boolean")
	case intent.Number:
		return typed("integer")
	}

	return one
}

func propertySchema(p *snapshot.Property) map[string]any {
	var alternatives []any
	for _, t := range p.Type {
		alternatives = append(alternatives, typeSchema(p, t))
	}

	switch len(alternatives) {
	case 0:
		return map[string]any{}
	case 1:
		if p.Presence == snapshot.Always || p.Presence == "" {
			return alternatives[0].(map[string]any)
		}
		return nullable(alternatives[0].(map[string]any))
	}

	return map[string]any{"anyOf": alternatives}
}

func typeSchema(p *snapshot.Property, t string) map[string]any {
	switch {
	case t == "array" && p.Items != nil:
		return list(propertySchema(p.Items))
	case t == "object" && p.Values != nil:
		return map[string]any{"type": "object", "additionalProperties": propertySchema(p.Values)}
	case t == "object" && p.Properties != nil:
		props := map[string]any{}
		for name, c := range p.Properties {
			if !c.Secret {
				props[name] = propertySchema(c)
			}
		}
		return object(props)
	}

	return typed(t)
}

func typed(t string) map[string]any { return map[string]any{"type": t} }
func list(items any) map[string]any { return map[string]any{"type": "array", "items": items} }

func object(props map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

func nullable(s map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{s, typed("null")}}
}

package intent

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// The functions of this file work on the structs that hold attributes, field by
// field, so that a new attribute needs no code of its own.

// Field is the field of a struct with this JSON name, also of a struct that it
// embeds; the zero Value if there is none.
func Field(structure reflect.Value, name string) reflect.Value {
	for i := range structure.NumField() {
		field := structure.Type().Field(i)
		if jsonName(field) == name {
			return structure.Field(i)
		}
		if field.Anonymous {
			if found := Field(structure.Field(i), name); found.IsValid() {
				return found
			}
		}
	}

	return reflect.Value{}
}

// Ordered are the rows of the table in the order of the fields of its struct, in which
// they are shown.
func (t Table) Ordered(structure reflect.Type) Table {
	var rows Table
	for _, name := range fieldNames(structure) {
		if a, ok := t.Row(name); ok {
			rows = append(rows, a)
		}
	}
	return rows
}

// fieldNames are the JSON names of a struct's fields in their order, with those of the
// structs that it embeds.
func fieldNames(structure reflect.Type) []string {
	var names []string
	for i := range structure.NumField() {
		field := structure.Field(i)
		if name := jsonName(field); name != "" {
			names = append(names, name)
		}
		if field.Anonymous {
			names = append(names, fieldNames(field.Type)...)
		}
	}

	return names
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// isNull follows a name with dots ("keys.owner") to a field that is null, or lies
// in a block that is null.
func isNull(structure reflect.Value, name string) bool {
	name, nested, isNested := strings.Cut(name, ".")
	field := Field(structure, name)

	switch field.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if field.IsNil() {
			return true
		}
	}

	return isNested && isNull(reflect.Indirect(field), nested)
}

// copyFields sets the fields of a struct to deep copies of those that have the same
// name in another one.
func copyFields(to, from reflect.Value) {
	for i := range to.NumField() {
		same := from.FieldByName(to.Type().Field(i).Name)
		to.Field(i).Set(clone(same))
	}
}

// Clone is a deep copy of a promise, or of a part of one: it shares no memory with it.
func Clone[T any](value T) T { return clone(reflect.ValueOf(value)).Interface().(T) }

// clone is a copy of a value that shares no memory with it.
func clone(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	if v.IsZero() {
		return out // nil, or nothing in it that could be shared
	}

	switch v.Kind() {
	case reflect.Struct:
		copyFields(out, v)

	case reflect.Interface:
		out.Set(clone(v.Elem()))

	case reflect.Pointer:
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(clone(v.Elem()))

	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(clone(v.Index(i)))
		}

	case reflect.Map:
		out.Set(reflect.MakeMap(v.Type()))
		for key, value := range v.Seq2() {
			out.SetMapIndex(key, clone(value))
		}
	}

	return out
}

// normalize brings the texts of a struct into the form that the table gives them,
// and its sets into order.
func (t Table) normalize(structure reflect.Value) {
	for _, a := range t {
		field := reflect.Indirect(Field(structure, a.Name))
		switch field.Kind() {
		case reflect.String:
			field.SetString(a.Form.normal(field.String()))
		case reflect.Struct:
			a.Of.normalize(field)
		case reflect.Slice:
			a.normalizeSet(field)
		}
	}
}

// normalizeSet does so with a list of texts, or of structs: by their names, or by
// their values where they have none.
func (a Attribute) normalizeSet(set reflect.Value) {
	if texts, ok := set.Interface().([]string); ok {
		for i := range texts {
			texts[i] = a.Form.normal(texts[i])
		}
		slices.Sort(texts)
		return
	}

	for i := range set.Len() {
		a.Of.normalize(set.Index(i))
	}

	name := func(i int) string {
		if field := Field(set.Index(i), "name"); field.IsValid() {
			return field.String()
		}
		return fmt.Sprint(set.Index(i))
	}
	sort.Slice(set.Interface(), func(i, j int) bool { return name(i) < name(j) })
}

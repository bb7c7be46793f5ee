package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"ringfence/internal/terminal"
)

// jsonStream prints one JSON object of which a member is a long list, element by
// element. The first error is kept, and ends all printing.
type jsonStream struct {
	app      *app
	elements int
	err      error
}

// open begins the object with some members, and the list.
func (j *jsonStream) open(members map[string]any, list string) {
	j.raw("{\n")
	for _, name := range slices.Sorted(maps.Keys(members)) {
		j.raw("  ")
		j.value(name)
		j.raw(": ")
		j.value(members[name])
		j.raw(",\n")
	}

	j.raw("  ")
	j.value(list)
	j.raw(": [")
}

// element adds one element to the list.
func (j *jsonStream) element(v any) error {
	if j.elements > 0 {
		j.raw(",")
	}
	j.elements++
	j.raw("\n    ")
	j.value(v)

	return j.err
}

// close ends the list, and the object with a last member.
func (j *jsonStream) close(name string, v any) error {
	if j.elements > 0 {
		j.raw("\n  ")
	}
	j.raw("],\n  ")
	j.value(name)
	j.raw(": ")
	j.value(v)
	j.raw("\n}\n")

	return j.err
}

// value writes a value on one line.
func (j *jsonStream) value(v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && j.err == nil {
		j.err = err
	}
	j.raw(string(terminal.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))))
}

func (j *jsonStream) raw(text string) {
	if a := j.app; j.err == nil {
		j.err = a.print(text)
	}
}

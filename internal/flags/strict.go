// Package flags makes a program's flags say no where pflag's would guess: a flag
// that is set but empty, and one that is set twice to different values.
package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Strict replaces the values of all flags of a command and of those below it.
//
// An empty value is most often a variable that is not set: with --key "$UNSET"
// results would stay unsigned, with --client "$UNSET" the whole fleet would be
// audited, both without a word. Of two different values, pflag takes the last.
func Strict(c *cobra.Command) {
	for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			switch v := f.Value.(type) {
			case *one, *many:
			case pflag.SliceValue:
				f.Value = &many{v, f.Value}
				if f.DefValue == "[]" {
					f.DefValue = "" // of a list; help would show it
				}
			default:
				f.Value = &one{Value: f.Value}
			}
		})
	}

	for _, below := range c.Commands() {
		Strict(below)
	}
}

var errEmpty = errors.New("it is set but empty (a variable without a value?): give it a value, or leave the flag out")

// one is a flag with one value.
type one struct {
	pflag.Value
	given *string
}

// Set refuses "" and blanks, and a second value that is not the first.
func (o *one) Set(s string) error {
	if strings.TrimSpace(s) == "" {
		return errEmpty
	}
	if o.given != nil && *o.given != s {
		return fmt.Errorf("it is set twice, the first time to %q", *o.given)
	}

	o.given = &s
	return o.Value.Set(s)
}

// many is a flag that may be repeated.
type many struct {
	pflag.SliceValue
	value pflag.Value
}

// Set refuses "", and where commas separate a list also an empty element of it:
// "a,,b".
func (m *many) Set(s string) error {
	elements := []string{s}
	if m.Type() == "stringSlice" {
		elements = strings.Split(s, ",")
	}

	if slices.ContainsFunc(elements, func(e string) bool { return strings.TrimSpace(e) == "" }) {
		return errEmpty
	}

	return m.value.Set(s)
}

// String and Type are the flag's own.
func (m *many) String() string { return m.value.String() }
func (m *many) Type() string   { return m.value.Type() }

// Package flags makes a program's flags refuse what pflag would guess at: a flag
// that is set but empty, and one that is set twice to different values.
//
// An empty value is most often a variable that is not set. With --key "$UNSET"
// results would stay unsigned, and with --client "$UNSET" the whole fleet would be
// audited, both without a word. Of two different values, pflag takes the last.
//
//	root.PersistentFlags().StringVar(&format, "format", "text", "text or json")
//	root.AddCommand(verbs...)
//	flags.Strict(root) // after all flags and commands are there
package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Strict makes all flags of a command and of those below it strict. Flags that are
// added later are not.
func Strict(c *cobra.Command) {
	for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
		set.VisitAll(makeStrict)
	}
	for _, below := range c.Commands() {
		Strict(below)
	}
}

func makeStrict(f *pflag.Flag) {
	switch value := f.Value.(type) {
	case *single, *list: // a flag that two sets share
	case pflag.SliceValue:
		f.Value = &list{value, f.Value}
		if f.DefValue == "[]" {
			f.DefValue = "" // help does not show it for a list of pflag's own
		}
	default:
		f.Value = &single{Value: f.Value}
	}
}

var errEmpty = errors.New("it is set but empty (a variable without a value?): " +
	"give it a value, or leave the flag out")

// single is a flag with one value.
type single struct {
	pflag.Value
	given *string // nil until it is set
}

// Set refuses a value that is empty or blank, and a second one that differs from
// the first.
func (f *single) Set(s string) error {
	if strings.TrimSpace(s) == "" {
		return errEmpty
	}
	if f.given != nil && *f.given != s {
		return fmt.Errorf("it is set twice, the first time to %q", *f.given)
	}

	f.given = &s
	return f.Value.Set(s)
}

// list is a flag that may be repeated. The flag's value is embedded as what cobra
// asks of lists, and kept as what sets it.
type list struct {
	pflag.SliceValue
	value pflag.Value
}

// Set refuses a value that is empty or blank. Where commas separate the elements of
// a value, it refuses an empty element, too: "a,,b".
func (f *list) Set(s string) error {
	elements := []string{s}
	if f.Type() == "stringSlice" {
		elements = strings.Split(s, ",")
	}

	if slices.ContainsFunc(elements, func(e string) bool { return strings.TrimSpace(e) == "" }) {
		return errEmpty
	}

	return f.value.Set(s)
}

// String returns the flag's own text.
func (f *list) String() string { return f.value.String() }

// Type returns the flag's own type.
func (f *list) Type() string { return f.value.Type() }

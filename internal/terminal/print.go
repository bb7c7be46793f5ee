package terminal

import (
	"fmt"
	"io"
)

// Printf is [fmt.Fprintf] for text from outside: each argument is formatted and then
// made [Safe]. The format is ours and stays as it is, so that its line feeds are the
// only ones: Printf(w, "%s is foreign\n", name) is one line whatever the name is.
func Printf(w io.Writer, format string, args ...any) (int, error) {
	return io.WriteString(w, Sprintf(format, args...))
}

// Sprintf is [Printf] into a string.
func Sprintf(format string, args ...any) string {
	safe := make([]any, len(args))
	for i, a := range args {
		safe[i] = argument{a}
	}
	return fmt.Sprintf(format, safe...)
}

// argument prints as its value does under any verb, made Safe.
type argument struct{ value any }

// Format implements [fmt.Formatter].
func (a argument) Format(s fmt.State, verb rune) {
	io.WriteString(s, Safe(fmt.Sprintf(fmt.FormatString(s, verb), a.value)))
}

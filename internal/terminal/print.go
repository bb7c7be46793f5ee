package terminal

import (
	"fmt"
	"io"
)

// Printf is fmt.Fprintf for text from outside: what each argument comes to is
// made Safe, and the format, which is ours, stays: its line feeds are the only
// ones. So Printf(w, "%s is foreign\n", name) is one line whatever the name is.
func Printf(w io.Writer, format string, args ...any) (int, error) {
	return io.WriteString(w, Sprintf(format, args...))
}

// Sprintf is Printf into a string.
func Sprintf(format string, args ...any) string {
	shown := make([]any, len(args))
	for i, a := range args {
		shown[i] = argument{a}
	}
	return fmt.Sprintf(format, shown...)
}

// argument prints as its value does under any verb, made Safe.
type argument struct{ value any }

func (a argument) Format(s fmt.State, verb rune) {
	io.WriteString(s, Safe(fmt.Sprintf(fmt.FormatString(s, verb), a.value)))
}

package terminal

// Color is the colour of a text, a parameter of ECMA-48's SGR.
type Color string

const (
	Red    Color = "31"
	Green  Color = "32"
	Yellow Color = "33"
)

// Paint puts a colour around a text that is [Safe] already.
func (c Color) Paint(text string) string { return "\x1b[" + string(c) + "m" + text + "\x1b[0m" }

// Colors reports whether a stream gets colours: a terminal does that is not dumb.
// NO_COLOR (https://no-color.org) and CLICOLOR=0 say no, and CLICOLOR_FORCE yes, also
// where the stream is no terminal (https://bixense.com/clicolors). NO_COLOR wins.
func Colors(isTerminal bool, getenv func(string) string) bool {
	switch force := getenv("CLICOLOR_FORCE"); {
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return isTerminal && getenv("TERM") != "dumb" && getenv("CLICOLOR") != "0"
}

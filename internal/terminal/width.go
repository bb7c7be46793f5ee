package terminal

import (
	"unicode"

	"golang.org/x/text/width"
)

// Width is how many cells of a terminal a line of text takes: two for a character of
// East Asian width W or F, such as 株 and most emoji (Unicode Standard Annex 11), none
// for a mark that is put on the character before it, one for any other.
func Width(s string) (cells int) {
	for _, r := range s {
		cells += runeWidth(r)
	}
	return cells
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}

	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Fit is as much of a line as so many cells hold. A line that is cut ends in "…".
func Fit(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}

	used := 0
	for i, r := range s {
		if used += runeWidth(r); used > cells-1 {
			return s[:i] + ellipsis(cells)
		}
	}
	return s
}

// ellipsis takes a cell, where there is one.
func ellipsis(cells int) string {
	if cells < 1 {
		return ""
	}
	return "…"
}

package access

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"ringfence/internal/terminal"
)

// Text writes a plan for a terminal. Texts from outside are made safe for one line.
func (p Plan) Text(w io.Writer) error {
	var b bytes.Buffer
	for i, s := range p.guide() {
		fmt.Fprintf(&b, "%d. %s\n\n", i+1, s.title)
		for _, part := range s.parts {
			part.writeText(&b)
		}
	}

	_, err := w.Write(b.Bytes())
	return err
}

// textWidth is where paragraphs are wrapped, in columns.
const textWidth = 88

func (p part) writeText(b *bytes.Buffer) {
	switch {
	case p.text != "":
		b.WriteString(wrap(p.text, "   ") + "\n\n")
	case len(p.table) > 1:
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, row := range p.table {
			cells := make([]string, len(row))
			for i, cell := range row {
				cells[i] = terminal.Safe(cell)
			}
			fmt.Fprintln(t, "   "+strings.Join(cells, "\t"))
		}
		t.Flush()
		b.WriteString("\n")
	case len(p.block) > 0:
		for _, line := range p.block {
			b.WriteString("     " + terminal.Safe(line) + "\n")
		}
		b.WriteString("\n")
	}
}

// wrap breaks a paragraph between words, and makes it safe for a terminal.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		word = terminal.Safe(word)
		length := len([]rune(word))
		switch {
		case i == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+length > textWidth:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}

// Markdown writes a plan as a page. What is not ours stands in blocks and tables, where
// it means nothing.
func (p Plan) Markdown(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("# Access for ringfence\n")
	for i, s := range p.guide() {
		fmt.Fprintf(&b, "\n## %d. %s\n", i+1, s.title)
		for _, part := range s.parts {
			part.writeMarkdown(&b)
		}
	}

	_, err := w.Write(b.Bytes())
	return err
}

func (p part) writeMarkdown(b *bytes.Buffer) {
	switch {
	case p.text != "":
		b.WriteString("\n" + escape(wrap(p.text, "")) + "\n")
	case len(p.table) > 1:
		b.WriteString("\n")
		for i, row := range p.table {
			cells := make([]string, len(row))
			for j, cell := range row {
				cells[j] = markdownCell(terminal.Safe(cell))
			}
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")

			if i == 0 {
				b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
			}
		}

	case len(p.block) > 0:
		fence := "```"
		for strings.Contains(strings.Join(p.block, "\n"), fence) {
			fence += "`"
		}

		fmt.Fprintf(b, "\n%s%s\n", fence, p.language)
		for _, line := range p.block {
			b.WriteString(terminal.Safe(line) + "\n")
		}
		b.WriteString(fence + "\n")
	}
}

// marks mean something in Markdown, or in the HTML that it may hold.
var marks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"<", "&lt;", ">", "&gt;", "|", `\|`, "#", `\#`, "&", "&amp;")

func escape(text string) string { return marks.Replace(text) }

// markdownCell is a cell of a table; an address stays one that can be copied.
func markdownCell(text string) string {
	if strings.HasPrefix(text, "https://") && !strings.ContainsAny(text, "`|") {
		return "`" + text + "`"
	}
	return escape(text)
}

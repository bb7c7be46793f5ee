package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/term"

	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

// Everything that is printed goes through this file or [terminal.Printf], since
// names of tenants, names of files and other programs' errors are text from outside:
// "\x1b[2J" in a client's display name must not clear the screen. With --log-format
// json every line of stderr is a JSON object.

// printf prints a part of the result. Arguments are made safe for one line.
func (a *app) printf(format string, args ...any) error {
	_, err := terminal.Printf(a.stdout, format, args...)
	return err
}

// print prints text of our own, which may have several lines.
func (a *app) print(text string) error {
	_, err := io.WriteString(a.stdout, text)
	return err
}

// jsonLines carries slog's JSON, a whole record at a time.
type jsonLines struct{ to io.Writer }

func (j jsonLines) Write(record []byte) (int, error) {
	if _, err := j.to.Write(terminal.JSON(record)); err != nil {
		return 0, err
	}
	return len(record), nil
}

func (a *app) jsonLog() bool { return a.logFormat == "json" }

// log is where progress goes: stderr, never results, tokens or bodies.
func (a *app) log() *slog.Logger {
	a.makeLog.Do(func() {
		if a.jsonLog() {
			a.logger = slog.New(slog.NewJSONHandler(jsonLines{a.stderr}, nil))
			return
		}
		options := &slog.HandlerOptions{ReplaceAttr: withoutTime}
		a.logger = slog.New(slog.NewTextHandler(terminal.Writer{To: a.stderr}, options))
	})

	return a.logger
}

// withoutTime leaves the time out of a line that somebody reads as it appears.
func withoutTime(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}

// warn prints what the user should know although the verb goes on.
func (a *app) warn(format string, args ...any) {
	if a.jsonLog() {
		a.log().Warn(fmt.Sprintf(format, args...))
		return
	}
	terminal.Printf(a.stderr, "ringfence: warning: "+format+"\n", args...)
}

// report prints an error the way every verb does and returns the exit code.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return run.ExitOK
	}
	if ctx.Err() != nil {
		return a.interrupted()
	}
	if code := exit(0); errors.As(err, &code) {
		return int(code)
	}

	f := &failure{code: run.ExitTool}
	errors.As(err, &f)
	a.printError(strings.TrimSpace(err.Error()), f)

	return f.code
}

func (a *app) interrupted() int {
	if a.jsonLog() {
		a.log().Error("interrupted", "exit", run.ExitInterrupted)
	} else {
		io.WriteString(a.stderr, "ringfence: interrupted\n")
	}
	return run.ExitInterrupted
}

// printError prints an error and the next step: as lines, or as one record.
func (a *app) printError(text string, f *failure) {
	if a.jsonLog() {
		attrs := []any{"exit", f.code}
		for name, value := range map[string]string{"hint": f.hint, "detail": f.detail} {
			if value != "" {
				attrs = append(attrs, name, value)
			}
		}

		a.log().Error(text, attrs...)
		return
	}

	terminal.Printf(a.stderr, "ringfence: error: %s\n", text)
	if f.detail != "" {
		io.WriteString(a.stderr, "    "+paragraph(f.detail, "    ")+"\n")
	}
	if f.hint != "" {
		terminal.Printf(a.stderr, "ringfence: hint: %s\n", f.hint)
	}
}

// paragraph is text of several lines, such as a compiler's or a policy's, each
// line safe. What follows the first is indented, so that no line of an error
// looks like one of ours.
func paragraph(text, indent string) string {
	text = strings.ReplaceAll(strings.Trim(text, "\n"), "\t", "    ")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = terminal.Safe(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n"+indent)
}

// diagnose prints what is wrong with a fleet file, or worth knowing.
func (a *app) diagnose(diags *fleetfile.Diagnostics) error {
	if !a.jsonLog() {
		return diags.Write(a.stderr, a.diagnosed, a.width())
	}

	for _, g := range diags.All() {
		level := slog.LevelError
		if g.Severity == hcl.DiagWarning {
			level = slog.LevelWarn
		}

		d := newDiagnostic(g)
		a.log().Log(context.Background(), level, d.Summary,
			"detail", d.Detail, "file", d.File, "line", d.Line)
	}

	return nil
}

// isTerminal reports whether a stream is one that obeys control sequences. A console of
// Windows does so only after it was told to, which nobody has tried: it gets plain text.
func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd())) && runtime.GOOS != "windows"
}

// The size of a stream that is no terminal, in cells.
const defaultWidth, defaultHeight = 100, 24

// sizeOf returns how large a terminal is whenever it is asked: windows change.
func sizeOf(w io.Writer) func() (width, height int) {
	return func() (width, height int) {
		if f, isFile := w.(*os.File); isFile {
			if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
				return width, height
			}
		}
		return defaultWidth, defaultHeight
	}
}

func (a *app) width() uint {
	width, _ := a.screen.Size()
	return uint(width)
}

// table starts an aligned table; with a header, that is its first row.
func table(w io.Writer, header ...string) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	if len(header) > 0 {
		tableRow(t, header...)
	}
	return t
}

// tableRow prints a row. A cell is made safe: a tab or a line feed in it does not
// make another one.
func tableRow(t io.Writer, cells ...string) {
	for i, c := range cells {
		cells[i] = terminal.Safe(c)
	}
	io.WriteString(t, strings.Join(cells, "\t")+"\n")
}

// json prints a result as indented JSON.
func (a *app) json(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)

	if err := e.Encode(v); err != nil {
		return err
	}

	return a.rawJSON(b.Bytes())
}

// rawJSON prints a JSON text with what a terminal would obey escaped. It is the same
// value.
func (a *app) rawJSON(text []byte) error {
	_, err := a.stdout.Write(terminal.JSON(text))
	return err
}

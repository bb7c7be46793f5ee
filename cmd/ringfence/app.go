package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"ringfence/engine"
	"ringfence/internal/flags"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

// app runs one command line. It holds what every verb shares.
type app struct {
	stdout, stderr io.Writer

	// screen is stderr while progress is shown on it, and painted is stdout for text
	// that is safe already and has colours of ours. execute sets both.
	screen  *terminal.Screen
	painted io.Writer
	// colored: verdicts on stdout have colours; diagnosed: what is said about a fleet
	// file on stderr has.
	colored, diagnosed bool

	// beforeJudging is called before clients are judged, to set what holds for the
	// whole process. nil sets nothing: tests run many command lines in one process.
	beforeJudging func()

	// builtIn compiles the built-in policies, and loadKey decrypts a key. Both are slow:
	// tests remember what they return.
	builtIn func() (*engine.Engine, error)
	loadKey func(pem, passphrase []byte) (*attest.Key, error)

	// Flags of every verb, "text" or "json": of results on stdout, of progress and
	// errors on stderr.
	format, logFormat string

	silent  bool // no progress, --quiet
	quiet   bool // warnings about the fleet file are not shown: it is the demo's own
	started bool // a verb took over, so that an error is not one of usage any more

	makeLog sync.Once
	logger  *slog.Logger // made when log is called first
}

func newApp(stdout, stderr io.Writer) *app {
	return &app{
		stdout:  stdout,
		stderr:  stderr,
		builtIn: func() (*engine.Engine, error) { return engine.Load(policies.FS) },
		loadKey: attest.LoadKey,
	}
}

// execute runs one command line and returns the exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	out := &results{Writer: a.stdout}
	a.screen = &terminal.Screen{To: a.stderr, Size: sizeOf(a.stderr)}
	a.colored = terminal.Colors(isTerminal(a.stdout), os.Getenv)
	a.diagnosed = terminal.Colors(isTerminal(a.stderr), os.Getenv)
	a.stdout, a.painted, a.stderr = terminal.Writer{To: out}, out, a.screen

	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(terminal.Writer{To: a.stderr})
	replaceHelpers(root)

	err := root.ExecuteContext(ctx)
	if !a.started {
		if err != nil && !is[*failure](err) {
			err = usage(`see "ringfence --help"`, "%w", err)
		}
		if asksJSON(args) {
			a.logFormat = "json"
		}
	}

	if out.err != nil && succeeded(err) {
		err = broken("", "the result cannot be written: %w", out.err)
	}

	return a.report(ctx, err)
}

// succeeded reports whether an exit code would let the reader of stdout take what
// was printed for a result: 0, and 4 for what nobody found wrong.
func succeeded(err error) bool {
	var code exit
	return err == nil || errors.As(err, &code) && (code == run.ExitOK || code == run.ExitUndetermined)
}

// results is stdout, and the first error of writing to it.
type results struct {
	io.Writer
	err error
}

func (r *results) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if r.err == nil {
		r.err = err
	}
	return n, err
}

// asksJSON reports whether a command line that could not be parsed asks for
// --log-format json, so that the error about it is written that way, too.
func asksJSON(args []string) bool {
	if slices.Contains(args, "--log-format=json") {
		return true
	}
	at := slices.Index(args, "--log-format")
	return at >= 0 && at+1 < len(args) && args[at+1] == "json"
}

var rootText = text{
	use:   "ringfence",
	short: "Verify what an MSP promised its clients against what their tenants are",
	long: `ringfence reads client tenants (Microsoft Graph, Azure), judges them with Rego
policies against what each client was promised, and signs the result as OSCAL.
It never changes a tenant, and it never attests: people do.`,
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           rootText.use,
		Short:         rootText.short,
		Long:          rootText.long,
		Version:       run.ToolVersion + " (engine " + engine.Version + ")",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.started = true
			return a.checkFormats(c)
		},
	}

	root.PersistentFlags().StringVar(&a.format, "format", "text", "output on stdout: text or json")
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "progress on stderr: text or json")
	root.AddCommand(
		a.demo(), a.audit(), a.preflight(), a.collect(), a.snapshot(), a.evaluate(), a.verify(),
		a.fleet(), a.access(), a.keys(), a.policy(), a.emulator(), a.importResults(),
	)

	completions(root)
	flags.Strict(root)

	return root
}

// formatsKey is the annotation of a verb that has formats beside text and json.
const formatsKey = "formats"

func (a *app) checkFormats(c *cobra.Command) error {
	if a.logFormat != "text" && a.logFormat != "json" {
		return usage("use text or json", "--log-format %q is not a format", a.logFormat)
	}

	formats := append([]string{"text", "json"}, strings.Fields(c.Annotations[formatsKey])...)
	if !slices.Contains(formats, a.format) {
		return usage("use "+strings.Join(formats, " or "), "--format %q is not a format", a.format)
	}
	return nil
}

// text is what the help of a verb says.
type text struct{ use, short, long, example string }

// verb makes a command of its text, the arguments that it takes beside flags, and
// what it does.
func verb(
	t text, args cobra.PositionalArgs, run func(ctx context.Context, args []string) error,
) *cobra.Command {
	return &cobra.Command{
		Use:     t.use,
		Short:   t.short,
		Long:    t.long,
		Example: t.example,
		Args:    args,
		RunE:    func(c *cobra.Command, args []string) error { return run(c.Context(), args) },
	}
}

// group is a verb that only holds others. Alone it prints its help; anything
// else behind it is an error, which cobra by itself would not report.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, RunE: onlyHelp}
	c.AddCommand(verbs...)
	return c
}

func onlyHelp(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownVerb(c, args[0])
	}
	return c.Help()
}

func unknownVerb(c *cobra.Command, name string) error {
	hint := fmt.Sprintf("see %q", c.CommandPath()+" --help")
	return usage(hint, "unknown command %q for %q", name, c.CommandPath())
}

// replaceHelpers makes cobra's own verbs, help and completion, refuse what they do
// not know. They would print their usage and end with exit code 0.
func replaceHelpers(root *cobra.Command) {
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			switch {
			case err != nil || c == nil:
				return unknownVerb(root, strings.Join(args, " "))
			case len(rest) > 0:
				return unknownVerb(c, rest[0])
			}

			c.InitDefaultHelpFlag()
			return c.Help()
		},
	})

	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()

	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.RunE, c.Args = onlyHelp, cobra.ArbitraryArgs
	}
}

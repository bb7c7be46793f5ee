package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ringfence/engine"
	"ringfence/internal/flags"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

// app is what every verb shares: where results and errors go, and the flags
// that all of them have.
type app struct {
	stdout, stderr io.Writer
	format         string
	logFormat      string
	quiet          bool // warnings about the fleet file are not shown: the demo's own
	started        bool // a verb took over: an error is not one of usage any more
	makeLog        sync.Once
	logger         *slog.Logger
}

// execute runs one command line and returns the exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	out := &results{Writer: a.stdout}
	a.stdout = terminal.Writer{To: out}
	root := a.root()
	helpers(root)
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(terminal.Writer{To: a.stderr})

	err := root.ExecuteContext(ctx)
	if f := (*failure)(nil); err != nil && !a.started && !errors.As(err, &f) {
		err = usage(`see "ringfence --help"`, "%w", err)
	}

	if !a.started && asksJSON(args) {
		a.logFormat = "json"
	}

	if code := exit(0); out.err != nil && (err == nil || errors.As(err, &code) && (code == run.ExitOK || code == run.ExitUndetermined)) {
		err = broken("", "the result cannot be written: %w", out.err)
	}

	return a.report(ctx, err)
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

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return (&app{stdout: stdout, stderr: stderr}).execute(ctx, args)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ringfence",
		Short: "Verify what an MSP promised its clients against what their tenants are",
		Long: `ringfence reads client tenants (Microsoft Graph, Azure), judges them with Rego
policies against what each client was promised, and signs the result as OSCAL.
It never changes a tenant, and it never attests: people do.`,
		Version:       run.ToolVersion + " (engine " + engine.Version + ")",
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.started = true
			return a.checkFormats()
		},
	}

	root.PersistentFlags().StringVar(&a.format, "format", "text", "output on stdout: text or json")
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "progress on stderr: text or json")
	root.AddCommand(a.demo(), a.audit(), a.collect(), a.snapshot(), a.evaluate(), a.verify(),
		a.fleet(), a.keys(), a.policy(), a.emulator())
	completions(root)
	flags.Strict(root)

	return root
}

// group is a verb that only holds others. Alone it prints its help; anything
// else behind it is an error, which cobra by itself would not say.
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
	return usage(fmt.Sprintf("see %q", c.CommandPath()+" --help"), "unknown command %q for %q", name, c.CommandPath())
}

// helpers are cobra's own verbs, help and completion, which would answer what
// they do not know with their usage and exit code 0.
func helpers(root *cobra.Command) {
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help about any command",
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

func (a *app) checkFormats() error {
	for name, v := range map[string]string{"format": a.format, "log-format": a.logFormat} {
		if v != "text" && v != "json" {
			return usage("use text or json", "--%s %q is not a format", name, v)
		}
	}
	return nil
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

// rawJSON prints a JSON text: the same value, and nothing a terminal obeys.
func (a *app) rawJSON(text []byte) error {
	_, err := a.stdout.Write(terminal.JSON(text))
	return err
}

// engine compiles the policy set: the built-in one, or a folder.
func (a *app) engine(dir string) (*engine.Engine, error) {
	if dir == "" {
		e, err := engine.Load(policies.FS)
		if err != nil {
			return nil, broken("", "the built-in policies: %w", err)
		}
		return e, nil
	}

	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usage("--policies takes a folder that holds <pack>/<family>/<control>/*.rego", "%s is no folder", dir)
	}

	hint := "mend the policy, or leave --policies out to use the built-in set"

	if name := oddName(os.DirFS(dir)); name != "" {
		return nil, broken(hint, "policies in %s: the file name %q holds characters that nobody sees", dir, name)
	}

	e, err := engine.Load(os.DirFS(dir))
	if err != nil {
		what, more, _ := strings.Cut(err.Error(), "\n")
		return nil, &failure{code: run.ExitTool, err: fmt.Errorf("policies in %s: %s", dir, what), hint: hint, detail: more}
	}

	return e, nil
}

// oddName finds a file whose name is no text to read: a compiler's message about
// it, of several lines, could not be told from ours.
func oddName(set fs.FS) (found string) {
	fs.WalkDir(set, ".", func(name string, _ fs.DirEntry, err error) error {
		if terminal.Safe(name) != name {
			found = name
			return fs.SkipAll
		}
		return nil // what cannot be read is the engine's to say
	})

	return found
}

// fleetFile loads and checks a fleet file. Warnings go to stderr; errors are
// printed there with their snippets and end the verb. e may be nil: then what
// depends on the controls is not checked.
func (a *app) fleetFile(path string, e *engine.Engine) (*fleetfile.Fleet, error) {
	f, _, err := a.checkFleet(path, e)
	return f, err
}

// checkFleet also returns the diagnostics: nil if there is no file to load.
func (a *app) checkFleet(path string, e *engine.Engine) (*fleetfile.Fleet, *fleetfile.Diagnostics, error) {
	if path == "" {
		return nil, nil, usage("--fleet FILE, or a folder of *.hcl", "no fleet file is given")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, usage("--fleet takes a file, or a folder of *.hcl", "%w", err)
	}

	f, diags := fleetfile.Load(path)
	return a.checkLoaded(path, f, diags, e)
}

// engineAndFleet is engine and fleetFile, side by side: each takes a while
// before the first client can be judged.
func (a *app) engineAndFleet(policies, path string) (*engine.Engine, *fleetfile.Fleet, error) {
	var f *fleetfile.Fleet
	var diags *fleetfile.Diagnostics
	loaded := make(chan struct{})
	go func() {
		f, diags = fleetfile.Load(path)
		close(loaded)
	}()

	e, err := a.engine(policies)
	<-loaded

	if err != nil {
		return nil, nil, err
	}

	if _, err := os.Stat(path); err != nil {
		f, err = a.fleetFile(path, e) // says what is wrong with the path
		return e, f, err
	}

	f, _, err = a.checkLoaded(path, f, diags, e)
	return e, f, err
}

func (a *app) checkLoaded(path string, f *fleetfile.Fleet, diags *fleetfile.Diagnostics, e *engine.Engine) (*fleetfile.Fleet, *fleetfile.Diagnostics, error) {
	if diags == nil {
		diags = &fleetfile.Diagnostics{}
	}

	if !diags.HasErrors() && e != nil {
		diags = diags.Join(f.Check(known(e)))
	}

	if diags.HasErrors() || len(diags.All()) > 0 && !a.quiet {
		if err := a.diagnose(diags); err != nil {
			return nil, diags, err
		}
	}

	if diags.HasErrors() {
		return nil, diags, usage("the messages above name file, line and what to write instead", "%s is not valid", path)
	}

	return f, diags, nil
}

func known(e *engine.Engine) fleetfile.Known {
	k := fleetfile.Known{Controls: e.Controls(), Reads: map[string]bool{}, AsOf: time.Now()}
	for _, c := range k.Controls {
		p, _ := e.Plan(c.ID)
		for _, name := range p.Promises() {
			k.Reads[name] = true
		}
	}

	return k
}

// labels resolves --client flags; none means all clients that are not
// off-boarded.
func labels(f *fleetfile.Fleet, given []string) ([]string, error) {
	for _, l := range given {
		if _, ok := f.Client(l); !ok {
			return nil, usage(`"ringfence fleet show" lists the clients`, "the fleet file has no client %q", l)
		}
	}

	if len(given) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(given))), nil
	}

	var all []string
	for _, c := range f.Clients {
		if c.State != "offboarded" {
			all = append(all, c.Name)
		}
	}

	return all, nil
}

// floors are the flags that say which findings count for the exit code.
func floorFlags(c *cobra.Command, f *run.Floors) {
	c.Flags().StringVar(&f.FailOn, "fail-on", "low", "lowest severity of a not-satisfied finding that makes the exit code 3")
	c.Flags().StringVar(&f.UndeterminedOn, "undetermined-on", "low", "lowest severity of an undetermined finding that makes the exit code 4")
}

func checkFloors(f run.Floors) error {
	for name, v := range map[string]string{"fail-on": f.FailOn, "undetermined-on": f.UndeterminedOn} {
		if !severity(v) {
			return usage("use low, medium, high or critical", "--%s %q is not a severity", name, v)
		}
	}
	return nil
}

// exitHelp is the part of a verb's help that a pipeline is written from.
const exitHelp = `

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  everything is satisfied or not applicable
    1  the tool or a policy failed
    2  usage or configuration
    3  a finding at or above --fail-on is not satisfied and not excepted
    4  something at or above --undetermined-on is undetermined
    5  evidence does not verify
  130  interrupted`

func parseAsOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}

	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.IsZero() { // zero would mean "now"
		return t, usage("write it like 2026-11-23T12:00:00Z", "--as-of %q is not an RFC 3339 time", s)
	}

	return t.UTC().Truncate(time.Second), nil
}

// passphrase finds the key's passphrase: a file, the environment, the terminal.
// None is an error, never an empty one.
func passphrase(file string) ([]byte, error) { return askPassphrase(file, false) }

// newPassphrase is passphrase for a key that is being made: the terminal asks
// twice, since a slip would lose the key.
func newPassphrase(file string) ([]byte, error) { return askPassphrase(file, true) }

func askPassphrase(file string, twice bool) ([]byte, error) {
	if file != "" {
		b, err := inputfile.Read(file)
		if err != nil {
			return nil, usage("--passphrase-file takes a file that holds nothing but the passphrase", "%w", err)
		}
		if b = []byte(strings.TrimRight(string(b), "\r\n")); len(b) == 0 {
			return nil, usage("", "%s holds no passphrase", file)
		}

		return b, nil
	}

	if s := os.Getenv("RINGFENCE_KEY_PASSPHRASE"); s != "" {
		return []byte(s), nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usage("give --passphrase-file FILE or set RINGFENCE_KEY_PASSPHRASE", "no passphrase for the key")
	}

	secret, err := typed("Passphrase of the key: ")
	if err != nil || !twice {
		return secret, err
	}

	again, err := typed("The same again: ")
	if err == nil && !bytes.Equal(secret, again) {
		err = usage("", "the two passphrases differ")
	}

	return secret, err
}

func typed(prompt string) ([]byte, error) {
	fmt.Fprint(os.Stderr, prompt) // our own text, to a terminal
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr) // our own text

	if err != nil || len(b) == 0 {
		return nil, usage("", "no passphrase for the key")
	}

	return b, nil
}

// signer loads the machine's key; "" means that results stay unsigned.
func signer(ref, passphraseFile string) (*attest.Key, error) {
	if ref == "" {
		return nil, nil
	}

	pem, err := inputfile.Read(ref)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage(`"ringfence keys init --dir ./keys" makes one`, "--key: %w", err)
	}
	if err != nil {
		return nil, usage("", "--key: %w", err)
	}

	secret, err := passphrase(passphraseFile)
	if err != nil {
		return nil, err
	}

	key, err := attest.LoadKey(pem, secret)
	if err != nil {
		return nil, usage("is this the right passphrase?", "--key %s: %w", ref, err)
	}

	return key, nil
}

package flags_test

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ringfence/internal/flags"
)

// program has a flag of every kind that ours have.
func program(ran *bool) *cobra.Command {
	var text, global string
	var list, raw []string
	var number int
	var yes bool
	root := &cobra.Command{Use: "p", SilenceErrors: true, SilenceUsage: true}
	verb := &cobra.Command{
		Use:  "v",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { *ran = true; return nil },
	}
	root.PersistentFlags().StringVar(&global, "global", "text", "")
	verb.Flags().StringVar(&text, "text", "", "some text")
	verb.Flags().StringSliceVar(&list, "list", nil, "a list")
	verb.Flags().StringArrayVar(&raw, "raw", nil, "files")
	verb.Flags().IntVar(&number, "number", 12, "")
	verb.Flags().BoolVar(&yes, "yes", false, "")
	root.AddCommand(verb)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	flags.Strict(root)

	return root
}

func TestStrict(t *testing.T) {
	for line, want := range map[string]string{
		"v":                                "",
		"v|--text|x|--list|a,b|--list|c":   "",
		"v|--raw|a|--raw|b,,c|--yes":       "",
		"v|--text|x|--text=x":              "",
		"v|--text|":                        `"--text" flag: it is set but empty`,
		"v|--text=":                        `"--text" flag: it is set but empty`,
		"v|--text| \t":                     "set but empty",
		"v|--list|":                        `"--list" flag: it is set but empty`,
		"v|--list|a,,b":                    "set but empty",
		"v|--list|a|--list|":               "set but empty",
		"v|--raw|a|--raw|":                 `"--raw" flag: it is set but empty`,
		"v|--number|":                      "set but empty",
		"v|--global|":                      `"--global" flag: it is set but empty`,
		"--global||v":                      `"--global" flag: it is set but empty`,
		"v|--text|x|--text|y":              `"--text" flag: it is set twice, the first time to "x"`,
		"v|--global|json|--global|text":    "set twice",
		"v|--number|1|--number|2":          "set twice",
		"v|--number|x":                     "invalid syntax",
		"v|--yes=":                         "set but empty",
		"--global|json|v|--global=json|-h": "",
	} {
		ran := false
		root := program(&ran)
		root.SetArgs(strings.Split(line, "|"))

		err := root.Execute()
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", line, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", line, err, want)
		case want != "" && ran:
			t.Errorf("%q ran", line)
		}
	}
}

// TestHelp: help does not show what the wrapping adds.
func TestHelp(t *testing.T) {
	verb, _, err := program(new(bool)).Find([]string{"v"})
	if err != nil {
		t.Fatal(err)
	}

	text := verb.Flags().FlagUsages()
	for _, want := range []string{
		"--text string       some text\n",
		"--list strings      a list\n",
		"--raw stringArray   files\n",
		"(default 12)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

package main

import (
	"errors"
	"os"
	"path/filepath"

	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

const prepared = `Prepared, not signed: %[1]s
Sign it with your own key, and put your public key beside the bundle:
  mkdir -p %[2]s
  cosign attest-blob --key YOUR-KEY --statement %[1]s --bundle %[3]s ` +
	`--use-signing-config=false --tlog-upload=false --yes
  cosign public-key --key YOUR-KEY > %[4]s
`

// prepare is attest up to the signature: the statement goes to a file, and
// stock cosign signs it. Nothing here needs a key, so nothing here is a review.
func (x *command) prepare(dir string) error {
	fleet, err := x.loadFleet()
	if err != nil {
		return err
	}
	if x.key != "" {
		return usage("leave out --key, or --prepare", "--prepare signs nothing, so it takes no key")
	}

	who, err := reviewerNamed(x.reviewer, fleet)
	if err != nil {
		return err
	}

	r, err := openRun(dir, fleet)
	if err != nil {
		return err
	}

	statement, err := x.statement(newPrompt(x.in, x.out), r, who)
	if err != nil {
		return err
	}
	if err := writeNew(x.prepared, statement); err != nil {
		return usage("--prepare takes a file that is not there yet", "%w", err)
	}

	in := func(name string) string { return filepath.Join(dir, name) }
	_, err = terminal.Printf(x.out, prepared,
		x.prepared, in(layout.ReviewDir), in(layout.Review(who.Name)), in(layout.ReviewKey(who.Name)))
	return err
}

// reviewerNamed finds a reviewer of the fleet file by name.
func reviewerNamed(name string, fleet *fleetfile.Fleet) (who attest.ReviewerKey, err error) {
	for _, r := range fleet.Reviewers {
		if r.Name == name {
			return attest.ReviewerKey{Name: r.Name, SPKI: r.KeySHA256}, nil
		}
	}

	if name == "" {
		return who, usage("see --help", "--prepare needs --reviewer NAME: whose statement it is")
	}

	return who, usage("the fleet file's reviewer blocks name them", "no reviewer %q in the fleet file", name)
}

// writeNew writes a file that is not there yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}

	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringfence/internal/fleetfile"
	"ringfence/oscal/attest"
)

type keyFlags struct {
	dir, passphraseFile string
	reviewer            string // label of the reviewer block; "" for a machine
}

// unnamedReviewer is the label that is shown where --reviewer names none.
const unnamedReviewer = "your-name"

var keysInitText = text{
	use:   "init --dir DIR",
	short: "Make a key pair: machine.key (encrypted) and machine.pub",
	long: `Makes an ECDSA P-256 key pair. The private key is encrypted under a passphrase
and stock cosign reads it. Nothing is overwritten. It prints what the fleet file
needs: a line of machine_keys for the machine that audits; with --reviewer, which
names the files reviewer.key and reviewer.pub, the reviewer block of a person. A
person's key is made on their own computer, and no machine has it.`,
	example: `  ringfence keys init --dir ./keys --passphrase-file /run/secrets/ringfence
  ringfence keys init --reviewer=security-lead --dir ~/ringfence-key`,
}

func (a *app) keys() *cobra.Command {
	var f keyFlags
	initialise := verb(keysInitText, cobra.NoArgs, func(context.Context, []string) error {
		return a.runKeysInit(f)
	})

	flags := initialise.Flags()
	flags.StringVar(&f.dir, "dir", "keys", "folder for the pair")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "",
		"file with the passphrase (or set RINGFENCE_KEY_PASSPHRASE)")
	flags.StringVar(&f.reviewer, "reviewer", "",
		"a person's key, to sign reviews with; =`NAME` is the reviewer's label")
	flags.Lookup("reviewer").NoOptDefVal = unnamedReviewer

	return group("keys", "Signing keys, and the ledger of a client's encryption keys", initialise, a.keysLedger())
}

func (a *app) runKeysInit(f keyFlags) error {
	name := "machine"
	if f.reviewer != "" {
		name = "reviewer"
		if !fleetfile.IsLabel(f.reviewer) {
			return usage(hintLabel, "--reviewer=%s is no label of a fleet file", f.reviewer)
		}
	}

	secret, err := newPassphrase(f.passphraseFile)
	if err != nil {
		return err
	}

	key, err := makeKey(f.dir, name, secret)
	if err != nil {
		return err
	}

	spki := key.Public().SPKI()
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.key/1", "dir": f.dir, "kind": name, "key_sha256": spki,
		})
	}

	a.printf("%s and %s\n", filepath.Join(f.dir, name+".key"), filepath.Join(f.dir, name+".pub"))
	if f.reviewer != "" {
		return a.printf(reviewerBlock, f.reviewer, spki)
	}

	return a.printf("Add this to the fleet file's msp block:\n  machine_keys = [%q]\n", spki)
}

// reviewerBlock is what a reviewer adds to the fleet file: label, digest of the key.
const reviewerBlock = `Add this to the fleet file, with your own name, address and side. Reviews count
under this key from then on; "ringfence-attest --key" signs them.

reviewer %q {
  email      = "you@example.com"
  org        = "msp" # or "client"
  key_sha256 = %q
}
`

// makeKey writes a new key pair: <name>.key, encrypted, and <name>.pub.
func makeKey(dir, name string, secret []byte) (*attest.Key, error) {
	private, public, err := attest.GenerateKey(secret)
	if err != nil {
		return nil, err
	}

	key, err := attest.LoadKey(private, secret)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, usage("--dir takes a folder that can be written", "%w", err)
	}
	if err := writeNew(filepath.Join(dir, name+".key"), private, 0o600); err != nil {
		return nil, err
	}

	return key, writeNew(filepath.Join(dir, name+".pub"), public, 0o644)
}

func writeNew(name string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return usage(hintOldKey, "%s exists and is not overwritten", name)
	}
	if err != nil {
		return err
	}

	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

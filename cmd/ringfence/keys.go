package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringfence/oscal/attest"
)

func (a *app) keys() *cobra.Command {
	var dir, passphraseFile string
	initialise := &cobra.Command{
		Use:   "init --dir DIR",
		Short: "Make a key pair: machine.key (encrypted) and machine.pub",
		Long: `Makes an ECDSA P-256 key pair. The private key is encrypted under a passphrase
and stock cosign reads it. Nothing is overwritten.`,
		Example: "  ringfence keys init --dir ./keys --passphrase-file /run/secrets/ringfence",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			secret, err := newPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			key, err := makeKey(dir, secret)
			if err != nil {
				return err
			}
			spki := key.Public().SPKI()
			if a.format == "json" {
				return a.json(map[string]any{"schema": "ringfence.key/1", "dir": dir, "key_sha256": spki})
			}
			fmt.Fprintf(a.stdout, "%s and %s\nAdd this to the fleet file's msp block:\n  machine_keys = [%q]\n",
				filepath.Join(dir, "machine.key"), filepath.Join(dir, "machine.pub"), spki)
			return nil
		},
	}
	initialise.Flags().StringVar(&dir, "dir", "keys", "folder for the pair")
	initialise.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase (or set RINGFENCE_KEY_PASSPHRASE)")
	return group("keys", "The machine's signing key", initialise)
}

// makeKey writes a new key pair: machine.key, encrypted, and machine.pub.
func makeKey(dir string, secret []byte) (*attest.Key, error) {
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
	if err := writeNew(filepath.Join(dir, "machine.key"), private, 0o600); err != nil {
		return nil, err
	}
	return key, writeNew(filepath.Join(dir, "machine.pub"), public, 0o644)
}

func writeNew(name string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return usage("move the old key away first: results that it signed need its public half", "%s exists and is not overwritten", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/term"

	"ringfence/internal/inputfile"
	"ringfence/oscal/attest"
)

// signer loads the machine's key; a name of "" means that results stay unsigned.
func (a *app) signer(name, passphraseFile string) (*attest.Key, error) {
	if name == "" {
		return nil, nil
	}

	pem, err := inputfile.Read(name)
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

	key, err := a.loadKey(pem, secret)
	if err != nil {
		return nil, usage("is this the right passphrase?", "--key %s: %w", name, err)
	}

	return key, nil
}

// passphrase finds the key's passphrase: a file, the environment, the terminal.
// None is an error, never an empty one.
func passphrase(file string) ([]byte, error) { return askPassphrase(file, false) }

// newPassphrase is passphrase for a key that is being made: the terminal asks
// twice, since a slip would lose the key.
func newPassphrase(file string) ([]byte, error) { return askPassphrase(file, true) }

func askPassphrase(file string, twice bool) ([]byte, error) {
	if file != "" {
		return readPassphrase(file)
	}
	if s := os.Getenv("RINGFENCE_KEY_PASSPHRASE"); s != "" {
		return []byte(s), nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usage(hintPassphrase, "no passphrase for the key")
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

func readPassphrase(file string) ([]byte, error) {
	text, err := inputfile.Read(file)
	if err != nil {
		return nil, usage("--passphrase-file takes a file that holds nothing but the passphrase", "%w", err)
	}

	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return nil, usage("", "%s holds no passphrase", file)
	}

	return []byte(secret), nil
}

// typed asks on the terminal for a text that is not shown.
func typed(prompt string) ([]byte, error) {
	fmt.Fprint(os.Stderr, prompt) // our own text, to a terminal
	secret, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr) // our own text

	if err != nil || len(secret) == 0 {
		return nil, usage("", "no passphrase for the key")
	}

	return secret, nil
}

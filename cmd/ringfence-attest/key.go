package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/term"

	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

// loadKey opens the human's key and finds out whose it is. The key must be in
// the fleet file's roster, once, and must be no machine's.
func (x *command) loadKey(fleet *fleetfile.Fleet) (*attest.Key, attest.ReviewerKey, error) {
	var who attest.ReviewerKey
	if scheme, _, ok := strings.Cut(x.key, "://"); ok {
		return nil, who, usage("`cosign attest-blob --key "+scheme+"://… --statement` signs with it",
			"keys at %s:// are not supported here", scheme)
	}

	data, err := inputfile.Read(x.key)
	if err != nil {
		return nil, who, usage("", "reading the key: %w", err)
	}

	passphrase, err := x.passphrase()
	if err != nil {
		return nil, who, err
	}

	key, err := attest.LoadKey(data, passphrase)
	if err != nil {
		return nil, who, usage("", "%s: %w", x.key, err)
	}

	who, err = reviewerOf(key.Public(), fleet)
	if err != nil {
		return nil, who, err
	}
	if x.reviewer != "" && x.reviewer != who.Name {
		return nil, who, usage("", "the key is that of reviewer %q, not %q", who.Name, x.reviewer)
	}

	return key, who, nil
}

// reviewerOf is the one reviewer of the fleet file who has the key.
func reviewerOf(key *attest.PublicKey, fleet *fleetfile.Fleet) (who attest.ReviewerKey, err error) {
	spki := key.SPKI()
	same := func(other string) bool { return strings.EqualFold(other, spki) }
	var names []string
	for _, r := range fleet.Reviewers {
		if same(r.KeySHA256) {
			names = append(names, r.Name)
		}
	}

	switch {
	case slices.ContainsFunc(fleet.MSP.MachineKeys, same):
		return who, usage("a reviewer needs a key of their own",
			"key %s is a machine key: no machine reviews", spki)
	case len(names) == 0:
		hint := "add key_sha256 = \"" + spki + "\" to your reviewer block, if it is yours"
		return who, usage(hint, "key %s is that of no reviewer in the fleet file", spki)
	case len(names) > 1:
		return who, usage("", "key %s belongs to several reviewers: %s", spki, strings.Join(names, ", "))
	}

	return attest.ReviewerKey{Name: names[0], SPKI: spki, Key: key}, nil
}

// passphrase is that of the key: from the file that was named, the environment, or
// the human.
func (x *command) passphrase() ([]byte, error) {
	if x.passphraseFile != "" {
		data, err := inputfile.Read(x.passphraseFile)
		if err != nil {
			return nil, usage("", "reading the passphrase: %w", err)
		}
		return bytes.TrimRight(data, "\r\n"), nil
	}

	if p := x.getenv("RINGFENCE_KEY_PASSPHRASE"); p != "" {
		return []byte(p), nil
	}

	terminal.Printf(x.out, "Passphrase of %s: ", x.key)
	p, err := term.ReadPassword(int(x.in.Fd()))
	fmt.Fprintln(x.out)

	if err != nil {
		return nil, &failure{exitInterrupted, errors.New("no passphrase was given"), ""}
	}

	return p, nil
}

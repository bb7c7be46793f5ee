package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringfence/internal/fleetjoin"
)

var fleetKeyText = text{
	use:   "key FILE",
	short: "Make the key under which clients are compared with each other",
	long: `Writes 32 random bytes, as hexadecimal digits, to a file that only you can read.
With it in the fleet file (fleet_key), an audit finds what clients have in common
and who of one reaches another, without showing any client who the others are.
Whoever has the key can tell. Nothing is overwritten: under a new key others have
new names in each client's results, so keep the old one as long as you may have to
say who was meant.`,
	example: "  ringfence fleet key fleet.key",
}

func (a *app) fleetKey() *cobra.Command {
	return verb(fleetKeyText, cobra.ExactArgs(1), func(_ context.Context, args []string) error {
		return a.runFleetKey(args[0])
	})
}

func (a *app) runFleetKey(file string) error {
	id, err := makeFleetKey(file)
	if err != nil {
		return err
	}

	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.fleet-key/1", "file": file, "id": id})
	}
	return a.printf("%s\nAdd this to the fleet file's msp block, with the path from the fleet file to the key:\n"+
		"  fleet_key = %q\n", file, filepath.Base(file))
}

// makeFleetKey writes a new fleet key and returns its id, which says nothing of it.
func makeFleetKey(file string) (id string, err error) {
	secret := make([]byte, 32)
	rand.Read(secret)
	if err := writeNew(file, []byte(hex.EncodeToString(secret)+"\n"), 0o600); err != nil {
		return "", err
	}

	key, err := fleetjoin.ReadKey(file)
	if err != nil {
		os.Remove(file)
		return "", err
	}
	return key.ID(), nil
}

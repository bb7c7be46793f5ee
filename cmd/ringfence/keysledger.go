package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/internal/keyledger"
)

var keysLedgerText = text{
	use:   "ledger CLIENT",
	short: "Whose key encrypts what, where it is, and who can use it",
	long: `Prints the key ledger of a client's newest snapshot: each encrypted resource with
the key that it uses and that key's owner, the key vaults and managed HSMs, and
who can use, administer, purge or copy their keys. It judges nothing: controls
do. A dash is what the evidence does not say; below each table stands what was
not seen of the evidence behind it.`,
	example: `  ringfence keys ledger fabrikam --fleet fleet.hcl
  ringfence keys ledger fabrikam --fleet fleet.hcl --format json`,
}

func (a *app) keysLedger() *cobra.Command {
	var f exportFlags
	c := verb(keysLedgerText, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		f.client = args[0]
		return a.runKeysLedger(ctx, f)
	})

	flags := c.Flags()
	fleetFlag(c, &f.fleet)
	flags.StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	flags.StringVar(&f.snapshot, "snapshot", "", "a snapshot folder of the client, instead of the store")
	flags.StringVar(&f.asOf, "as-of", "", "the time to look from (default: when the snapshot was collected)")
	f.policies.add(c)

	return c
}

func (a *app) runKeysLedger(ctx context.Context, f exportFlags) error {
	client := f.client
	if f.snapshot != "" {
		f.client = "" // it says itself whose it is
	}
	snap, err := f.source()
	if err != nil {
		return err
	}
	if is := snap.Manifest.Client; is != client {
		return usage(hintOwner, "the snapshot is of client %s, not of %s", is, client)
	}

	e, promise, asOf, err := a.judging(snap, f)
	if err != nil {
		return err
	}

	ledger, err := keyledger.Read(ctx, e, snap, promise, asOf)
	if err != nil {
		return exportError(err)
	}
	if a.format == "json" {
		return a.json(ledger)
	}

	return a.printLedger(ledger)
}

func (a *app) printLedger(l *keyledger.Ledger) error {
	a.printf("Key ledger of %s, snapshot %s, as of %s\n", l.Client, l.Snapshot, l.AsOf)

	a.print("\nEncrypted resources\n\n")
	t := table(a.stdout, "RESOURCE", "KIND", "KEY HELD BY", "OWNER", "HARDWARE", "KEY")
	for _, r := range l.Resources.Rows {
		tableRow(t, r.Resource, r.Kind, r.HeldBy, orDash(r.Owner), yesOrNo(r.Hardware), orDash(r.Key))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	a.printMissing(l.Resources.Missing, len(l.Resources.Rows))

	a.print("\nKey vaults and managed HSMs\n\n")
	t = table(a.stdout, "NAME", "KIND", "OF THE CLIENT", "PURGE PROTECTION", "PUBLIC", "GOVERNED BY", "STORE")
	for _, s := range l.Stores.Rows {
		tableRow(t, s.Name, s.Kind, yesOrNo(&s.Ours), yesOrNo(&s.PurgeProtection), yesOrNo(s.Public), s.Access, s.Store)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	a.printMissing(l.Stores.Missing, len(l.Stores.Rows))

	a.print("\nWho can do what with the keys\n\n")
	t = table(a.stdout, "STORE", "WHO", "CAN", "WHEN", "THROUGH")
	for _, x := range l.Access.Rows {
		store := x.Store[strings.LastIndexByte(x.Store, '/')+1:]
		tableRow(t, store, cmp.Or(x.Name, x.Principal), x.Can, x.When, x.Through)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	a.printMissing(l.Access.Missing, len(l.Access.Rows))

	a.print("\nWhat no API says\n\n")
	for _, note := range l.Notes {
		a.print("- " + paragraph(note, "") + "\n")
	}
	return nil
}

// printMissing says below a table whether it is all that there is.
func (a *app) printMissing(missing []string, rows int) {
	switch {
	case len(missing) > 0:
		a.print("\nNot known to be all, not seen:\n")
		for _, m := range missing {
			a.printf("- %s\n", m)
		}
	case rows == 0:
		a.print("none: the evidence is complete\n")
	}
}

func orDash(s string) string { return cmp.Or(s, "-") }

func yesOrNo(b *bool) string {
	switch {
	case b == nil:
		return "-"
	case *b:
		return "yes"
	}
	return "no"
}

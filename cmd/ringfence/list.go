package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder"
)

type listFlags struct{ data, client string }

var listText = text{
	use:   "list",
	short: "List the snapshots in the store, and the runs that judged each",
	long: `Lists each client's snapshots, oldest first: when they were collected, their digest
(whose beginning "snapshot diff" takes), how many documents they hold, which datasets
are incomplete, and the runs that judged them. A manifest that was changed is shown,
and makes the exit code 5; documents are not read.`,
	example: "  ringfence snapshot list --data ./ringfence-data --client fabrikam",
}

func (a *app) snapshotList() *cobra.Command {
	var f listFlags
	c := verb(listText, cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.runList(ctx, f) })
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	c.Flags().StringVar(&f.client, "client", "", `only this client; "fleet" is the MSP's own tenant (default: all)`)

	return c
}

// storedSnapshot is one snapshot of the store.
type storedSnapshot struct {
	Client      string   `json:"client"`
	CollectedAt string   `json:"collected_at,omitempty"`
	Snapshot    string   `json:"snapshot"` // digest
	Datasets    int      `json:"datasets"`
	Documents   int      `json:"documents"`
	Incomplete  []string `json:"incomplete"` // datasets
	Runs        []string `json:"runs"`       // ids
	Problem     string   `json:"problem,omitempty"`
}

func (a *app) runList(ctx context.Context, f listFlags) error {
	if info, err := os.Stat(f.data); err != nil || !info.IsDir() {
		return usage(`"ringfence collect" makes one`, "--data %s is no folder", f.data)
	}

	clients := []string{f.client}
	if f.client == "" {
		var err error
		if clients, err = snapshot.Clients(f.data); err != nil {
			return err
		}
	}

	all := []storedSnapshot{}
	for _, client := range clients {
		if ctx.Err() != nil {
			return ctx.Err()
		}

		store, err := snapshot.OpenStore(f.data, client)
		if err != nil {
			return usage("--client takes a label of the fleet file", "%w", err)
		}
		snapshots, err := listStore(store, client)
		if err != nil {
			return err
		}
		all = append(all, snapshots...)
	}

	if err := a.printList(all); err != nil {
		return err
	}

	isChanged := func(l storedSnapshot) bool { return l.Problem != "" }
	if i := slices.IndexFunc(all, isChanged); i >= 0 {
		return evidence(hintStore, "client %s: %s", all[i].Client, all[i].Problem)
	}
	return nil
}

func listStore(store snapshot.Store, client string) (all []storedSnapshot, err error) {
	files, err := store.Snapshots()
	if err != nil {
		return nil, err
	}
	runs, err := runsBySnapshot(store)
	if err != nil {
		return nil, err
	}

	for _, file := range files {
		digest := snapshot.SnapshotDigest(file)
		l := storedSnapshot{Client: client, Snapshot: digest, Incomplete: []string{}, Runs: notNil(runs[digest])}
		if snap, err := store.OpenSnapshot(file); err != nil {
			l.Problem = err.Error()
		} else {
			l.count(snap.Manifest)
		}
		all = append(all, l)
	}

	return all, nil
}

func (l *storedSnapshot) count(m snapshot.Manifest) {
	l.CollectedAt, l.Datasets = m.CollectedAt, len(m.Datasets)
	for name, c := range m.Datasets {
		l.Documents += c.Count
		if !c.CompleteEverywhere() && c.WasAsked() {
			l.Incomplete = append(l.Incomplete, name)
		}
	}
	slices.Sort(l.Incomplete)
}

// runsBySnapshot are the runs of a client by the snapshot that they judged. A run
// whose record cannot be read is nobody's: "verify" says what is wrong with it.
func runsBySnapshot(store snapshot.Store) (map[string][]string, error) {
	ids, err := store.Runs()
	if err != nil {
		return nil, err
	}

	by := map[string][]string{}
	for _, id := range ids {
		folder, err := runfolder.Open(store.RunDir(id))
		if err != nil {
			continue
		}
		record, err := folder.Record()
		folder.Close()
		if err == nil {
			by[record.Snapshot] = append(by[record.Snapshot], id)
		}
	}

	return by, nil
}

func (a *app) printList(all []storedSnapshot) error {
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.snapshots/1", "snapshots": all})
	}

	t := table(a.stdout, "CLIENT", "COLLECTED", "SNAPSHOT", "DOCUMENTS", "INCOMPLETE", "RUNS")
	for _, l := range all {
		when := l.CollectedAt
		if l.Problem != "" {
			when = "CHANGED"
		}
		tableRow(t, l.Client, when, l.Snapshot, strconv.Itoa(l.Documents), few(l.Incomplete), few(l.Runs))
	}

	return t.Flush()
}

// few are the first of some names, and how many more there are.
func few(names []string) string {
	switch len(names) {
	case 0:
		return "-"
	case 1:
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder/layout"
)

// snapshotFolders lists the snapshot folders that the named folders stand for:
// themselves, or without a manifest the folders in them, by name.
func snapshotFolders(named []string) ([]string, error) {
	var dirs []string
	for _, dir := range named {
		inside := foldersIn(dir)
		if len(inside) == 0 {
			inside = []string{snapshotIn(dir)}
			if err := refuseOther(inside[0]); err != nil {
				return nil, err
			}
		}

		dirs = append(dirs, inside...)
	}

	return dirs, nil
}

// foldersIn lists the snapshots in a folder that is none but holds some. All
// folders in it count: one that is no snapshot is an error later, never left out.
func foldersIn(dir string) (dirs []string) {
	entries, err := os.ReadDir(dir)
	if err != nil || isSnapshot(snapshotIn(dir)) {
		return nil
	}

	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if info, err := os.Stat(sub); err != nil || info.IsDir() {
			dirs = append(dirs, snapshotIn(sub))
		}
	}

	if !slices.ContainsFunc(dirs, isSnapshot) {
		return nil
	}

	return dirs
}

// snapshotIn is the folder itself, or of a run folder the snapshot in it.
func snapshotIn(dir string) string {
	if _, err := os.Lstat(filepath.Join(dir, layout.Run)); err == nil {
		return filepath.Join(dir, layout.SnapshotDir)
	}
	return dir
}

// judged leaves out the snapshots that no control of the set is about: the MSP's
// own, or those of clients. A snapshot that cannot be opened is kept, so that it is
// an error later.
func (a *app) judged(dirs []string, e *engine.Engine, f *fleetfile.Fleet) ([]string, error) {
	if e.Judges(intent.FleetKind) && e.Judges(intent.ClientKind) {
		return dirs, nil
	}

	var kept, left []string
	for _, dir := range dirs {
		if kind, known := kindOf(dir, f); known && !e.Judges(kind) {
			left = append(left, dir)
		} else {
			kept = append(kept, dir)
		}
	}

	if len(kept) == 0 {
		return nil, usage(hintScopes, "no control of the policy set is about %s", strings.Join(left, ", "))
	}

	if len(left) > 0 {
		a.warn("left out, since no control of the policy set is about them: %s", strings.Join(left, ", "))
	}

	return kept, nil
}

// kindOf is the kind of promise that a snapshot is judged by; known is false where
// it cannot be opened, or is not of the client or tenant that it says.
func kindOf(dir string, f *fleetfile.Fleet) (kind intent.Kind, known bool) {
	snap, err := openSnapshot(dir)
	if err != nil {
		return "", false
	}

	promise, err := f.Promise(snap.Manifest.Client)
	if err != nil {
		return "", false
	}

	return promise.Kind(), strings.EqualFold(promise.Tenant().Client.TenantID, snap.Manifest.TenantID)
}

// onePerClient refuses two snapshots of one client: both results would be called
// <out>/<client>, and the last one written would stay.
func onePerClient(dirs []string) error {
	first := map[string]string{} // client -> folder
	for _, dir := range dirs {
		client := owner(dir)
		if other, ok := first[client]; ok && client != "" {
			return usage(hintOneEach, "%s and %s are both snapshots of client %s", other, dir, client)
		}
		first[client] = dir
	}

	return nil
}

// owner is whose snapshot a folder holds, "" where that cannot be read. It reads
// the manifest up to the client's name only: openSnapshot reports what else is
// wrong with it.
func owner(dir string) string {
	path := filepath.Join(dir, snapshot.ManifestFile)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return "" // a pipe would never end
	}

	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()

	d := jsontext.NewDecoder(io.LimitReader(file, 64<<20)) // a manifest is far smaller
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}

	for d.PeekKind() == '"' {
		name, _ := d.ReadToken()
		if name.String() == "client" && d.PeekKind() == '"' {
			client, _ := d.ReadToken()
			return client.String()
		}
		if d.SkipValue() != nil {
			break
		}
	}

	return ""
}

func isSnapshot(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, snapshot.ManifestFile))
	return err == nil
}

// openSnapshot opens a snapshot folder that a user named.
func openSnapshot(dir string) (snapshot.Snapshot, error) {
	if err := refuseOther(dir); err != nil {
		return snapshot.Snapshot{}, err
	}

	snap, err := snapshot.OpenFolder(dir)
	switch {
	case is[*snapshot.VersionError](err):
		return snap, usage(hintVersion, "%w", err)
	case err != nil:
		return snap, evidence(hintSnapshot, "%w", err)
	}

	return snap, nil
}

// refuseOther refuses what is no snapshot at all. Then the wrong folder was named,
// which is a mistake of the user's and says nothing about evidence.
func refuseOther(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return usage(hintMake, "%w", err)
	}

	switch _, err := os.Lstat(filepath.Join(dir, snapshot.ManifestFile)); {
	case errors.Is(err, fs.ErrNotExist):
		return usage(hintSnapshot, "%s is not a snapshot: it has no %s", dir, snapshot.ManifestFile)
	case err != nil:
		return usage("", "%w", err)
	}

	return nil
}

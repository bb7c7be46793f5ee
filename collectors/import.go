package collectors

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// ImportConfig says what saved answers are whose. From holds <dataset>.json
// for datasets that are read once and <dataset>/<percent-encoded parent
// id>.json for those read per parent (a subscription is its GUID; GUIDs and ARM
// ids are taken in any case). A file is a list body, an array of page bodies, or
// a singleton's object. Objects without the page that they came on are read, but
// never complete.
type ImportConfig struct {
	Client      string    // label, required
	TenantID    string    // GUID, required
	CloudName   string    // "": public
	CollectedAt time.Time // required: when the answers were saved
	Azure       *Azure    // nil: the fleet file says nothing about Azure
	Vaults      []string  // ARM ids of the vaults that the fleet file declares
	From        fs.FS     // required
	Tool        string
	Strict      bool          // files that no dataset reads are an error
	Ignored     func(Ignored) // is told of each such file otherwise; nil: nobody
}

// Ignored is a file that no dataset reads, why, and the name that may have been
// meant ("": none is near). All three come from file names.
type Ignored struct {
	File    string `json:"file"`
	Why     string `json:"why"`
	Nearest string `json:"nearest,omitempty"`
}

// Import makes a snapshot of saved answers. It makes no client. Another
// tenant's organization (*WrongTenantError) is an error, and so is a missing
// one.
func Import(cfg ImportConfig) (snapshot.Snapshot, error) {
	if cfg.Client == "" || cfg.TenantID == "" || cfg.CollectedAt.IsZero() {
		return snapshot.Snapshot{}, &ConfigError{"importing needs a client, a tenant id and the time of collection"}
	}

	if cfg.CloudName == "" {
		cfg.CloudName = "public"
	}

	promise := snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults}
	in := importing{cfg: cfg, units: All(), material: newMaterial(cfg.TenantID, promise), parts: map[string]*parted{}}
	if err := in.readAll(); err != nil {
		return snapshot.Snapshot{}, fmt.Errorf("importing: %w", err)
	}

	datasets, err := assemble(in.units, in.material)
	if err != nil {
		return snapshot.Snapshot{}, fmt.Errorf("importing: %w", err)
	}

	if cfg.Client != snapshot.FleetClient { // the MSP keeps what it says about all of its clients
		splitImported(datasets, in.material.tenant)
	}

	return snapshot.Seal(snapshot.Manifest{
		Client: cfg.Client, TenantID: in.material.tenant, Tool: cfg.Tool, Cloud: cfg.CloudName,
	}, datasets)
}

type importing struct {
	cfg      ImportConfig
	units    []Unit
	material material
	ignored  []Ignored
	parts    map[string]*parted
}

func (in *importing) readAll() error {
	entries, err := fs.ReadDir(in.cfg.From, ".")
	if err != nil {
		return err
	}

	for _, e := range entries {
		if err := in.entry(e); err != nil {
			return err
		}
	}

	in.joinParts()
	in.strangers()

	if len(in.ignored) > 0 && in.cfg.Strict {
		var files []string
		for _, i := range in.ignored {
			files = append(files, i.String())
		}
		return &ConfigError{"no dataset reads these files: " + strings.Join(files, "; ")}
	}

	for _, i := range in.ignored {
		if in.cfg.Ignored != nil {
			in.cfg.Ignored(i)
		}
	}

	return nil
}

// String quotes what comes from file names.
func (i Ignored) String() string {
	text := fmt.Sprintf("%q: %s", i.File, i.Why)
	if i.Nearest != "" {
		text += fmt.Sprintf(" (nearest name: %q)", i.Nearest)
	}
	return text
}

// read reads one file into what its scope answered.
func (in *importing) read(r *reading, name string) error {
	r.started, r.ended = in.cfg.CollectedAt, in.cfg.CollectedAt
	f, err := in.cfg.From.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()

	data, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}

	if len(data) > maxList {
		r.stop(&snapshot.Evidence{Code: codeOversized, Message: fmt.Sprintf("the file is larger than %d bytes", maxList)})
		return nil
	}

	r.file(data)
	return nil
}

// parted is an answer whose lists lie in several files: one of the parent, and
// one of each document that is asked as well (Unit.within).
type parted struct {
	reading *reading
	whole   bool            // there is a file of the parent itself
	of      map[string]bool // the others
}

// part is the answer of a parent that a file belongs to.
func (in *importing) part(u Unit, scope, below string) *parted {
	key := u.Schema.Dataset + "/" + scope
	if in.parts[key] == nil {
		in.parts[key] = &parted{reading: u.read(scope), of: map[string]bool{}}
	}

	p := in.parts[key]

	if below == "" {
		p.whole = true
	} else {
		p.of[below] = true
	}

	return p
}

// joinParts keeps the answers that were read. Where one document has a file of
// its own, the parent and each other document need one.
func (in *importing) joinParts() {
	keys := slices.Sorted(maps.Keys(in.parts))
	for _, key := range keys {
		in.material.keep(in.parts[key].reading)
	}
	for _, key := range keys {
		r := in.parts[key].reading
		if missing := in.missing(in.parts[key]); missing != "" {
			r.stop(&snapshot.Evidence{Code: codeNoFile, Message: "there is no " + r.unit.Schema.Dataset + "/" + snapshot.ScopeFile(missing) + ".json"})
			in.material.keep(r)
		}
	}
}

// missing is a document that an answer in several files has none of, or "".
func (in *importing) missing(p *parted) string {
	switch {
	case len(p.of) == 0:
		return ""
	case !p.whole:
		return p.reading.scope
	}

	for _, d := range in.material.docs(in.units, p.reading.unit.within, p.reading.scope) {
		if !p.of[d.ID] {
			return d.ID
		}
	}
	return ""
}

// strangers are files of parents that the list of parents does not have. They
// are read all the same, since a list may have been cut.
func (in *importing) strangers() {
	for _, u := range in.units {
		if u.Schema.Parent == "" || in.material.answers[u.Schema.Parent] == nil {
			continue
		}

		known := map[string]bool{}
		for scope := range in.material.answers[u.Schema.Parent] {
			for _, d := range in.material.docs(in.units, u.Schema.Parent, scope) {
				known[d.ID] = true
			}
		}

		for _, scope := range slices.Sorted(maps.Keys(in.material.answers[u.Schema.Dataset])) {
			if !known[scope] {
				in.ignored = append(in.ignored, Ignored{File: u.Schema.Dataset + "/" + snapshot.ScopeFile(scope) + ".json",
					Why: "it is of a parent that " + u.Schema.Parent + " does not list"})
			}
		}
	}
}

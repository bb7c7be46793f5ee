package collectors

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// ImportConfig says what saved answers are whose.
type ImportConfig struct {
	// Whose tenant it is, and when its answers were saved. All are required.
	Client      string // label
	TenantID    string // GUID
	CollectedAt time.Time
	CloudName   string // "": public

	// From holds <dataset>.json for datasets that are read once, and
	// <dataset>/<percent-encoded parent id>.json for those read per parent (a
	// subscription is its GUID; GUIDs and ARM ids are taken in any case). A file is
	// a list body, an array of page bodies, or a singleton's object. Objects without
	// the page that they came on are read, but never complete. Required.
	From fs.FS

	// Format says who wrote From, one of [Formats]: "" is saved answers, as above, and
	// any other another tool's export, as package exports reads it.
	Format string

	// What becomes of files that no dataset reads: they are an error, or Ignored is
	// told of each (nil: nobody is).
	Strict  bool
	Ignored func(Ignored)

	// What the fleet file says must be visible, as in [Config].
	Azure   *Azure
	Vaults  []string
	Domains []string

	Tool string // our name and version, for the manifest
}

// Ignored is a file that no dataset reads, why, and the name that may have been
// meant ("": none is near). All three come from file names.
type Ignored struct {
	File    string `json:"file"`
	Why     string `json:"why"`
	Nearest string `json:"nearest,omitempty"`
}

// Import makes a snapshot of saved answers. It makes no client. Another
// tenant's organization ([*WrongTenantError]) is an error, and so is a missing
// one.
func Import(cfg ImportConfig) (snapshot.Snapshot, error) {
	if cfg.Client == "" || cfg.TenantID == "" || cfg.CollectedAt.IsZero() {
		return snapshot.Snapshot{}, &ConfigError{"importing needs a client, a tenant id and the time of collection"}
	}

	cfg.CloudName = cmp.Or(cfg.CloudName, "public")
	spool := snapshot.NewSpool(nil, 0) // in memory, as each file is while it is read
	promise := snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults, Domains: cfg.Domains}
	in := importing{
		cfg: cfg, material: newMaterial(cfg.TenantID, All(), promise, spool),
		answers: map[string]*savedAnswer{},
	}
	in.material.vaults = vaultCloud(cfg.CloudName, "")
	read := in.readAll
	if cfg.Format != "" && cfg.Format != FormatSaved {
		read = in.readExport
	}
	if err := read(); err != nil {
		return snapshot.Snapshot{}, fmt.Errorf("importing: %w", err)
	}

	datasets, err := assemble(in.material)
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

// importing is one Import.
type importing struct {
	cfg      ImportConfig
	material material
	ignored  []Ignored
	answers  map[string]*savedAnswer // by "<dataset>/<scope>"
}

// readAll reads every file of the folder into the material.
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

	in.keepAnswers()
	in.ignoreStrangers()
	return in.reportIgnored()
}

// reportIgnored says which files no dataset reads.
func (in *importing) reportIgnored() error {
	var files []string
	for _, i := range in.ignored {
		files = append(files, i.String())
		if in.cfg.Ignored != nil && !in.cfg.Strict {
			in.cfg.Ignored(i)
		}
	}

	if in.cfg.Strict && files != nil {
		return &ConfigError{"no dataset reads these files: " + strings.Join(files, "; ")}
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

// readFile reads one file into what its scope answered.
func (in *importing) readFile(r *reading, name string) error {
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
		r.gap(newEvidence(codeOversized, "the file is larger than %d bytes", maxList))
		return nil
	}

	r.takeFile(data)
	return nil
}

// savedAnswer is an answer whose lists may lie in several files: one of the
// parent, and one of each document that is asked as well (Unit.within).
type savedAnswer struct {
	reading *reading
	files   map[string]bool // that there are, by document; "" is the parent's own
}

// answer is what a file belongs to: of a parent, or of a document below it.
// isSecond: there was another file of the same.
func (in *importing) answer(u Unit, scope, below string) (r *reading, isSecond bool) {
	key := u.Schema.Dataset + "/" + scope
	a := in.answers[key]
	if a == nil {
		a = &savedAnswer{u.newReading(scope, in.material.spool), map[string]bool{}}
		in.answers[key] = a
	}

	isSecond = a.files[below]
	a.files[below] = true
	return a.reading, isSecond
}

// keepAnswers keeps the answers that were read. Where one document has a file of
// its own, the parent and each other document need one.
func (in *importing) keepAnswers() {
	keys := slices.Sorted(maps.Keys(in.answers))
	for _, key := range keys {
		in.answers[key].reading.finish()
		in.answers[key].reading.proveWindow()
		in.material.keep(in.answers[key].reading)
	}
	for _, key := range keys {
		r := in.answers[key].reading
		if missing := in.missing(in.answers[key]); missing != "" {
			r.gap(noFile(r.unit.Schema.Dataset + "/" + snapshot.ScopeFile(missing)))
			in.material.keep(r)
		}
	}
}

// missing is a document that an answer in several files has none of, or "".
func (in *importing) missing(a *savedAnswer) string {
	switch {
	case !a.files[""]:
		return a.reading.scope
	case len(a.files) == 1:
		return ""
	}

	for _, d := range in.material.docs(a.reading.unit.within, a.reading.scope) {
		if !a.files[d.ID] {
			return d.ID
		}
	}
	return ""
}

// ignoreStrangers tells of files of parents that the lists of parents do not have.
// They are read all the same, since a list may have been cut.
func (in *importing) ignoreStrangers() {
	for _, u := range in.material.units {
		listed, known := in.material.listed(u)
		if !known {
			continue
		}

		for _, scope := range slices.Sorted(maps.Keys(in.material.answers[u.Schema.Dataset])) {
			if !listed[scope] {
				file := u.Schema.Dataset + "/" + snapshot.ScopeFile(scope) + ".json"
				in.ignore(file, "it is of a parent that "+strings.Join(u.Schema.Before(), " or ")+" does not list", "")
			}
		}
	}
}

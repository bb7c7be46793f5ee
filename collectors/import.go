package collectors

import (
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// ImportConfig says what saved answers are whose. From holds <dataset>.json
// for datasets that are read once and <dataset>/<percent-encoded parent
// id>.json for those read per parent (a subscription is its GUID). A file is a
// list body, an array of page bodies, an array of objects, or a single object.
type ImportConfig struct {
	Client      string    // label, required
	TenantID    string    // GUID, required
	CloudName   string    // "": public
	CollectedAt time.Time // required: when the answers were saved
	Azure       *Azure    // nil: the fleet file says nothing about Azure
	Vaults      []string  // ARM ids of the vaults that the fleet file declares
	From        fs.FS     // required
	Tool        string
}

// Import makes a snapshot of saved answers. It makes no client. Files that no
// dataset reads are an error that names them; so are another tenant's
// organization (*WrongTenantError) and a missing one.
func Import(cfg ImportConfig) (snapshot.Snapshot, error) {
	if cfg.Client == "" || cfg.TenantID == "" || cfg.CollectedAt.IsZero() {
		return snapshot.Snapshot{}, &ConfigError{"importing needs a client, a tenant id and the time of collection"}
	}
	if cfg.CloudName == "" {
		cfg.CloudName = "public"
	}
	in := importing{cfg: cfg, units: All(), material: newMaterial(cfg.TenantID, snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults})}
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
	unknown  []string
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
	if len(in.unknown) > 0 {
		return &ConfigError{"no dataset reads these files: " + strings.Join(in.unknown, ", ") +
			" (a name is <dataset>.json, or <dataset>/<percent-encoded parent id>.json)"}
	}
	return nil
}

func (in *importing) entry(e fs.DirEntry) error {
	dataset := e.Name()
	if !e.IsDir() {
		dataset = strings.TrimSuffix(dataset, ".json")
	}
	i := slices.IndexFunc(in.units, func(u Unit) bool { return u.Schema.Dataset == dataset })
	if i < 0 || e.IsDir() != (in.units[i].Schema.Parent != "") || !e.IsDir() && e.Name() == dataset {
		in.unknown = append(in.unknown, e.Name())
		return nil
	}
	if !e.IsDir() {
		return in.read(in.units[i], "", e.Name())
	}
	files, err := fs.ReadDir(in.cfg.From, dataset)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := path.Join(dataset, f.Name())
		stem, ok := strings.CutSuffix(f.Name(), ".json")
		scope, err := url.PathUnescape(stem)
		if !ok || err != nil || f.IsDir() || snapshot.ScopeFile(scope) != stem {
			in.unknown = append(in.unknown, name)
			continue
		}
		if find(in.units, in.units[i].Schema.Parent).Schema.ID.Form != snapshot.Verbatim {
			scope = strings.ToLower(scope)
		}
		if err := in.read(in.units[i], scope, name); err != nil {
			return err
		}
	}
	return nil
}

func (in *importing) read(u Unit, scope, name string) error {
	r := u.read(scope)
	r.started, r.ended = in.cfg.CollectedAt, in.cfg.CollectedAt
	f, err := in.cfg.From.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if _, twice := in.material.answers[u.Schema.Dataset][scope]; twice {
		return &ConfigError{fmt.Sprintf("%s: another file is of the same parent", name)}
	}
	var pages []page
	e := &snapshot.Evidence{Code: codeOversized, Message: fmt.Sprintf("the file is larger than %d bytes", maxList)}
	if len(data) <= maxList {
		pages, e = u.saved(data)
	}
	for _, p := range pages {
		if len(u.types) > 0 || u.within != "" {
			r.lists++ // several lists in one file: which page is whose is not known
		}
		r.take(p)
	}
	if e != nil {
		r.stop(e)
	}
	in.material.keep(r)
	return nil
}

// saved reads one file: the pages in it, and what is wrong with them.
func (u Unit) saved(data []byte) ([]page, *snapshot.Evidence) {
	v, err := snapshot.Parse(data)
	if err != nil {
		return nil, malformed("%v", err)
	}
	var pages []page
	switch v := v.(type) {
	case map[string]any:
		pages = []page{v}
	case []any:
		for i, item := range v {
			p, ok := item.(map[string]any)
			if !ok {
				return nil, malformed("item %d is not an object", i)
			}
			pages = append(pages, p)
		}
	default:
		return nil, malformed("neither an object nor an array")
	}
	if u.Schema.ID.Form == snapshot.Singleton {
		return one(pages)
	}
	return u.listed(pages)
}

// one is the page of a singleton.
func one(pages []page) ([]page, *snapshot.Evidence) {
	if len(pages) != 1 {
		return nil, malformed("one object is expected, there are %d", len(pages))
	}
	if e := savedError(pages[0]); e != nil {
		return nil, e
	}
	return pages, nil
}

// listed tells pages from objects: pages have an array "value" ("data").
func (u Unit) listed(items []page) ([]page, *snapshot.Evidence) {
	var objects []any
	for i, p := range items {
		if e := savedError(p); e != nil {
			return items[:i], e
		}
		if _, isPage := p[u.list()].([]any); !isPage {
			objects = append(objects, p)
		}
	}
	if len(objects) == len(items) {
		if objects == nil {
			objects = []any{}
		}
		return []page{{u.list(): objects}}, nil
	}
	if objects != nil {
		return nil, malformed("pages and objects are mixed")
	}
	link := u.next()
	if next := items[len(items)-1][link]; next != nil && next != "" {
		return items, &snapshot.Evidence{Code: codeLastPage, Message: fmt.Sprintf("the last page names a next one (%q)", link)}
	}
	return items, nil
}

// savedError is the evidence in a saved error answer; its status was not saved.
func savedError(p page) *snapshot.Evidence {
	detail, ok := p["error"].(map[string]any)
	if !ok || len(p) > 2 {
		return nil
	}
	e := &snapshot.Evidence{}
	e.Code, _ = detail["code"].(string)
	e.Message, _ = detail["message"].(string)
	return clip(e)
}

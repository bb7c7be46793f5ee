package collectors

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// Of some lists Microsoft Graph tells what changed in them since an earlier time
// (https://learn.microsoft.com/graph/delta-query-overview). Where the fleet file allows it,
// such a list is not read whole each time:
//
//	whole:  GET /users/delta?$deltatoken=latest   a link to go on from, before anything is read
//	        GET /users?$select=…                  the list, page by page
//	later:  GET <the link>                        ids of what changed since, and another link
//	        GET /users/<id>?$select=…             each of these, as the list would show it
//	        the rest is what the last snapshot has
//
// What a delta shows of an object is not used, since it leaves out what has no value and a
// list does not: the same tenant gives the same documents, however they were read.
//
// Deltas are known to leave out changes
// (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/5855). So the list is
// read whole again after a time, and then held against what was told: of a tenant whose
// service missed a change, that list is never followed again. Whenever anything is not as it
// should be (a link that is too old, another selection, a last snapshot that is not the one
// that the link goes on from), the list is read whole.

// changes is what a client's file remembers, and what this collection adds to it.
type changes struct {
	cfg Config

	mu    sync.Mutex
	known changesFile
	next  map[string]followed // by dataset
}

// changesFile is the file. Its links hold no token that opens anything, but the state that
// they go on from; they are asked only below the address of the tenant's own Graph.
type changesFile struct {
	Schema   string              `json:"schema"` // "ringfence.changes/1"
	Client   string              `json:"client"`
	TenantID string              `json:"tenant_id"`
	Cloud    string              `json:"cloud"`
	Schemas  string              `json:"schemas"` // the digest of how answers become documents
	Lists    map[string]followed `json:"lists"`   // by dataset
}

// followed is one list: the link goes on from what the dataset of a digest holds.
type followed struct {
	Asked   string `json:"asked"`    // the digest of the list's address
	Digest  string `json:"digest"`   // of the dataset's file
	Link    string `json:"link"`     // "": there is none to go on from
	WholeAt string `json:"whole_at"` // when it was last read whole, RFC 3339
	Missed  int    `json:"missed"`   // documents of which a change was not told: it is not followed
}

const (
	changesSchema = "ringfence.changes/1"

	// mostChanges are how many objects are read one by one, twenty to a batch. More than
	// that, and the list's pages of 999 take fewer requests.
	mostChanges = 400
	// changePages bounds one answer about changes.
	changePages = 100
)

// openChanges reads a client's file. One that is not there, is somebody else's or is damaged
// means that every list is read whole; nil where that is so anyhow.
func openChanges(cfg Config) *changes {
	if cfg.Changes == "" || cfg.FullEvery <= 0 {
		return nil
	}

	head := changesFile{
		Schema: changesSchema, Client: cfg.Client, TenantID: cfg.TenantID, Cloud: cfg.Cloud.Name,
		Schemas: snapshot.SchemasDigest(),
	}
	c := &changes{cfg: cfg, known: head, next: map[string]followed{}}

	var read changesFile
	data, err := os.ReadFile(cfg.Changes)
	if err != nil || json.Unmarshal(data, &read) != nil {
		return c
	}
	isOurs := read.Schema == head.Schema && read.Client == head.Client && read.TenantID == head.TenantID &&
		read.Cloud == head.Cloud
	switch {
	case isOurs && read.Schemas == head.Schemas:
		c.known.Lists = read.Lists
	case isOurs:
		c.known.Lists = unfollowed(read.Lists)
	}
	return c
}

// unfollowed are the lists of which a change was not told: that is remembered, whatever else
// is not.
func unfollowed(lists map[string]followed) map[string]followed {
	some := map[string]followed{}
	for name, f := range lists {
		if f.Missed > 0 {
			some[name] = followed{Missed: f.Missed}
		}
	}
	return some
}

// write replaces the file. Each list goes on from what this snapshot has of it.
func (c *changes) write(m snapshot.Manifest) error {
	if c == nil {
		return nil
	}

	out := c.known
	out.Lists = unfollowed(c.known.Lists) // also those that were not asked for this time
	for name, f := range c.next {
		f.Digest = m.Datasets[name].Digest
		out.Lists[name] = f
	}

	data, err := snapshot.CanonicalFile(out)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.cfg.Changes+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(c.cfg.Changes+".new", c.cfg.Changes)
}

// last is where a list can be gone on from: the address is the same, and the last snapshot
// holds what the link goes on from.
func (c *changes) last(r *reading) (f followed, isUsable bool) {
	f = c.known.Lists[r.unit.Schema.Dataset]
	if c.cfg.Before == nil || f.Missed > 0 || f.Link == "" || f.Asked != r.asked {
		return f, false
	}

	before := c.cfg.Before.Manifest.Datasets[r.unit.Schema.Dataset]
	return f, before.Status == snapshot.Complete && before.Digest == f.Digest
}

// isDue reports whether a list has to be read whole again.
func (c *changes) isDue(f followed) bool {
	at, err := time.Parse(time.RFC3339, f.WholeAt)
	return err != nil || c.cfg.Now().Sub(at) >= c.cfg.FullEvery || at.After(c.cfg.Now())
}

func (c *changes) note(dataset string, f followed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next[dataset] = f
}

// askChanges reads a list of which changes are told: those, or all of it.
func (s *session) askChanges(ctx context.Context, r *reading) {
	last, isUsable := s.changes.last(r)
	if isUsable && !s.changes.isDue(last) {
		if s.goOn(ctx, r, last) {
			return
		}
		r.answer, r.seen, r.lists, r.list = answer{window: r.window}, map[string]place{}, 0, list{}
		isUsable = false
	}

	s.readWhole(ctx, r, last, isUsable)
}

// goOn reads what changed since the last snapshot. It is not ok where the list has to be read
// whole instead.
func (s *session) goOn(ctx context.Context, r *reading, last followed) (ok bool) {
	to := s.connections[r.unit.api]
	told, e := to.changed(ctx, r.unit, last.Link)
	if e != nil || len(told.ids) > mostChanges {
		return false
	}
	objects, isWhole := to.objects(ctx, r, told)
	if !isWhole {
		return false
	}

	r.begin()
	r.countPage()
	r.pile = r.spool.NewPile()
	if !s.copyUnchanged(r, told.ids) || r.add(page{"value": objects}) != nil {
		return false
	}
	r.pile.Flush()
	r.end()
	if r.evidence != nil || r.wrong != nil {
		return false
	}

	r.wholeAt = last.WholeAt
	s.changes.note(r.unit.Schema.Dataset, followed{Asked: r.asked, Link: told.link, WholeAt: last.WholeAt})
	return true
}

// copyUnchanged takes the documents of the last snapshot, but for those that changed. It is not
// ok if they are not all there.
func (s *session) copyUnchanged(r *reading, changed map[string]bool) (ok bool) {
	err := s.cfg.Before.Lines(r.unit.Schema.Dataset, func(line []byte) (string, error) {
		doc, err := snapshot.DecodeLine(line)
		if err != nil || changed[doc.ID] {
			return doc.ID, err
		}
		if wrong := r.keep(doc); wrong != nil {
			return doc.ID, wrong
		}
		return doc.ID, nil
	})
	return err == nil
}

// readWhole reads all of a list, and finds out where to go on from next time. Where changes
// were told since the last snapshot, they are held against what is there now.
func (s *session) readWhole(ctx context.Context, r *reading, last followed, isUsable bool) {
	to := s.connections[r.unit.api]
	next := followed{Asked: r.asked, WholeAt: stamp(s.cfg.Now()), Missed: last.Missed}
	if last.Missed > 0 {
		s.readLists(ctx, r)
		s.changes.note(r.unit.Schema.Dataset, next)
		return
	}

	told, e := told{}, newEvidence(codeUnexpected, "nothing to go on from")
	if isUsable {
		told, e = to.changed(ctx, r.unit, last.Link)
		next.Link = told.link
	} else {
		next.Link = to.latest(ctx, r)
	}

	s.readLists(ctx, r)
	if e == nil && r.evidence == nil && r.wrong == nil {
		next.Missed, next.Link = s.missed(ctx, r, told)
	}
	s.changes.note(r.unit.Schema.Dataset, next)
}

// missed is how many documents changed and were not told. What changed while the list was read
// is told afterwards, with the link to go on from.
func (s *session) missed(ctx context.Context, r *reading, before told) (documents int, link string) {
	after, e := s.connections[r.unit.api].changed(ctx, r.unit, before.link)
	if e != nil {
		return 0, ""
	}

	isTold := func(id string) bool { return before.ids[id] || after.ids[id] }
	old := map[string]string{}
	err := s.cfg.Before.Lines(r.unit.Schema.Dataset, func(line []byte) (string, error) {
		doc, err := snapshot.DecodeLine(line)
		old[doc.ID] = specDigest(doc)
		return doc.ID, err
	})
	if err != nil {
		return 0, ""
	}

	for doc := range r.pile.All() {
		if old[doc.ID] != specDigest(doc) && !isTold(doc.ID) {
			documents++
		}
		delete(old, doc.ID)
	}
	for id := range old {
		if !isTold(id) {
			documents++
		}
	}

	if documents > 0 && s.cfg.Missed != nil {
		s.cfg.Missed(r.unit.Schema.Dataset, documents)
	}
	return documents, after.link
}

// specDigest tells documents apart by all but what may change at any time.
func specDigest(doc snapshot.Document) string {
	text, _ := snapshot.Canonical(doc.Spec) // was parsed
	return snapshot.Digest(text)
}

// told is an answer about changes: the ids of what is new, differs or is gone, as documents
// have them, and where to go on from.
type told struct {
	ids  map[string]bool
	gone map[string]bool // those of ids that are said to be gone
	link string
}

const deltaLink = "@odata.deltaLink"

// changed asks what changed since a link. Evidence is why that is not known.
func (c *connection) changed(ctx context.Context, u Unit, link string) (told, *snapshot.Evidence) {
	t := told{ids: map[string]bool{}, gone: map[string]bool{}}
	p := u.paging(c.base)
	p.limit = changePages
	from, e := p.following(page{p.nextLink: link})
	if e != nil || from == nil {
		return t, e
	}

	var wrong *snapshot.Evidence
	take := func(body page) {
		items, isList := body["value"].([]any)
		if !isList {
			wrong = malformed("an answer about changes has no list of them")
		}
		for _, item := range items {
			object, _ := item.(map[string]any)
			id, isText := object["id"].(string)
			if !isText || id == "" {
				wrong = malformed("what changed has no id")
			}
			t.ids[strings.ToLower(id)] = true
			t.gone[strings.ToLower(id)] = object["@removed"] != nil
		}
		t.link, _ = body[deltaLink].(string)
	}
	if e := c.pages(ctx, from, p, take); e != nil {
		return t, e
	}
	if wrong == nil && t.link == "" {
		wrong = newEvidence(codeLastPage, "an answer about changes does not say where to go on from")
	}
	return t, wrong
}

// latest is a link from which changes are told from now on; "" where there is none.
func (c *connection) latest(ctx context.Context, r *reading) string {
	first, err := r.unit.address(c.base, r.unit.Schema, nil)
	if err != nil {
		return ""
	}

	query := url.Values{"$deltatoken": {"latest"}}
	if chosen := first.Query().Get("$select"); chosen != "" {
		query.Set("$select", chosen)
	}
	first = first.JoinPath("delta")
	first.RawQuery = graph.Encode(query)

	t, e := c.changed(ctx, r.unit, first.String())
	if e != nil || len(t.ids) > 0 {
		return ""
	}
	return t.link
}

// objects reads single objects, of which changes were told, as their list shows them. One that is
// said to be gone, and is not there, is left out. It is not ok if any other is not answered: a
// new one that a replica does not know yet is no proof that there is none.
func (c *connection) objects(ctx context.Context, r *reading, t told) (objects []any, ok bool) {
	list, err := r.unit.address(c.base, r.unit.Schema, nil)
	if err != nil {
		return nil, false
	}

	query := url.Values{}
	if chosen := list.Query().Get("$select"); chosen != "" {
		query.Set("$select", chosen)
	}

	for some := range slices.Chunk(slices.Sorted(maps.Keys(t.ids)), graph.BatchSize) {
		addresses := make([]*url.URL, len(some))
		for i, id := range some {
			addresses[i] = list.JoinPath(url.PathEscape(id))
			addresses[i].RawQuery = graph.Encode(query)
		}

		items, err := c.getBatch(ctx, r.unit.Schema.Source.Version, addresses)
		if err != nil {
			return nil, false
		}
		for i, item := range items {
			switch {
			case item.Problem == "" && item.Status == http.StatusNotFound && t.gone[some[i]]:
			case item.Problem == "" && item.Status == http.StatusOK && item.Body != nil:
				objects = append(objects, withoutAnnotations(item.Body))
			default:
				return nil, false
			}
		}
	}
	return objects, true
}

// withoutAnnotations is an object without what its answer says about itself.
func withoutAnnotations(body page) map[string]any {
	object := maps.Clone(body)
	maps.DeleteFunc(object, func(name string, _ any) bool {
		return strings.HasPrefix(name, "@odata.context") || strings.HasPrefix(name, "@microsoft.")
	})
	return object
}

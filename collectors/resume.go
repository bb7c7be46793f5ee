package collectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"ringfence/collectors/snapshot"
)

// What a collection leaves in its folder while it is under way. Neither holds a
// token or a next link: what was begun and not finished is read again from its first
// page.
const (
	spoolFile   = "spool.ndjson"   // the documents, in the order in which they came
	journalFile = "journal.ndjson" // what the spool is of, then a line per finished answer
)

// ResumeFor is for how long at most the answers of a killed collection are used, since
// a snapshot should be of one time. A client whose evidence must be young allows less:
// a quarter of its max_age.
const ResumeFor = time.Hour

// journalHeader says whose answers a journal is of. Those of any other are forgotten.
type journalHeader struct {
	Schema   string `json:"schema"` // "ringfence.resume/1"
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	Cloud    string `json:"cloud"`
	Tool     string `json:"tool"`
	Plan     string `json:"plan"` // the digest of what is asked, and as whom
	Prev     string `json:"prev"` // the snapshot before: once another one is stored, this is over
}

// kept is one finished answer of one unit at one scope. Only what was read to its end
// without anything to remark is kept, and no answer of a cache.
type kept struct {
	Dataset string `json:"dataset"`
	Scope   string `json:"scope,omitempty"`
	Asked   string `json:"asked"` // the digest of the addresses of its lists

	Chunks   []snapshot.Chunk `json:"chunks"` // in the spool
	Digest   string           `json:"digest"` // of their bytes
	Pages    int              `json:"pages"`
	Requests int              `json:"requests"`
	Started  time.Time        `json:"started"`
	Ended    time.Time        `json:"ended"`
}

type keptKey struct{ dataset, scope, asked string }

// journal is what a killed collection read, and what this one adds to it. nil keeps
// nothing.
type journal struct {
	mu    sync.Mutex
	file  *os.File
	spool *snapshot.Spool
	known map[keptKey]kept
}

// openJournal opens a folder for a collection, and takes what an earlier one of the
// same left there after oldest. The folder is for the user alone.
func openJournal(dir string, header journalHeader, oldest time.Time) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}

	known, lines := readJournal(filepath.Join(dir, journalFile), header, oldest)
	spool, err := os.OpenFile(filepath.Join(dir, spoolFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}

	j := &journal{known: known}
	size, err := truncate(spool, known)
	if err == nil {
		j.file, err = rewrite(filepath.Join(dir, journalFile), lines)
	}
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}

	j.spool = snapshot.NewSpool(spool, size)
	return j, nil
}

// readJournal reads what can still be used, and returns it as lines of a new journal
// as well. What ends in the middle of a line was being written when the process died.
func readJournal(name string, header journalHeader, oldest time.Time) (map[keptKey]kept, []byte) {
	known := map[keptKey]kept{}
	first, _ := snapshot.CanonicalFile(header) // a struct of texts
	lines := bytes.Clone(first)

	data, err := os.ReadFile(name)
	data, isSame := bytes.CutPrefix(data, first)
	if err != nil || !isSame {
		return known, lines
	}

	for line := range bytes.Lines(data) {
		var k kept
		if json.Unmarshal(line, &k) != nil || !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		if !k.Started.Before(oldest) {
			known[k.key()] = k
			lines = append(lines, line...)
		}
	}
	return known, lines
}

func (k kept) key() keptKey { return keptKey{k.Dataset, k.Scope, k.Asked} }

// truncate cuts off what is behind the answers that are used. Two processes never
// write at once: the client's lock is held.
func truncate(spool *os.File, known map[keptKey]kept) (size int64, err error) {
	for _, k := range known {
		for _, c := range k.Chunks {
			size = max(size, c.At+c.Size)
		}
	}

	info, err := spool.Stat()
	if err != nil {
		return 0, err
	}
	if size > info.Size() { // the machine crashed: digests tell what is whole
		return info.Size(), nil
	}
	return size, spool.Truncate(size)
}

// rewrite replaces the journal and opens it to be appended to.
func rewrite(name string, lines []byte) (*os.File, error) {
	if err := os.WriteFile(name+".new", lines, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0o600)
}

// close closes the journal, of which each line was written by itself. The spool stays
// open: the snapshot is read off it.
func (j *journal) close() {
	if j != nil {
		_ = j.file.Close()
	}
}

// take fills in a reading with an answer that was kept, if there is one to the same
// question and its bytes are still what they were.
func (j *journal) take(r *reading, asked string) bool {
	if j == nil {
		return false
	}

	j.mu.Lock()
	k, isKept := j.known[keptKey{r.unit.Schema.Dataset, r.scope, asked}]
	j.mu.Unlock()
	if !isKept {
		return false
	}

	pile, isWhole := j.spool.Reopen(k.Chunks, k.Digest)
	if !isWhole {
		return false
	}

	r.answer = answer{pile: pile, pages: k.Pages, requests: k.Requests, started: k.Started, ended: k.Ended,
		window: r.window}
	return true
}

// keep notes an answer that is complete in itself, and of now. Its documents are in the spool
// already, so that what is noted is there.
func (j *journal) keep(r *reading, asked string) error {
	isWhole := r.evidence == nil && r.wrong == nil && r.lacks.n == 0 && r.wholeAt == "" && r.age == 0
	if j == nil || r.pile == nil || !isWhole {
		return nil
	}

	line, err := json.Marshal(kept{
		Dataset: r.unit.Schema.Dataset, Scope: r.scope, Asked: asked,
		Chunks: slices.Clone(r.pile.Chunks()), Digest: r.pile.Digest(),
		Pages: r.pages, Requests: r.requests, Started: r.started, Ended: r.ended,
	})
	if err != nil {
		return err
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// Forget removes what an unfinished collection left in a folder.
func Forget(dir string) error {
	for _, name := range []string{journalFile, journalFile + ".new", spoolFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}

	err := os.Remove(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

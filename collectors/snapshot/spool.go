package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"iter"
	"math"
	"os"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Spool holds the documents of one collection from when their page arrives until the
// datasets are sealed, in the order in which they came, each as the line that it will
// be in its dataset's file. Of a large tenant nothing else is as large, so it is a
// file, or memory for what is small.
//
// A disk that is full, or a file that was changed, is told by Err and by [Seal]: what
// could not be read back is left out in between, and a snapshot that lacks it is
// never made.
type Spool struct {
	mu     sync.Mutex
	file   *os.File // nil: memory
	memory []byte
	size   int64
	err    error // the first one
}

// NewSpool appends behind the first size bytes of a file, which it closes in the end;
// nil: to memory.
func NewSpool(file *os.File, size int64) *Spool { return &Spool{file: file, size: size} }

// Err is the first error of the file, nil if there was none.
func (s *Spool) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close closes the file. What is in the spool cannot be read any more.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (s *Spool) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// Chunk is where the lines of one page lie in a spool, in bytes.
type Chunk struct {
	At   int64 `json:"at"`
	Size int64 `json:"size"`
}

// append writes the lines of one page.
func (s *Spool) append(lines []byte) Chunk {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := Chunk{s.size, int64(len(lines))}
	s.size += c.Size
	if s.file == nil {
		s.memory = append(s.memory, lines...)
		return c
	}

	if _, err := s.file.WriteAt(lines, c.At); err != nil && s.err == nil {
		s.err = fmt.Errorf("keeping what was read: %w", err)
	}
	return c
}

// read fills p with what lies at an offset. A failure is told by Err.
func (s *Spool) read(p []byte, at int64) bool {
	if s.file == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return int64(copy(p, s.memory[min(at, s.size):])) == int64(len(p))
	}

	if _, err := s.file.ReadAt(p, at); err != nil {
		s.fail(fmt.Errorf("reading back what was read: %w", err))
		return false
	}
	return true
}

// Pile is the documents of one answer in a spool, each id once. One goroutine adds
// to it; when it is complete, several may read.
type Pile struct {
	spool  *Spool
	encode encoder
	page   []byte // lines that are not in the spool yet
	sum    hash.Hash
	chunks []Chunk
	refs   []ref
	digest string
}

// ref is a document of a pile: where its line is in a chunk, without the LF, and
// where in the line what it observed is.
type ref struct {
	id       string
	chunk    uint32
	line     place
	observed place // from the line's begin
}

// NewPile begins an empty pile.
func (s *Spool) NewPile() *Pile { return &Pile{spool: s, sum: sha256.New()} }

// Reopen is a pile of which the chunks were written by an earlier process, if the
// SHA-256 of their bytes is still the digest.
func (s *Spool) Reopen(chunks []Chunk, digest string) (p *Pile, ok bool) {
	p = &Pile{spool: s, sum: sha256.New()}
	at := map[string]int{} // by id
	for _, c := range chunks {
		if c.At < 0 || c.Size <= 0 || c.Size > math.MaxInt32 || c.At > s.size-c.Size {
			return nil, false
		}

		page := make([]byte, c.Size)
		if !s.read(page, c.At) {
			return nil, false
		}

		p.sum.Write(page)
		if !p.reopen(page, at) {
			return nil, false
		}
		p.chunks = append(p.chunks, c)
	}

	p.Done()
	return p, p.digest == digest
}

// reopen finds the documents of a page again. The last line of an id counts.
func (p *Pile) reopen(page []byte, at map[string]int) bool {
	for begin := 0; begin < len(page); {
		size := bytes.IndexByte(page[begin:], '\n')
		if size < 0 {
			return false
		}

		id, observed, ok := lineParts(page[begin : begin+size])
		if !ok {
			return false
		}

		r := ref{id, uint32(len(p.chunks)), place{uint32(begin), uint32(size)}, observed}
		if i, isKnown := at[id]; isKnown {
			p.refs[i] = r
		} else {
			at[id] = len(p.refs)
			p.refs = append(p.refs, r)
		}
		begin += size + 1
	}
	return true
}

// lineParts reads the id of a line that an encoder wrote, and where what it observed
// is.
func lineParts(line []byte) (id string, observed place, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return "", observed, false
	}
	if name, ok := readString(d); !ok || name != "id" {
		return "", observed, false
	}

	id, ok = readString(d)
	begin := d.InputOffset()
	if name, isName := readString(d); !ok || !isName || name != "observed" {
		return id, observed, ok && isName
	}

	err := d.SkipValue()
	return id, place{uint32(begin), uint32(d.InputOffset() - begin)}, err == nil
}

// Len is how many documents there are, and ID the id of one.
func (p *Pile) Len() int        { return len(p.refs) }
func (p *Pile) ID(i int) string { return p.refs[i].id }

// Chunks are the places of the pages, in their order, and Digest is the SHA-256 of
// their bytes once nothing is added any more.
func (p *Pile) Chunks() []Chunk { return p.chunks }
func (p *Pile) Digest() string  { return p.digest }

// Add appends a document of an id that the pile does not have.
func (p *Pile) Add(doc Document) error {
	r, err := p.write(doc)
	if err == nil {
		p.refs = append(p.refs, r)
	}
	return err
}

// Replace puts a document in the place of one of the same id. The old line stays in
// the spool; the last one of an id counts.
func (p *Pile) Replace(i int, doc Document) error {
	r, err := p.write(doc)
	if err == nil {
		p.refs[i] = r
	}
	return err
}

func (p *Pile) write(doc Document) (ref, error) {
	begin := len(p.page)
	page, observed, err := p.encode.line(p.page, doc)
	if err == nil && len(page) > math.MaxInt32 {
		err = fmt.Errorf("a page of over %d bytes", math.MaxInt32)
	}
	if err != nil {
		return ref{}, fmt.Errorf("document %q: %w", doc.ID, err)
	}

	line := place{uint32(begin), uint32(len(page) - begin)}
	p.page = append(page, '\n')
	return ref{doc.ID, uint32(len(p.chunks)), line, observed}, nil
}

// Flush writes the lines of a page to the spool.
func (p *Pile) Flush() {
	if len(p.page) == 0 {
		return
	}

	p.sum.Write(p.page)
	p.chunks = append(p.chunks, p.spool.append(p.page))
	p.page = p.page[:0]
}

// Done lets go of what only adding needs.
func (p *Pile) Done() {
	if p.sum == nil {
		return
	}

	p.Flush()
	p.digest = hex.EncodeToString(p.sum.Sum(nil))
	p.page, p.sum, p.encode = nil, nil, encoder{}
}

// line appends a document's line to into, without its LF. ok is false where it could
// not be read.
func (p *Pile) line(into []byte, i int) (_ []byte, ok bool) {
	r := p.refs[i]
	if int(r.chunk) == len(p.chunks) {
		return append(into, p.page[r.line.at:r.line.at+r.line.size]...), true
	}

	begin := len(into)
	into = append(into, make([]byte, r.line.size)...)
	return into, p.spool.read(into[begin:], p.chunks[r.chunk].At+int64(r.line.at))
}

// Document reads a document back. ok is false where it could not be read.
func (p *Pile) Document(i int) (doc Document, ok bool) {
	line, ok := p.line(nil, i)
	if !ok {
		return doc, false
	}

	doc, err := DecodeLine(line)
	if err != nil {
		p.spool.fail(fmt.Errorf("reading back what was read: %w", err))
	}
	return doc, err == nil
}

// All reads the documents back, in the order in which they came.
func (p *Pile) All() iter.Seq[Document] {
	return func(yield func(Document) bool) {
		for i := range p.Len() {
			if doc, ok := p.Document(i); ok && !yield(doc) {
				return
			}
		}
	}
}

package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"sync"
	"time"
)

// chunk is how much of a file is read and hashed at once, in bytes.
const chunk = 64 << 10

// Lines reads one dataset's file once and hands each line, without its LF, to
// parse, which returns the id of the document in it. The line's bytes change as soon
// as parse returns. The memory is that of the longest line. A dataset that has no
// file has no lines.
//
// A file whose SHA-256 is not the manifest's is a *DigestError, whatever else is
// wrong with it. So is an error of parse ("line 3: …"), an id that is not after
// the one before it, and another number of lines than the manifest's count. What
// parse was given may be anything until Lines returns nil.
func (s Snapshot) Lines(dataset string, parse func(line []byte) (id string, err error)) error {
	c := s.Manifest.Datasets[dataset]
	if !c.Holds() {
		return nil
	}

	r, err := s.open(dataset)
	if err != nil {
		return err
	}
	defer r.Close()

	file := &hashed{r, sha256.New(), s.Reading}
	buffer := buffers.Get().(*bufio.Reader)
	buffer.Reset(file)
	count, problem, err := readLines(buffer, parse)
	buffer.Reset(nil)
	buffers.Put(buffer)

	if err != nil {
		return fmt.Errorf("reading %s: %w", DataFile(dataset), err)
	}
	if err := s.compare(dataset, file); err != nil {
		return err
	}
	if problem != nil {
		return &DigestError{dataset, problem.Error()}
	}

	return s.checkCount(dataset, count)
}

// Reading adds up how long files and hashing took where datasets are read. One
// goroutine uses it at a time.
type Reading struct {
	Now        func() time.Time // the clock
	File, Hash time.Duration
}

// hashed is a file of which all that is read is hashed.
type hashed struct {
	file  io.Reader
	sum   hash.Hash
	times *Reading // may be nil
}

func (h *hashed) Read(p []byte) (n int, err error) {
	if h.times == nil {
		n, err = h.file.Read(p)
		h.sum.Write(p[:n])
		return n, err
	}

	begun := h.times.Now()
	n, err = h.file.Read(p)
	readAt := h.times.Now()
	h.sum.Write(p[:n])
	h.times.File += readAt.Sub(begun)
	h.times.Hash += h.times.Now().Sub(readAt)

	return n, err
}

// buffers are used again: a small client has many small datasets.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, chunk) }}

// readLines ends at the first problem with a line, or where there is no more to
// read. err is an error of the reader.
func readLines(r *bufio.Reader, parse func([]byte) (string, error)) (count int, problem, err error) {
	var long []byte // a line that is longer than the buffer, as far as it was read
	last := ""      // id
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}

		if err != nil && !errors.Is(err, io.EOF) {
			return count, nil, err
		}

		if len(long) > 0 {
			long = append(long, line...)
			line, long = long, long[:0]
		}

		if len(line) > 0 {
			id, err := parse(bytes.TrimSuffix(line, []byte{'\n'}))
			if err != nil {
				return count, fmt.Errorf("line %d: %w", count+1, err), nil
			}
			if count > 0 && last >= id {
				return count, fmt.Errorf("line %d: id %q is not after the one before it", count+1, id), nil
			}

			last = id
			count++
		}

		if err != nil {
			return count, nil, nil
		}
	}
}

// compare reads the rest of a dataset's file and compares the SHA-256 of all of
// it with the manifest's.
func (s Snapshot) compare(dataset string, file *hashed) error {
	buffer := buffers.Get().(*bufio.Reader)
	defer buffers.Put(buffer)
	buffer.Reset(file)

	// Given io.Discard itself, WriteTo would read with a buffer of its own.
	if _, err := buffer.WriteTo(struct{ io.Writer }{io.Discard}); err != nil {
		return fmt.Errorf("reading %s: %w", DataFile(dataset), err)
	}

	want := s.Manifest.Datasets[dataset].Digest
	if got := hex.EncodeToString(file.sum.Sum(nil)); got != want {
		return &DigestError{dataset, fmt.Sprintf("SHA-256 is %s, the manifest says %s", got, want)}
	}

	return nil
}

func (s Snapshot) open(dataset string) (io.ReadCloser, error) {
	r, err := s.Open(dataset)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DigestError{dataset, "is missing"}
	}
	if errors.Is(err, errNoFile) {
		return nil, &DigestError{dataset, err.Error()}
	}

	return r, err
}

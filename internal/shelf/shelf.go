// Package shelf keeps the parts of the index of fingerprints (engine/fleet/join) as files of
// one folder. What is in them says which clients have something in common, and no more:
// fingerprints and numbers of clients.
package shelf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Shelf is a folder that is there and belongs to one index.
type Shelf struct{ folder string }

// In is the shelf of a folder.
func In(folder string) Shelf { return Shelf{folder} }

func (s Shelf) name(part int) string { return filepath.Join(s.folder, fmt.Sprintf("%03x.part", part)) }

// Append adds to the end of a part.
func (s Shelf) Append(part int, data []byte) error {
	f, err := os.OpenFile(s.name(part), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}

	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Read is a whole part, nothing if it was never written.
func (s Shelf) Read(part int) ([]byte, error) {
	data, err := os.ReadFile(s.name(part))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Replace writes a part anew. A part that is read is the old one or the new one, also after
// a crash: at worst the index is built again, of what the clients' own facts say.
func (s Shelf) Replace(part int, data []byte) error {
	next := s.name(part) + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, s.name(part))
}

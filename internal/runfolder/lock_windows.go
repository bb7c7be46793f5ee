package runfolder

import (
	"errors"
	"os"
)

// lockDir: Windows locks no folder, so that nobody ever knows to be alone.
func lockDir(_ *os.File, alone bool) error {
	if alone {
		return errors.ErrUnsupported
	}
	return nil
}

// syncDir: NTFS needs no fsync of a folder, and offers none.
func syncDir(*os.Root, string) error { return nil }

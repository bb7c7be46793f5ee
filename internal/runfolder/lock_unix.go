//go:build unix

package runfolder

import (
	"errors"
	"os"
	"syscall"
)

// lockDir locks a folder until it is closed, alone or with others. It waits for
// nobody.
func lockDir(dir *os.File, alone bool) error {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	return syscall.Flock(int(dir.Fd()), how|syscall.LOCK_NB)
}

// syncDir puts the names in a folder below root on the disk.
func syncDir(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

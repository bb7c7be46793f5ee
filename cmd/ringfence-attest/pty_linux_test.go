package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a pseudo-terminal with a program on one side and the test, as the
// human, on the other.
type pty struct {
	t      *testing.T
	master *os.File
	slave  *os.File

	mu   sync.Mutex
	seen strings.Builder
	at   int // how much of seen the human has read
}

func newTerminal(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}

	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}

	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}

	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}

	x := &pty{t: t, master: master, slave: slave}
	go x.read()
	t.Cleanup(func() { slave.Close(); master.Close() })

	return x
}

// keys is what is typed for a line; control-C needs no Enter.
func keys(line string) string {
	if line == "\x03" {
		return line
	}
	return line + "\n"
}

func (x *pty) read() {
	buf := make([]byte, 4096)
	for {
		n, err := x.master.Read(buf)
		x.mu.Lock()
		x.seen.Write(buf[:n])
		x.mu.Unlock()

		if err != nil {
			return
		}
	}
}

// answer waits for the question to appear after what was read before, and
// types a line.
func (x *pty) answer(question, line string) {
	x.t.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if i := strings.Index(x.screen()[x.at:], question); i >= 0 {
			x.at += i + len(question)
			if _, err := x.master.WriteString(keys(line)); err != nil {
				x.t.Fatal(err)
			}
			return
		}
	}

	x.t.Errorf("no %q on the screen:\n%s", question, x.screen())
	x.master.WriteString("\x04") // end of input, so that the program ends
}

// secret is answer for a question that is asked with the echo off: it waits
// until it is.
func (x *pty) secret(question, line string) {
	x.t.Helper()
	for range 150_000 { // five minutes
		if !x.echo() {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}

	x.answer(question, line)
}

func (x *pty) echo() bool {
	s, err := unix.IoctlGetTermios(int(x.slave.Fd()), unix.TCGETS)
	return err != nil || s.Lflag&unix.ECHO != 0
}

func (x *pty) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen.String()
}

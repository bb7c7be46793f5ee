package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Screen is a stream with some lines below it that change in place: progress. What is
// written to the stream scrolls above them. It uses three control sequences, which
// every terminal but a dumb one knows (ECMA-48: cursor up, carriage return, erase to
// the end of the page), and changes no mode, so that nothing has to be put back
// whenever the program ends.
//
// Without lines it is the stream itself. Several goroutines may use it.
type Screen struct {
	To   io.Writer                  // a terminal
	Size func() (width, height int) // its size now, in cells

	mu      sync.Mutex
	lines   []string // as they are drawn, each in one row when it was
	partial []byte   // of the stream, the beginning of a line that did not end yet
}

// Write writes to the stream, above the lines.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if len(s.lines) == 0 && len(s.partial) == 0 {
		return s.To.Write(p)
	}

	// A line that did not end would be erased with those below it.
	text := append(s.partial, p...)
	end := bytes.LastIndexByte(text, '\n') + 1
	s.partial = bytes.Clone(text[end:])
	if end == 0 {
		return len(p), nil
	}

	_, err := io.WriteString(s.To, s.erase()+string(text[:end])+strings.Join(s.lines, "\n"))
	return len(p), err
}

// Show puts lines in the place of those that are shown; none takes them away. They are
// made [Safe] and cut to the width. Where they do not fit the height, the first are
// left out: the last is the one that matters most.
func (s *Screen) Show(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	width, height := s.Size()
	if most := max(height-1, 1); len(lines) > most {
		lines = lines[len(lines)-most:]
	}

	text := s.erase()
	s.lines = nil
	for _, line := range lines {
		s.lines = append(s.lines, Fit(Safe(line), max(width-1, 1)))
	}
	text += strings.Join(s.lines, "\n")
	if len(lines) == 0 {
		text += string(s.partial)
		s.partial = nil
	}

	io.WriteString(s.To, text)
}

// erase is what takes the lines away. A terminal that became narrower since has broken
// them into several rows.
func (s *Screen) erase() string {
	if len(s.lines) == 0 {
		return ""
	}

	width, _ := s.Size()
	rows := 0
	for _, line := range s.lines {
		rows += max(1, (Width(line)+max(width, 1)-1)/max(width, 1))
	}
	if rows > 1 {
		return fmt.Sprintf("\r\x1b[%dA\x1b[J", rows-1)
	}
	return "\r\x1b[J"
}

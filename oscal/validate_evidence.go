package oscal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
)

// checkEvidence follows every piece of our evidence that names a line into its file, if
// that is given: the line is there, holds the document of the subject, and the JSON
// pointer leads somewhere in it, literally. (Before engine version 5 the pointers were
// those of policies, and no line was named. Such folders must still verify.)
func (d *document) checkEvidence(files map[string][]byte) []Problem {
	if !d.ours {
		return nil
	}

	lines := map[string][][]byte{} // by path of the file
	var list []Problem
	for _, n := range d.nodes {
		if n.kind != "relevant-evidence" || ourProp(n, "line") == "" {
			continue
		}

		name := d.evidenceFile(n)
		data, given := files[name]
		if !given {
			continue
		}

		if lines[name] == nil {
			lines[name] = bytes.Split(data, []byte("\n"))
		}
		if problem := followEvidence(name, lines[name], n); problem != "" {
			list = append(list, Problem{n.path, "file-pointer", problem})
		}
	}

	return list
}

// evidenceFile is the path of the file that evidence is in, "" for none.
func (d *document) evidenceFile(n *node) string {
	id, _ := strings.CutPrefix(n.text("href"), "#")
	for _, href := range d.linkedFiles(id) {
		if name, ok := localPath(href); ok {
			return name
		}
	}
	return ""
}

// followEvidence says what is wrong with evidence in the file of a dataset, or "".
func followEvidence(name string, lines [][]byte, n *node) string {
	number, at := ourProp(n, "line"), ourProp(n, "json-pointer")
	i, err := strconv.Atoi(number)
	if err != nil || i < 1 || i > len(lines) {
		return fmt.Sprintf("%s has no line %s", name, number)
	}

	line, err := snapshot.ParseObject(lines[i-1])
	if err != nil {
		return fmt.Sprintf("line %s of %s: %v", number, name, err)
	}

	id, _ := line["id"].(string)
	if got := snapshot.Subject(layout.DatasetAt(name), id); value(got) != ourProp(n, "subject") {
		return fmt.Sprintf("line %s of %s holds %s", number, name, got)
	}
	if _, ok := resolvePointer(line, at); !ok {
		return fmt.Sprintf("the pointer %s leads nowhere in line %s of %s", at, number, name)
	}

	return ""
}

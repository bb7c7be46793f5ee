package oscal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// pointerProblems follows every piece of our evidence into its file, if that is
// given: the line is there, holds the subject's document, and the JSON pointer
// leads somewhere, literally.
func (d *document) pointerProblems(files map[string][]byte) []Problem {
	if !d.own {
		return nil
	}
	opened := map[string]*openedFile{}
	var list []Problem
	for _, n := range d.nodes {
		if n.kind != "relevant-evidence" {
			continue
		}
		name := d.evidenceFile(n)
		data, given := files[name]
		if !given {
			continue
		}
		if opened[name] == nil {
			opened[name] = &openedFile{name: name, data: data}
		}
		if problem := opened[name].follow(n); problem != "" {
			list = append(list, Problem{n.path, "file-pointer", problem})
		}
	}
	return list
}

// evidenceFile is the path of the file that evidence is in, "" for none.
func (d *document) evidenceFile(n *node) string {
	id, _ := strings.CutPrefix(n.text("href"), "#")
	r := d.find("resources", id)
	if r == nil {
		return ""
	}
	for _, l := range children(r.value["rlinks"]) {
		href, _ := object(l)["href"].(string)
		if name, ok := localPath(href); ok {
			return name
		}
	}
	return ""
}

// openedFile is a file that evidence points into, split and parsed when that is
// first needed.
type openedFile struct {
	name  string
	data  []byte
	lines [][]byte
	whole any
	err   error
}

// follow says what is wrong with evidence in the file, or "".
func (o *openedFile) follow(n *node) string {
	number, at := ownProp(n, "line"), ownProp(n, "json-pointer")
	if number == "" && at == "" {
		return ""
	}
	if number == "" {
		if o.whole == nil && o.err == nil {
			o.whole, o.err = snapshot.Parse(o.data)
		}
		return o.resolve(o.whole, o.err, at)
	}

	if o.lines == nil {
		o.lines = bytes.Split(o.data, []byte("\n"))
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 1 || i > len(o.lines) {
		return fmt.Sprintf("%s has no line %s", o.name, number)
	}
	line, err := snapshot.ParseObject(o.lines[i-1])
	if problem := o.resolve(line, err, at); problem != "" {
		return problem
	}
	id, _ := line["id"].(string)
	dataset := strings.TrimSuffix(strings.TrimPrefix(o.name, "snapshot/"), ".ndjson")
	if got := snapshot.Subject(dataset, id); value(got) != ownProp(n, "subject") {
		return fmt.Sprintf("line %s of %s holds %s", number, o.name, got)
	}
	return ""
}

func (o *openedFile) resolve(v any, err error, at string) string {
	if err != nil {
		return fmt.Sprintf("%s: %v", o.name, err)
	}
	if _, ok := resolvePointer(v, at); !ok {
		return fmt.Sprintf("the pointer %s leads nowhere in %s", at, o.name)
	}
	return ""
}

package soundness

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// TestNoLeakInArtefacts: in no file of a client, neither of its run folder nor of its part of the
// store, is anything that another client is known by: its label, name, tenant id, domain, the ids of
// its people and applications, and of its subscriptions. All of them are searched for in all files.
func TestNoLeakInArtefacts(t *testing.T) {
	effort.WithoutRace(t)
	n := effort.Of(3, 6, 500)
	var labels []string
	for i := range n {
		labels = append(labels, fmt.Sprintf("%s-%d", emulator.CleanLabel, 1000+i))
	}
	w := emulator.GenerateClients(1, labels)
	f := serve(t, w)
	f.compared = true

	marks := marksOf(w)
	if len(marks) < 6*n {
		t.Fatalf("%d marks of %d clients", len(marks), n)
	}

	files, found := 0, map[bool]int{} // own marks, by whether in the store
	for label, dir := range f.audit(t, nil, everyone(f.file)...) {
		if label == snapshot.FleetClient {
			continue // the MSP's own names everybody
		}
		for name, text := range f.artefactsIn(t, label, dir) {
			files++
			for mark := range marked(text, marks) {
				if marks[mark] != label {
					t.Errorf("%s: %s has %q of %s", label, name, mark, marks[mark])
				}
				found[strings.HasPrefix(name, "store/")]++
			}
		}
	}
	t.Logf("%d clients, %d files, %d marks; own marks found %d times in run folders, %d times in the store",
		n, files, len(marks), found[false], found[true])
	if found[false] == 0 || found[true] == 0 {
		t.Error("not even a client's own marks are found")
	}
}

// marksOf are by what clients are known, as words ("alone 1000 example"), and whose each is. What
// several have, such as an application of the MSP's, is nobody's.
func marksOf(w *emulator.World) map[string]string {
	marks, several := map[string]string{}, map[string]bool{}
	for _, c := range w.Clients {
		for _, mark := range c.Marks() {
			words := strings.Join(wordsOf(mark), " ")
			several[words] = several[words] || marks[words] != "" && marks[words] != c.Label
			marks[words] = c.Label
		}
	}
	maps.DeleteFunc(marks, func(mark, _ string) bool { return several[mark] })
	return marks
}

// wordsOf are the words of a text, in lower case, without what stands between them.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// longestMark is how many words a mark has at most: a GUID has five.
const longestMark = 6

// marked are the marks that a text has, wherever and however they are put together.
func marked(text string, marks map[string]string) map[string]bool {
	has, words := map[string]bool{}, wordsOf(text)
	for i := range words {
		for n := 1; n <= longestMark && i+n <= len(words); n++ {
			if mark := strings.Join(words[i:i+n], " "); marks[mark] != "" {
				has[mark] = true
			}
		}
	}
	return has
}

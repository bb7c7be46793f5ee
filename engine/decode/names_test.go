package decode

import (
	"testing"

	"ringfence/engine/plan"
)

// TestNameLikeText: a name that policies read and that looks like the text of
// two properties is neither of them.
func TestNameLikeText(t *testing.T) {
	read := &plan.Field{}
	read.Name(`a":1,"b`)

	docs, err := Compile(dataset, read, nil).Read(holding([]byte(`{"id":"x","spec":{"a":1,"b":2}}`)))
	if err != nil || docs.Array.String() != "[{}]" {
		t.Errorf("%v, %v", docs, err)
	}
}

package report

import (
	"bytes"
	"fmt"
	"testing"

	"ringfence/internal/keyledger"
)

// TestLedgerIsCut: a page shows the beginning of a long table, and how much is left.
func TestLedgerIsCut(t *testing.T) {
	in := sample()
	in.Ledger.Access.Rows = nil
	for i := range maxLedgerRows + 7 {
		in.Ledger.Access.Rows = append(in.Ledger.Access.Rows, keyledger.Access{Principal: fmt.Sprintf("who-%d.", i)})
	}

	page, err := HTML(in)
	if err != nil {
		t.Fatal(err)
	}

	for text, want := range map[string]bool{
		fmt.Sprintf("who-%d.", maxLedgerRows-1): true,
		fmt.Sprintf("who-%d.", maxLedgerRows):   false,
		"And 7 more:":                           true,
	} {
		if bytes.Contains(page, []byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

// TestLedgerThatFailed: it is said, and nothing is shown in its place.
func TestLedgerThatFailed(t *testing.T) {
	in := sample()
	in.Ledger = &keyledger.Ledger{Problem: "the view <b> failed"}

	page, err := HTML(in)
	if err != nil {
		t.Fatal(err)
	}
	said := "could not be made, which changes no verdict: <bdi>the view &lt;b&gt; failed"
	if !bytes.Contains(page, []byte(said)) || bytes.Contains(page, []byte("None: the evidence is complete")) {
		t.Errorf("the page does not say so, or shows a ledger")
	}
}

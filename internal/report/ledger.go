package report

import "ringfence/internal/keyledger"

// maxLedgerRows is how many rows of each table of the key ledger a page shows.
const maxLedgerRows = 200

// Ledger is as much of a key ledger as a page shows.
type Ledger struct {
	Problem   string // why there is none
	Resources LedgerTable[keyledger.Resource]
	Stores    LedgerTable[keyledger.Store]
	Access    LedgerTable[keyledger.Access]
	Notes     []string
}

// LedgerTable is the beginning of a table: Total rows, of which Hidden are not in Rows.
type LedgerTable[T any] struct {
	Rows          []T
	Total, Hidden int
	Missing       []string
}

func newLedger(l *keyledger.Ledger) *Ledger {
	if l == nil {
		return nil
	}
	return &Ledger{
		Problem:   l.Problem,
		Resources: ledgerTable(l.Resources), Stores: ledgerTable(l.Stores), Access: ledgerTable(l.Access),
		Notes: l.Notes,
	}
}

func ledgerTable[T any](t keyledger.Table[T]) LedgerTable[T] {
	shown := t.Rows[:min(len(t.Rows), maxLedgerRows)]
	return LedgerTable[T]{Rows: shown, Total: len(t.Rows), Hidden: len(t.Rows) - len(shown), Missing: t.Missing}
}

// Package keyledger says of each resource that holds a client's data whose key encrypts it,
// where that key is, and who can do what with it.
//
//	ledger, err := keyledger.Read(ctx, engine, snap, promise, asOf)
//	for _, r := range ledger.Resources.Rows { … }
//
// It is the view key_ledger of the policy set (policies/ringfence/views), typed: a picture of
// evidence that controls judge, and no verdict. What the evidence does not say is "", and each
// table says what was not seen of the evidence behind it.
package keyledger

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
)

// Schema is the "schema" of a ledger's JSON.
const Schema = "ringfence.key-ledger/1"

// viewName is the custom.view of the policy that makes the ledger.
const viewName = "key_ledger"

// Ledger is the key ledger of one client.
type Ledger struct {
	Schema   string `json:"schema"`
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	Snapshot string `json:"snapshot"` // its digest
	AsOf     string `json:"as_of"`

	// Problem says why there is no ledger: the view's policy failed.
	Problem string `json:"problem,omitempty"`

	Resources Table[Resource] `json:"resources"`
	Stores    Table[Store]    `json:"stores"`
	Access    Table[Access]   `json:"access"`
	Notes     []string        `json:"notes"` // what no API says
}

// Table is a table of the ledger. Missing says what of the evidence behind it was not seen: none
// means that the rows are all that there are.
type Table[T any] struct {
	Rows    []T      `json:"rows"`
	Missing []string `json:"missing"`
}

// Complete reports whether the rows are all that there are.
func (t Table[T]) Complete() bool { return len(t.Missing) == 0 }

// Resource is a resource that is encrypted at rest, and one key that it uses.
type Resource struct {
	Resource string `json:"resource"` // the subject of its document
	Kind     string `json:"kind"`
	HeldBy   string `json:"held_by"` // "Microsoft" or "customer"
	Key      string `json:"key"`     // its address; "" for Microsoft's own, and where nobody read it
	Store    string `json:"store"`   // the subject of the client's vault or HSM, "" if it is none of these
	Owner    string `json:"owner"`   // "the client", "Microsoft", "tenant …"; "" where it is not known
	Hardware *bool  `json:"hardware"`
}

// Store is a key vault or managed HSM.
type Store struct {
	Store           string `json:"store"`
	Name            string `json:"name"`
	Kind            string `json:"kind"`
	Tenant          string `json:"tenant"`
	Ours            bool   `json:"ours"` // its tenant is the client's
	Access          string `json:"access"`
	PurgeProtection bool   `json:"purge_protection"`
	Public          *bool  `json:"public"` // null: its firewall decides
}

// Access is something that somebody can do with the keys of a store.
type Access struct {
	Store     string `json:"store"`
	Principal string `json:"principal"`
	Name      string `json:"name"` // "" where the directory does not say
	Can       string `json:"can"`
	When      string `json:"when"` // "now" or "on activation"
	Through   string `json:"through"`
}

// notes are what the ledger cannot show, whatever was read.
//
// Sources: https://learn.microsoft.com/purview/customer-key-availability-key-understand and
// https://learn.microsoft.com/azure/security/fundamentals/encryption-models
var notes = []string{
	"Microsoft 365 (mail, sites, chats): no API that ringfence reads says whether Customer Key is in " +
		"use. Without it Microsoft holds the keys. With it, Microsoft also keeps an availability key " +
		"that can decrypt the same data without the customer's keys.",
	"A key of Microsoft's is made, rotated and used by Microsoft, and no customer can see or withdraw it.",
	"A customer's key is used by the Azure service whenever it reads or writes: whoever may read the data " +
		"through the service needs no right to the key.",
	"Who holds local roles of a managed HSM only the HSM's administrators can read.",
}

// Read makes the ledger of a client's snapshot. A policy set without the view is an error, and so
// is what [engine.Engine.View] says.
func Read(
	ctx context.Context, e *engine.Engine, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (*Ledger, error) {
	view, err := e.View(ctx, viewName, snap, promise, asOf)
	if err != nil {
		return nil, err
	}

	l := &Ledger{
		Schema: Schema, Client: snap.Manifest.Client, TenantID: snap.Manifest.TenantID,
		Snapshot: snap.Digest(), AsOf: asOf.UTC().Format(time.RFC3339), Notes: notes,
	}
	for _, read := range []error{
		typed(view, "resources", &l.Resources), typed(view, "stores", &l.Stores), typed(view, "access", &l.Access),
	} {
		if read != nil {
			return nil, read
		}
	}

	return l, nil
}

// Has reports whether a policy set can make a ledger.
func Has(e *engine.Engine) bool { return len(e.ViewDatasets(viewName)) > 0 }

// typed reads the rows of a view's table.
func typed[T any](view engine.View, name string, into *Table[T]) error {
	from := view.Tables[name]
	into.Missing = from.Missing

	encoded, err := json.Marshal(from.Rows)
	if err == nil {
		err = json.Unmarshal(encoded, &into.Rows)
	}
	if err != nil {
		return fmt.Errorf("the view %s: %s: %w", view.Name, name, err)
	}

	return nil
}

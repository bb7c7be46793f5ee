package collectors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// large adds a tenant's users, and security groups with four members each.
func (f *fake) large(users, groups int) {
	const size = 999
	page := func(path string, n int, item func(int) string) {
		f.answers[path] = func(w http.ResponseWriter, r *http.Request) {
			from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
			to := min(from+size, n)
			var b strings.Builder
			b.WriteString(`{"value":[`)

			for i := from; i < to; i++ {
				if i > from {
					b.WriteByte(',')
				}
				b.WriteString(item(i))
			}

			b.WriteString("]")

			if to < n {
				fmt.Fprintf(&b, `,"@odata.nextLink":%q`, fmt.Sprintf("%s%s?$skiptoken=%d", f.srv.URL, path, to))
			}

			b.WriteString("}")
			answerText(b.String())(w, r)
		}
	}

	page("/graph/v1.0/users", users, func(i int) string {
		return fmt.Sprintf(`{"id":"bbbbbbbb-0000-4000-8000-%012d","userPrincipalName":"user%d@fabrikam.example","displayName":"User %d of Fabrikam","mail":"user%d@fabrikam.example","userType":"Member","externalUserState":null,"creationType":null,"identities":[{"signInType":"userPrincipalName","issuer":"fabrikam.example","issuerAssignedId":"user%d@fabrikam.example"}],"accountEnabled":true,"onPremisesSyncEnabled":true}`, i, i, i, i, i)
	})
	page("/graph/v1.0/groups", groups, func(i int) string {
		return fmt.Sprintf(`{"id":%q,"displayName":"Group %d","mail":null,"securityEnabled":true,"mailEnabled":false,"groupTypes":[],"isAssignableToRole":null,"onPremisesSyncEnabled":null,"membershipRule":null,"visibility":null}`, groupID(i), i)
	})

	f.batchesOf("/members", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Requests []struct{ ID string } }
		_ = json.NewDecoder(r.Body).Decode(&in)
		responses := []object{}
		for _, item := range in.Requests {
			n, _ := strconv.Atoi(item.ID)
			responses = append(responses, object{"id": item.ID, "status": 200, "body": object{"value": []object{user(n), user(n + 1), user(n + 2), user(n + 3)}}})
		}

		answerJSON(object{"responses": responses})(w, r)
	})
}

// peak runs f and returns the most heap that was in use on top of what was
// before, as the collector would have it at its default setting.
func peak(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	runtime.GC()
	before, most := read(), uint64(0)
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				most = max(most, read())
			}
		}
	}()

	f()
	close(stop)
	<-done

	return max(most, before) - before
}

// TestLargeTenant: 20,000 users and 5,000 groups in 300 MB, the fake tenant
// included, and in 250 batches.
func TestLargeTenant(t *testing.T) {
	effort.WithoutRace(t)
	f := full(t)
	f.large(20_000, 5_000)
	var s snapshot.Snapshot
	used := peak(func() { s = mustRun(t, f.config()) })
	t.Logf("%d MB", used>>20)

	if used > 300<<20 {
		t.Errorf("%d MB", used>>20)
	}

	m := s.Manifest.Datasets
	if m["entra.users"].Count != 20_000 || m["entra.users"].Pages != 21 || m[members].Count != 20_000 || m[members].Requests != 250 || len(m[members].Scopes) != 5_000 {
		t.Errorf("%d users, %d members, %d batches", m["entra.users"].Count, m[members].Count, m[members].Requests)
	}

	for name, c := range m {
		if c.Status != snapshot.Complete && c.WasAsked() {
			t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
		}
	}
}

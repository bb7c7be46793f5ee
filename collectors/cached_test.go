package collectors

import (
	"net/http"
	"testing"
)

// TestCachedAnswers: what a cache on the way answers is of the time at which the service said
// it (RFC 9111, section 5.1), and a list is as old as its oldest page. Everything else that was
// read then is of now.
func TestCachedAnswers(t *testing.T) {
	const users, next = "/graph/v1.0/users", "/graph/v1.0/next"
	aged := func(age string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Age", age)
			h(w, r)
		}
	}

	for _, tc := range []struct{ name, first, second, want string }{
		{"not from a cache", "", "", "2026-11-23T08:00:00Z"},
		{"revalidated just now", "0", "", "2026-11-23T08:00:00Z"},
		{"an hour old", "3600", "", "2026-11-23T07:00:00Z"},
		{"the last page is", "", "7200", "2026-11-23T06:00:00Z"},
		{"the first page is older", "7200", "60", "2026-11-23T06:00:00Z"},
		{"in the future", "-3600", "", "2026-11-23T08:00:00Z"},
		{"no number", "an hour", "", "2026-11-23T08:00:00Z"},
		{"more than there is", "99999999999999", "", "1958-11-05T04:45:52Z"},
		{"more than any number", "99999999999999999999", "", "1958-11-05T04:45:52Z"},
	} {
		f := full(t)
		f.answers[users] = aged(tc.first, func(w http.ResponseWriter, r *http.Request) {
			answerJSON(object{"value": []object{}, "@odata.nextLink": f.srv.URL + next})(w, r)
		})
		f.answers[next] = aged(tc.second, listOf())

		m := mustRun(t, f.config()).Manifest.Datasets
		if got := m["entra.users"]; got.StartedAt != tc.want || got.EndedAt != tc.want {
			t.Errorf("%s: users are of %s to %s (%v), want %s", tc.name, got.StartedAt, got.EndedAt, got.Evidence, tc.want)
		}
		if got := m["entra.subscribed_skus"]; got.EndedAt != "2026-11-23T08:00:00Z" {
			t.Errorf("%s: licences are of %s", tc.name, got.EndedAt)
		}
	}
}

// TestCachedInBatches: each answer within a batch may come from a cache of its own, and a batch
// as a whole may. What is read at many places is no younger than the oldest of their answers,
// and nothing else that the same batch asked for is as old.
func TestCachedInBatches(t *testing.T) {
	const now = "2026-11-23T08:00:00Z"
	aged := func(age string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Age", age)
			h(w, r)
		}
	}

	for _, tc := range []struct {
		name string
		set  func(f *fake)
		want string // when the members of groups were read
	}{
		{"none", func(*fake) {}, now},
		{"one item", func(f *fake) { f.answers[memberPath(1)] = aged("108000", listOf(user(1))) }, "2026-11-22T02:00:00Z"},
		{"two items", func(f *fake) {
			f.answers[memberPath(0)] = aged("7200", listOf(user(0)))
			f.answers[memberPath(2)] = aged("3600", listOf(user(2)))
		}, "2026-11-23T06:00:00Z"},
		{"the batch", func(f *fake) { f.batchesOf("/members", aged("3600", f.batch)) }, "2026-11-23T07:00:00Z"},
		{"an item's next page", func(f *fake) {
			f.answers[memberPath(1)] = answerJSON(object{"value": []any{user(1)}, "@odata.nextLink": f.srv.URL + memberPath(1) + "/2"})
			f.answers[memberPath(1)+"/2"] = aged("3600", listOf(user(2)))
		}, "2026-11-23T07:00:00Z"},
		{"an item that is asked for by itself", func(f *fake) {
			f.answers[memberPath(1)] = aged("3600", once(1, answerText("<html>"), listOf(user(1))))
		}, "2026-11-23T07:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := withGroups(t, 3)
			tc.set(f)
			m := mustRun(t, f.config()).Manifest.Datasets
			if got := m[members]; got.EndedAt != tc.want || got.StartedAt > got.EndedAt || got.Count != 3 && got.Count != 4 {
				t.Errorf("members are of %s to %s, want %s: %s", got.StartedAt, got.EndedAt, tc.want, inShort(got))
			}
			if got := m["entra.groups"]; got.EndedAt != now {
				t.Errorf("groups are of %s", got.EndedAt)
			}
		})
	}

	// Two datasets of one batch.
	f := full(t)
	f.answers["/graph/v1.0/subscribedSkus"] = aged("3600", f.answers["/graph/v1.0/subscribedSkus"])
	m := mustRun(t, f.config()).Manifest.Datasets
	if skus, domains := m["entra.subscribed_skus"], m["entra.domains"]; skus.EndedAt != "2026-11-23T07:00:00Z" || domains.EndedAt != now {
		t.Errorf("licences are of %s, domains of %s", skus.EndedAt, domains.EndedAt)
	}
}

// TestCachedIsNotKept: what a cache answered is asked for again by the collection that goes on
// where this one is killed, so that no answer becomes younger by it.
func TestCachedIsNotKept(t *testing.T) {
	const users = "/graph/v1.0/users"
	f := withGroups(t, 1)
	list := f.answers[users]
	f.answers[users] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Age", "600")
		list(w, r)
	}

	cfg := f.config()
	cfg.Resume = t.TempDir()
	interrupted(t, f, cfg, lastRead)
	f.forget()
	if c := mustRun(t, cfg).Manifest.Datasets["entra.users"]; c.EndedAt != "2026-11-23T07:50:00Z" || f.count(users) != 1 {
		t.Errorf("users are of %s, asked for %d times", c.EndedAt, f.count(users))
	}
}

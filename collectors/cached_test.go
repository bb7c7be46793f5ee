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

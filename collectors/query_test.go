package collectors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

const references = "azure.key_references"

func row(n int) object {
	return object{"id": fmt.Sprintf("/subscriptions/%s/resourceGroups/RG/providers/X/y/%d", sub1, n), "type": "x/y", "location": "westeurope"}
}

func rows(total int, token string, rows ...any) object {
	if rows == nil {
		rows = []any{}
	}

	o := object{"totalRecords": total, "count": len(rows), "resultTruncated": "false", "facets": []any{}, "data": rows}

	if token != "" {
		o["$skipToken"] = token
	}

	return o
}

func with(o object, name string, v any) object { o[name] = v; return o }

func TestResourceGraph(t *testing.T) {
	const at = "/arm/providers/Microsoft.ResourceGraph/resources"
	for _, tc := range []struct {
		name     string
		answers  []http.HandlerFunc
		want     string
		n        int
		requests int
	}{
		{"nothing", []http.HandlerFunc{answerJSON(rows(0, ""))}, "complete 1=complete", 0, 1},
		{"two pages", []http.HandlerFunc{answerJSON(rows(2, "next", row(1))), answerJSON(rows(2, "", row(2)))}, "complete 1=complete", 2, 2},
		{"truncated", []http.HandlerFunc{answerJSON(with(rows(1, "", row(1)), "resultTruncated", "true"))}, "partial 1=partial(result_truncated)", 1, 1},
		{"truncated, as the specification types it", []http.HandlerFunc{answerJSON(with(rows(1, "", row(1)), "resultTruncated", true))}, "partial 1=partial(result_truncated)", 1, 1},
		{"fewer rows than in all", []http.HandlerFunc{answerJSON(rows(3, "next", row(1))), answerJSON(rows(3, "", row(2)))}, "partial 1=partial(result_truncated)", 2, 2},
		{"more subscriptions than a query looks at", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-ms-tenant-subscription-limit-hit", "true")
			answerJSON(rows(1, "", row(1)))(w, r)
		}}, "partial 1=partial(result_truncated)", 1, 1},
		{"a token that comes again", []http.HandlerFunc{answerJSON(rows(9, "next", row(1))), answerJSON(rows(9, "next", row(2)))}, "error 1=error(next_link_loop)", 0, 2},
		{"a token that is a number", []http.HandlerFunc{answerJSON(with(rows(9, "", row(1)), "$skipToken", 7))}, "error 1=error(malformed_answer)", 0, 1},
		{"page two is denied", []http.HandlerFunc{answerJSON(rows(2, "next", row(1))), fail(403, "Denied", "")}, "partial 1=partial(Denied)", 1, 2},
		{"throttled, then not", []http.HandlerFunc{fail(429, "RateLimiting", ""), answerJSON(rows(0, ""))}, "complete 1=complete", 0, 2},
		{"a table", []http.HandlerFunc{answerJSON(with(rows(0, ""), "data", object{"columns": []any{}}))}, "error 1=error(malformed_answer)", 0, 1},
		{"the same row twice", []http.HandlerFunc{answerJSON(rows(2, "", row(1), row(1)))}, "partial 1=partial(result_truncated)", 1, 1},
		{"one row, two contents", []http.HandlerFunc{answerJSON(rows(2, "", row(1), with(row(1), "x", 1)))}, "error", 0, 1},
		{"truncated, and the next page", []http.HandlerFunc{answerJSON(with(rows(2, "next", row(1)), "resultTruncated", "true")), answerJSON(rows(2, "", row(2)))}, "complete 1=complete", 2, 2},
		{"neither total nor truncated", []http.HandlerFunc{answerJSON(object{"data": []any{row(1)}})}, "partial 1=partial(result_truncated)", 1, 1},
		{"a count of its own, and no total", []http.HandlerFunc{answerJSON(object{"count": 1, "data": []any{row(1)}})}, "partial 1=partial(result_truncated)", 1, 1},
		{"a token in another spelling", []http.HandlerFunc{answerJSON(with(rows(1, "", row(1)), "skip_token", "x"))}, "partial 1=partial(last_page_missing)", 1, 1},
		{"an error beside the rows", []http.HandlerFunc{answerJSON(with(rows(1, "", row(1)), "error", object{"code": "Oops"}))}, "partial 1=partial(Oops)", 1, 1},
		{"not JSON", []http.HandlerFunc{answerText("<html>")}, "error 1=error(malformed_answer)", 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := full(t, sub1)
			var asked []object
			f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
				var in object
				json.NewDecoder(r.Body).Decode(&in)
				if !strings.Contains(in["query"].(string), "/keys/") {
					answerJSON(rows(0, ""))(w, r) // another dataset's
					return
				}
				asked = append(asked, in)
				tc.answers[len(asked)-1](w, r)
			}

			c := mustRun(t, f.config(sub1)).Manifest.Datasets[references]
			if got := inShort(c); got != tc.want || c.Count != tc.n || c.Requests != tc.requests {
				t.Errorf("%s, %d documents, %d requests; want %s, %d, %d", got, c.Count, c.Requests, tc.want, tc.n, tc.requests)
			}

			for i, in := range asked {
				options := in["options"].(object)
				token, _ := options["$skipToken"].(string)
				if fmt.Sprint(in["subscriptions"]) != "["+sub1+"]" || options["resultFormat"] != "objectArray" || !strings.Contains(in["query"].(string), "order by id") ||
					(token == "next") != (i > 0 && tc.requests == 2 && tc.name != "throttled, then not") {
					t.Errorf("request %d: %v", i, in)
				}
			}
		})
	}
}

func TestImportOfAQuery(t *testing.T) {
	files := savedFiles()
	files[references+"/"+sub1+".json"] = text([]object{rows(2, "next", row(1)), rows(2, "", row(2))})
	for _, want := range []string{"complete 1=complete", "partial 1=partial(last_page_missing)"} {
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		if got := inShort(s.Manifest.Datasets[references]); got != want {
			t.Errorf("%s, want %s", got, want)
		}

		files[references+"/"+sub1+".json"] = text(rows(2, "next", row(1)))
	}

	files[references+"/"+sub1+".json"] = text([]object{row(1)})
	if s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}}); err != nil || s.Manifest.Datasets[references].Status != snapshot.Partial {
		t.Errorf("objects: %v", err)
	}
}

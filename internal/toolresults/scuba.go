package toolresults

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// scubaWords are the results in ScubaResults.json. A warning is a requirement that
// should be met, and is not.
var scubaWords = map[string]Outcome{
	"pass": Pass, "fail": Fail, "warning": Fail, "n/a": Manual, "error": Failed,
	"omitted": Skipped, "incorrect result": Manual,
}

// revision is the end of a policy's id that changes with its text: MS.AAD.8.2v1.
var revision = regexp.MustCompile(`v[0-9]+$`)

var tag = regexp.MustCompile(`<[^<>]*>`)

// parseScuba reads ScubaResults.json of Invoke-SCuBA. Its Raw part is the export that
// was judged, so that it can be asked what was not in it.
func parseScuba(data []byte) (*builder, error) {
	var file struct {
		MetaData struct {
			TenantID      string `json:"TenantId"`
			ToolVersion   string
			TimestampZulu string
		}
		Results map[string][]struct {
			Controls []struct {
				ID          string `json:"Control ID"`
				Requirement string
				Result      string
			}
		}
		Raw map[string]any
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}

	b := newBuilder()
	b.report.Version, b.report.At = file.MetaData.ToolVersion, file.MetaData.TimestampZulu
	if err := b.tenant(file.MetaData.TenantID); err != nil {
		return nil, err
	}

	for _, product := range slices.Sorted(maps.Keys(file.Results)) {
		for _, group := range file.Results[product] {
			for _, c := range group.Controls {
				title, _, _ := strings.Cut(c.Requirement, "<div")
				title = strings.Join(strings.Fields(tag.ReplaceAllString(title, " ")), " ")
				if err := b.add(c.ID, title, outcomeOf(c.Result, scubaWords)); err != nil {
					return nil, err
				}
			}
		}
	}

	if file.Raw != nil {
		b.report.Absent = func(part string) bool { return file.Raw[part] == nil }
	}
	return b, nil
}

// textOf is a JSON text or number as text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(v)
	}
	return ""
}

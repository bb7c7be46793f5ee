package toolresults

import "github.com/go-json-experiment/json"

// ztaWords are the states of Zero Trust Assessment's tests.
var ztaWords = map[string]Outcome{
	"passed": Pass, "failed": Fail, "error": Failed, "investigate": Manual, "skipped": Skipped, "planned": Skipped,
}

// parseZTA reads ZeroTrustAssessmentReport.json.
func parseZTA(data []byte) (*builder, error) {
	var file struct {
		TenantID       string `json:"TenantId"`
		ExecutedAt     string
		CurrentVersion string
		Tests          []struct {
			ID     any    `json:"TestId"` // a text, or a number in older files
			Title  string `json:"TestTitle"`
			Status string `json:"TestStatus"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}

	b := newBuilder()
	b.report.Version, b.report.At = file.CurrentVersion, file.ExecutedAt
	if err := b.tenant(file.TenantID); err != nil {
		return nil, err
	}
	for _, t := range file.Tests {
		if err := b.add(textOf(t.ID), t.Title, outcomeOf(t.Status, ztaWords)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

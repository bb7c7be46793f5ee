package toolresults

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// maesterWords are the results of Maester's tests (ConvertTo-MtMaesterResult.ps1).
var maesterWords = map[string]Outcome{
	"passed": Pass, "failed": Fail, "error": Failed, "investigate": Manual, "skipped": Skipped, "notrun": Skipped,
}

// parseMaester reads TestResults.json of Invoke-Maester.
func parseMaester(data []byte) (*builder, error) {
	var file struct {
		TenantID       string `json:"TenantId"`
		ExecutedAt     string
		CurrentVersion string
		Tests          []struct {
			ID     string `json:"Id"`
			Title  string
			Result string
		}
		Tenants []any // of several tenants, merged
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if len(file.Tenants) > 0 {
		return nil, fmt.Errorf("holds the results of several tenants: take the file of one")
	}

	b := newBuilder()
	b.report.Version, b.report.At = file.CurrentVersion, file.ExecutedAt
	if isGUID(file.TenantID) { // "TenantId (not connected to Graph)"
		if err := b.tenant(file.TenantID); err != nil {
			return nil, err
		}
	}
	for _, t := range file.Tests {
		if err := b.add(t.ID, t.Title, outcomeOf(t.Result, maesterWords)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

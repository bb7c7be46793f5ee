package toolresults

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// prowlerWords are the states of Prowler's findings.
var prowlerWords = map[string]Outcome{"pass": Pass, "fail": Fail, "manual": Manual, "muted": Skipped}

// parseProwler reads Prowler's OCSF JSON, or its CSV.
func parseProwler(data []byte) (*builder, error) {
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] == '[' {
		return parseOCSF(data)
	}
	return parseProwlerCSV(data)
}

// ocsf is a detection finding as Prowler writes it (prowler/lib/outputs/ocsf/ocsf.py).
type ocsf struct {
	Metadata struct {
		EventCode string `json:"event_code"`
		TenantUID string `json:"tenant_uid"`
		Product   struct {
			Version string `json:"version"`
		} `json:"product"`
	} `json:"metadata"`
	Status      string `json:"status"` // New, or Suppressed for what was muted
	StatusCode  string `json:"status_code"`
	FindingInfo struct {
		Title string `json:"title"`
	} `json:"finding_info"`
	Cloud struct {
		Org struct {
			UID string `json:"uid"`
		} `json:"org"`
		Provider string `json:"provider"`
	} `json:"cloud"`
	TimeText string `json:"time_dt"`
}

func parseOCSF(data []byte) (*builder, error) {
	var findings []ocsf
	if err := json.Unmarshal(data, &findings); err != nil {
		return nil, err
	}

	b := newBuilder()
	for _, f := range findings {
		if err := b.provider(f.Cloud.Provider); err != nil {
			return nil, err
		}
		for _, id := range []string{f.Cloud.Org.UID, f.Metadata.TenantUID} {
			if err := b.tenantIfGUID(id); err != nil {
				return nil, err
			}
		}

		outcome := outcomeOf(f.StatusCode, prowlerWords)
		if f.Status == "Suppressed" && outcome == Fail {
			outcome = Skipped
		}
		if err := b.add(f.Metadata.EventCode, f.FindingInfo.Title, outcome); err != nil {
			return nil, err
		}
		b.report.Version, b.report.At = f.Metadata.Product.Version, max(b.report.At, f.TimeText)
	}

	return b, nil
}

// parseProwlerCSV reads the CSV, whose separator is a semicolon.
func parseProwlerCSV(data []byte) (*builder, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.LazyQuotes = ';', true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("neither OCSF JSON nor CSV of Prowler: %w", err)
	}
	if !slices.Contains(header, "CHECK_ID") || !slices.Contains(header, "STATUS") {
		return nil, errors.New("neither OCSF JSON nor CSV of Prowler: no columns CHECK_ID and STATUS")
	}

	b := newBuilder()
	for {
		row, err := r.Read()
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, err
		}

		column := func(name string) string {
			if i := slices.Index(header, name); i >= 0 && i < len(row) {
				return row[i]
			}
			return ""
		}
		if err := b.prowlerRow(column); err != nil {
			return nil, err
		}
	}
}

func (b *builder) prowlerRow(column func(name string) string) error {
	if err := b.provider(column("PROVIDER")); err != nil {
		return err
	}
	if err := b.tenantIfGUID(column("ACCOUNT_ORGANIZATION_UID")); err != nil {
		return err
	}

	outcome := outcomeOf(column("STATUS"), prowlerWords)
	if strings.EqualFold(column("MUTED"), "true") && outcome == Fail {
		outcome = Skipped
	}
	b.report.Version, b.report.At = column("PROWLER_VERSION"), max(b.report.At, column("TIMESTAMP"))
	return b.add(column("CHECK_ID"), column("CHECK_TITLE"), outcome)
}

// provider refuses results of other clouds: their checks have the same words.
func (b *builder) provider(name string) error {
	if name != "" && name != "azure" && name != "m365" {
		return fmt.Errorf("holds results of %s: only azure and m365 are read", name)
	}
	return nil
}

func (b *builder) tenantIfGUID(id string) error {
	if !isGUID(id) {
		return nil
	}
	return b.tenant(id)
}

func isGUID(id string) bool { return uuid.Validate(id) == nil }

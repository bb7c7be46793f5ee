package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// schemaName is the "schema" of the JSON result.
const schemaName = "ringfence.bench/1"

// result is everything that was measured.
type result struct {
	Schema   string            `json:"schema"`
	At       time.Time         `json:"at"`
	Machine  machine           `json:"machine"`
	Versions map[string]string `json:"versions"`
	Rows     []row             `json:"rows"`
	Compared []compared        `json:"compared"`
	Growth   []growth          `json:"growth,omitempty"`
	Notes    []string          `json:"notes"`
}

type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	Go    string `json:"go"`
}

// row is one program on one workload: the medians of its runs.
type row struct {
	Workload string        `json:"workload"`
	Program  string        `json:"program"`
	Clients  int           `json:"clients"`
	Bytes    int64         `json:"bytes"` // of the clients' dataset files
	Runs     []measurement `json:"runs"`
	Median   measurement   `json:"median"`
	MBs      float64       `json:"mb_per_s"` // 10^6 bytes of dataset files
	PerS     float64       `json:"clients_per_s"`
	// Ratios are "wall/opa exec", "cpu/opa exec" and so on: this row's figure
	// divided by that program's on the same workload.
	Ratios map[string]float64 `json:"ratios,omitempty"`

	// Note says why a program was ended, if it was.
	Note string `json:"note,omitempty"`
}

// compared says how far another program's sets are ringfence's.
type compared struct {
	Workload    string   `json:"workload"`
	Program     string   `json:"program"`
	Clients     int      `json:"clients"`
	Entries     int      `json:"entries"` // of subjects, pass and fail
	Differences []string `json:"differences"`
}

// finish computes what follows from the runs.
func (r *row) finish() {
	if len(r.Runs) == 0 {
		return
	}

	r.Median = medians(r.Runs)
	r.MBs = float64(r.Bytes) / 1e6 / r.Median.Wall.Seconds()
	r.PerS = float64(r.Clients) / r.Median.Wall.Seconds()
}

// compareRows adds the ratios to the rows of one workload.
func compareRows(rows []row) {
	for _, base := range rows {
		if base.Program != opaExec && base.Program != conftestTest || len(base.Runs) == 0 {
			continue
		}

		for i := range rows {
			r := &rows[i]
			if len(r.Runs) == 0 {
				continue
			}
			if r.Ratios == nil {
				r.Ratios = map[string]float64{}
			}
			r.Ratios["wall/"+base.Program] = r.Median.Wall.Seconds() / base.Median.Wall.Seconds()
			r.Ratios["cpu/"+base.Program] = r.Median.cpu().Seconds() / base.Median.cpu().Seconds()
		}
	}
}

func (r *result) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// columns are those of the table, and ratioColumns the ratios that are its last ones.
const columns = "workload\tprogram\truns\twall s\tcpu s\tpeak MB\tMB/s\tclients/s\t" +
	"wall÷opa\twall÷conftest\tcpu÷opa\tcpu÷conftest\t"

var ratioColumns = []string{
	"wall/" + opaExec, "wall/" + conftestTest,
	"cpu/" + opaExec, "cpu/" + conftestTest,
}

// text writes the table, and below it what is no row.
func (r *result) text(w io.Writer) error {
	m, v := r.Machine, r.Versions
	fmt.Fprintf(w, "%s, %d cores, %s/%s, %s\n", m.CPU, m.Cores, m.OS, m.Arch, m.Go)
	fmt.Fprintf(w, "ringfence %s (OPA %s), opa %s, conftest %s (OPA %s)\n\n",
		v["ringfence"], v["opa in ringfence"], v["opa"], v["conftest"], v["opa in conftest"])

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, columns)
	for _, x := range r.Rows {
		x.text(t)
	}

	if err := t.Flush(); err != nil {
		return err
	}

	r.belowTable(w)
	return nil
}

func (r row) text(w io.Writer) {
	if len(r.Runs) == 0 {
		fmt.Fprintf(w, "%s\t%s\t0\t\t\t\t\t\t\t\t\t\t %s\n", r.Workload, r.Program, r.Note)
		return
	}

	m := r.Median
	fmt.Fprintf(w, "%s\t%s\t%d\t%.2f\t%.2f\t%d\t%.1f\t%.2f\t", r.Workload, r.Program, len(r.Runs),
		m.Wall.Seconds(), m.cpu().Seconds(), m.Peak/1e6, r.MBs, r.PerS)

	for _, name := range ratioColumns {
		if v, has := r.Ratios[name]; has {
			fmt.Fprintf(w, "%.3f", v)
		}
		fmt.Fprint(w, "\t")
	}

	fmt.Fprintf(w, " %s\n", r.Note)
}

// belowTable writes where ringfence's time went, whether the others say the same, growth and
// notes.
func (r *result) belowTable(w io.Writer) {
	fmt.Fprintln(w)
	for _, x := range r.Rows {
		if len(x.Median.Timings) > 0 {
			fmt.Fprintf(w, "%s, %s: %s\n", x.Workload, x.Program, x.phases())
		}
	}

	for _, c := range r.Compared {
		fmt.Fprintf(w, "%s: %d entries of subjects, pass and fail of %d clients are %s's, %d differ\n",
			c.Workload, c.Entries, c.Clients, c.Program, len(c.Differences))
		for _, d := range c.Differences[:min(5, len(c.Differences))] {
			fmt.Fprintln(w, "  "+d)
		}
	}

	growthText(w, r.Growth)
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
}

// spent adds up some stages.
func (m measurement) spent(stages ...string) (all time.Duration) {
	for _, stage := range stages {
		all += m.Timings[stage]
	}
	return all
}

// phases says where a run's time went, over all goroutines, and how fast its datasets were
// taken in where all of them were.
func (r row) phases() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Median.Timings)) {
		parts = append(parts, fmt.Sprintf("%s %.3f s", name, r.Median.Timings[name].Seconds()))
	}

	ingest := r.Median.spent("read", "hash", "decode")
	if ingest > 0 && r.Median.Timings["recall"] == 0 {
		perSecond := float64(r.Bytes) / 1e6 / ingest.Seconds()
		parts = append(parts, fmt.Sprintf("ingest %.1f MB/s a goroutine", perSecond))
	}

	return strings.Join(parts, ", ")
}

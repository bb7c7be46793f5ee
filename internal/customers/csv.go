package customers

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxRows bounds a list: no MSP has more customers.
const maxRows = 20_000

// column is what a column of the list holds; 0: nothing that is read.
type column int

const (
	name column = iota + 1
	tenant
	domain
)

// columns are the headings under which spreadsheets and the exports of Partner Center
// have each property, in lower case without spaces, underscores and hyphens.
var columns = map[string]column{
	"name": name, "displayname": name, "customer": name, "customername": name, "client": name,
	"clientname": name, "company": name, "companyname": name, "organization": name, "organisation": name,

	"tenantid": tenant, "tenant": tenant, "microsoftid": tenant, "customertenantid": tenant,
	"customerid": tenant, "directoryid": tenant, "entratenantid": tenant, "azureadtenantid": tenant,

	"domain": domain, "domainname": domain, "primarydomain": domain, "primarydomainname": domain,
	"defaultdomain": domain, "defaultdomainname": domain, "verifieddomain": domain,
}

// ReadCSV reads a list of customers: a heading line, then one customer a line. It takes
// what spreadsheets write: commas, semicolons or tabs, with or without quotes, with a
// byte order mark, in UTF-8 or UTF-16, and "sep=;" in the first line. Errors name the
// line and what is expected.
func ReadCSV(data []byte) ([]Customer, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}

	separator, text := separatorOf(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = separator, -1, true, separator != '\t'
	heading, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %w; %s", reason(err), wantHeading)
	}

	all, err := columnsOf(heading)
	if err != nil {
		return nil, err
	}

	var list []Customer
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}

		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, reason(err))
		}
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}

		c, err := customerOf(record, all)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}

		c.Line = line
		if list = append(list, c); len(list) > maxRows {
			return nil, fmt.Errorf("line %d: more than %d customers", line, maxRows)
		}
	}
}

const wantHeading = "the first line must name the columns: name, and domain or tenant_id"

// reason is an error of package csv without its own line.
func reason(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	return err
}

// columnsOf says what each column holds. Of two that hold the same, the first counts.
func columnsOf(heading []string) ([]column, error) {
	all, has := make([]column, len(heading)), map[column]bool{}
	for i, title := range heading {
		plain := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.TrimSpace(title))
		if kind := columns[strings.ToLower(plain)]; !has[kind] {
			all[i], has[kind] = kind, kind != 0
		}
	}

	if !has[tenant] && !has[domain] {
		return nil, fmt.Errorf("line 1 is %q: %s", clip(strings.Join(heading, ",")), wantHeading)
	}
	return all, nil
}

func customerOf(record []string, all []column) (Customer, error) {
	var c Customer
	for i, value := range record[:min(len(record), len(all))] {
		switch value = strings.TrimSpace(value); all[i] {
		case name:
			c.Name = value
		case tenant:
			c.TenantID = value
		case domain:
			c.Domain = value
		}
	}

	var ok bool
	if c.TenantID != "" {
		id := c.TenantID
		if c.TenantID, ok = isGUID(id); !ok {
			return c, fmt.Errorf("the tenant id %q is not a GUID", clip(id))
		}
	}
	if c.Domain != "" {
		given := strings.TrimPrefix(c.Domain, "@")
		if c.Domain, ok = isDomain(given); !ok {
			return c, fmt.Errorf("%q is not a domain name", clip(given))
		}
	}
	if c.TenantID == "" && c.Domain == "" {
		return c, fmt.Errorf("%q has neither a tenant id nor a domain", clip(c.Name))
	}

	return c, nil
}

// clip bounds what a message repeats of the file.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// decode makes UTF-8 without a byte order mark of what a spreadsheet writes.
func decode(data []byte) (string, error) {
	marks := map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian}
	for mark, order := range marks {
		rest, marked := bytes.CutPrefix(data, []byte(mark))
		if !marked {
			continue
		}

		units := make([]uint16, len(rest)/2)
		for i := range units {
			units[i] = order.Uint16(rest[2*i:])
		}
		return string(utf16.Decode(units)), nil
	}

	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return "", errors.New("the file is not UTF-8: save it as CSV UTF-8")
	}
	return string(data), nil
}

// separatorOf finds what separates columns: what "sep=" says, or what the first line
// has most of outside quotes.
func separatorOf(text string) (rune, string) {
	first, rest, _ := strings.Cut(text, "\n")
	if named, ok := strings.CutPrefix(strings.TrimRight(first, "\r"), "sep="); ok && len(named) == 1 {
		return rune(named[0]), rest
	}

	count, quoted := map[rune]int{}, false
	for _, r := range first {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[r]++
		}
	}

	best := ','
	for _, r := range []rune{';', '\t'} {
		if count[r] > count[best] {
			best = r
		}
	}
	return best, text
}

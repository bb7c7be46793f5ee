// Package exports reads what other tools saved of a tenant, and turns it back into the
// objects of the API that they came from: names, nesting, lists and times as Microsoft
// documents them. A [Part] is some objects of one dataset. What a tool lost on the way
// (properties that it did not ask for, values that it left out because they were false
// or empty, text that it changed) stays lost: nothing is made up for it.
//
// No export is complete. A tool writes objects without the page that they came on, and
// after an error most go on without a word; so a list that is whole cannot be told from
// one that was cut. That is for package collectors to say, the one judge of answers;
// here is said what is known beside it ([Part.Lacks]).
//
//	azurehound      one file with everything, objects under the kinds of BloodHound
//	scubagear       ProviderSettingsExport.json, or ScubaResults.json
//	entraexporter   a folder tree with a file for each object
//	az-cli          the output of "az … list", a file a command
//	powershell      Graph PowerShell cmdlets through ConvertTo-Json, a file a cmdlet
package exports

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Formats that Read takes.
const (
	AzCLI         = "az-cli"
	PowerShell    = "powershell"
	AzureHound    = "azurehound"
	ScubaGear     = "scubagear"
	EntraExporter = "entraexporter"
)

// Formats lists the formats that Read takes.
func Formats() []string { return []string{AzCLI, PowerShell, AzureHound, ScubaGear, EntraExporter} }

// object is one JSON object.
type object = map[string]any

// Part is some of a dataset, out of one file. A dataset comes in as many parts as the
// tool wrote; each names its scope, the id of the parent's document, where the dataset
// is read per parent.
type Part struct {
	Dataset string
	Scope   string
	File    string

	// Objects are the API's, each without the page that it came on.
	Objects []map[string]any

	// Pages are whole bodies of API answers, which a tool passed on as they were. They
	// prove what any saved answer proves. A part has either these or Objects.
	Pages []map[string]any

	// Lacks says what else is known to be missing, or changed, in words that go on after
	// "the tool exports objects without the page that they came on; ". Cut are pointers
	// of properties whose value the tool lost.
	Lacks string
	Cut   []string

	// Failed says that the tool could not read the dataset: there are no objects.
	Failed string
}

// Source is what an export is read from.
type Source struct {
	Files    fs.FS
	Format   string // one of Formats
	TenantID string // GUID; what a tool exported of other tenants is left out

	// Take takes each part. Ignored is told of what no dataset holds, and why; the first
	// is a file, or a part of one.
	Take    func(Part) error
	Ignored func(file, why string)

	foreign map[string]bool // subscriptions of other tenants, by GUID, as the export says
}

// maxFile bounds a file that is read whole, in bytes.
const maxFile = 1 << 30

// Read reads an export. An error is one of reading files, or of Take; what is wrong
// with a file's content is told to Ignored, or is a part that Failed.
func Read(s Source) error {
	s.TenantID = strings.ToLower(s.TenantID)
	switch s.Format {
	case AzureHound:
		return s.azureHound()
	case ScubaGear:
		return s.scubaGear()
	case EntraExporter:
		return s.entraExporter()
	case AzCLI:
		return s.azCLI()
	case PowerShell:
		return s.powerShell()
	}
	return fmt.Errorf("no format %q (formats: %s)", s.Format, strings.Join(Formats(), ", "))
}

// take hands over a part, unless nobody knows its dataset.
func (s *Source) take(p Part) error {
	if snapshot.Schemas()[p.Dataset] == nil {
		s.Ignored(p.File, "this version of ringfence has no dataset "+p.Dataset)
		return nil
	}
	return s.Take(p)
}

// jsonFiles walks the regular files whose name ends in .json, in the order of their
// paths. Others are told to Ignored.
func (s *Source) jsonFiles(each func(name string) error) error {
	return fs.WalkDir(s.Files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		}

		info, err := fs.Stat(s.Files, name) // follows links: what is no file may never end
		if err != nil || !info.Mode().IsRegular() {
			s.Ignored(name, "it is no file")
			return nil
		}
		if !strings.EqualFold(path.Ext(name), ".json") {
			s.Ignored(name, "it is no JSON file")
			return nil
		}

		return each(name)
	})
}

// read parses a file. ok is false where it is no JSON, which was told.
func (s *Source) read(name string) (v any, ok bool, err error) {
	f, err := s.Files.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()

	text, ok, err := s.text(name, f)
	if err != nil || !ok {
		return nil, false, err
	}
	if v, err = snapshot.Parse(text); err != nil {
		s.Ignored(name, "it is not JSON: "+err.Error())
		return nil, false, nil
	}
	return v, true, nil
}

// text reads a file whole, whatever Unicode it is in. ok is false where it is none, which was
// told.
func (s *Source) text(name string, f io.Reader) (text []byte, ok bool, err error) {
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, false, fmt.Errorf("reading %q: %w", name, err)
	}
	if len(data) > maxFile {
		s.Ignored(name, fmt.Sprintf("it is larger than %d bytes", maxFile))
		return nil, false, nil
	}
	if text, err = snapshot.UTF8(data); err != nil {
		s.Ignored(name, "it is not JSON: "+err.Error())
		return nil, false, nil
	}
	return text, true, nil
}

// errorIn is the code of an error that was saved where objects should be: "az rest" and scripts
// save what the API answers. "" is none.
func errorIn(v any) string {
	o, _ := v.(object)
	e, isError := o["error"].(object)
	if !isError || o["id"] != nil {
		return ""
	}
	code, _ := e["code"].(string)
	return cmp.Or(code, "an error")
}

// takeError takes a file that holds an error in the place of a dataset's objects.
func (s *Source) takeError(dataset, scope, file, code string) error {
	if schema := snapshot.Schemas()[dataset]; schema != nil && schema.PerScope() && scope == "" {
		s.Ignored(file, fmt.Sprintf("it holds an error (%s), and does not say of which %s",
			code, strings.Join(schema.Parents(), " or ")))
		return nil
	}
	return s.take(Part{Dataset: dataset, Scope: scope, File: file, Failed: "the file holds an error: " + code})
}

// objectsOf are the objects of a value that is one, or an array of them. ok is false
// for anything else.
func objectsOf(v any) (objects []object, ok bool) {
	switch v := v.(type) {
	case object:
		return []object{v}, true
	case []any:
		objects = []object{}
		for _, item := range v {
			o, isObject := item.(object)
			if !isObject {
				return nil, false
			}
			objects = append(objects, o)
		}
		return objects, true
	}
	return nil, false
}

// pagesOf are the bodies of an answer that a tool passed on as it was: a list under
// "value", or the object of a dataset that has only one, with what Graph says it is.
func pagesOf(dataset string, v any) (pages []object, ok bool) {
	schema := snapshot.Schemas()[dataset]
	isSingle := schema != nil && schema.ID.Form == snapshot.Singleton
	isBare := func(p object) bool {
		_, hasValue := p["value"].([]any)
		_, hasContext := p["@odata.context"]
		return !(hasValue && !isPowerShellArray(p)) && !(isSingle && hasContext)
	}

	pages, ok = objectsOf(v)
	return pages, ok && len(pages) > 0 && !slices.ContainsFunc(pages, isBare)
}

// scopeOf is the subscription in the id of an Azure resource, "" where there is none.
func scopeOf(o object) string {
	id, _ := o["id"].(string)
	parts := strings.Split(strings.ToLower(id), "/")
	if len(parts) > 2 && parts[0] == "" && parts[1] == "subscriptions" {
		return parts[2]
	}
	return ""
}

// placeOf finds the scope in the id of an Azure resource: its subscription where the
// dataset is read at those alone, and else the document of the parent that is named in
// it, "" where there is none. It follows from the endpoint: a key of "/{scope}/keys" is
// "<scope>/keys/<name>".
func placeOf(s *snapshot.Schema) func(object) string {
	if slices.Equal(s.Parents(), []string{snapshot.SubscriptionDataset}) {
		return scopeOf
	}

	_, list, _ := strings.Cut(s.Source.Endpoint, "}/")
	list = "/" + strings.ToLower(list)
	return func(o object) string {
		id, _ := o["id"].(string)
		id = strings.ToLower(id)
		place, isBelow := strings.CutSuffix(id[:max(0, strings.LastIndex(id, "/"))], list)
		if !isBelow {
			return ""
		}
		if subscription, ok := strings.CutPrefix(place, "/subscriptions/"); ok && !strings.Contains(subscription, "/") {
			return subscription
		}
		return place
	}
}

// byScope groups the objects of a dataset by the scope that of finds for each: the
// subscription in its id, say. Those without one are told to Ignored.
func (s *Source) byScope(p Part, of func(object) string) error {
	schema := snapshot.Schemas()[p.Dataset]
	if schema == nil || schema.Parent == "" {
		return s.take(p)
	}
	parents := strings.Join(schema.Parents(), " or ")

	var order []string
	groups := map[string][]object{}
	for _, o := range p.Objects {
		scope := of(o)
		if groups[scope] == nil {
			order = append(order, scope)
		}
		groups[scope] = append(groups[scope], o)
	}

	if len(p.Objects) == 0 {
		s.Ignored(p.File, "it holds nothing, and does not say of which "+parents)
	}
	for _, scope := range order {
		if s.foreign[scope] {
			s.Ignored(p.File, fmt.Sprintf("%d objects are of the subscription %s of another tenant",
				len(groups[scope]), scope))
			continue
		}
		if scope == "" {
			s.Ignored(p.File, fmt.Sprintf("%d objects do not say which of %s they are of",
				len(groups[scope]), parents))
			continue
		}

		one := p
		one.Scope, one.Objects = scope, groups[scope]
		if err := s.take(one); err != nil {
			return err
		}
	}

	return nil
}

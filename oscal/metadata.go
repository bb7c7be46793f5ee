package oscal

import (
	"cmp"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// metadata is that of the plan and the results: last-modified is the as-of, version
// the run id, and the properties name all that the run follows from.
func (b *builder) metadata(name string) metadata {
	set := b.in.Set
	m := metadata{
		Title:        line(name + ": " + set.Client),
		LastModified: stamp(b.end),
		Version:      value(b.in.RunID),
		OSCALVersion: Version,
		Props: append([]property{
			prop("run-id", b.in.RunID), prop("engine-version", b.in.EngineVersion),
			prop("client", set.Client), prop("tenant-id", set.TenantID),
			prop("snapshot-digest", set.Snapshot),
			prop("intent-digest", set.Intent),
			prop("policies-digest", set.Policies),
		}, b.cloudProps()...),
		Roles:              roles,
		Parties:            b.people.parties,
		ResponsibleParties: b.people.responsible,
	}

	if b.unsafeCloud() {
		m.Remarks = unsafeRemark
	}

	return m
}

// unsafeRemark is in every document of a run on a cloud that is none of Microsoft's.
const unsafeRemark = "UNSAFE CLOUD: the evidence was read from an endpoint " +
	"that the fleet file declares as cloud_unsafe (an emulator or a laboratory). " +
	"It says nothing about a production tenant."

// unsafeCloud reports whether the evidence is from a cloud_unsafe block of the fleet
// file: the manifest names such a cloud "unsafe:<label>".
func (b *builder) unsafeCloud() bool { return strings.HasPrefix(b.in.Manifest.Cloud, "unsafe:") }

func (b *builder) cloudProps() []property {
	props := []property{prop("cloud", b.in.Manifest.Cloud)}
	if b.unsafeCloud() {
		props = append(props, prop("unsafe-cloud", "true"))
	}
	return props
}

// links collects the files that a document refers to. They become the resources of
// its back matter, which has their digests.
type links struct {
	b     *builder
	paths map[string]bool
}

func (b *builder) linksTo(paths ...string) *links {
	l := &links{b, map[string]bool{}}
	for _, path := range paths {
		l.href(path)
	}
	return l
}

// href is the reference to a file, "#" and the uuid of its resource. The resource
// will be in the back matter.
func (l *links) href(path string) string {
	l.paths[path] = true
	return "#" + l.b.resourceUUID(path)
}

// reference is a link to a file.
func (l *links) reference(path, text string) link {
	return link{Href: l.href(path), Rel: "reference", Text: text}
}

// has reports whether the run folder holds the file.
func (l *links) has(path string) bool { return l.b.digests[path] != "" }

func (b *builder) resourceUUID(path string) string { return finding.UUID("resource", b.in.RunID, path) }

func (l *links) backMatter() backMatter {
	var m backMatter
	for _, path := range sortedKeys(l.paths) {
		about := cmp.Or(fileKinds[path], datasetKind)
		m.Resources = append(m.Resources, resource{
			UUID:        l.b.resourceUUID(path),
			Title:       line(path),
			Description: about.description,
			Props:       []property{{Name: "type", Value: about.resourceType}},
			Rlinks: []rlink{{
				Href:      fileHref(path),
				MediaType: about.mediaType,
				Hashes:    []hash{{"SHA-256", l.b.digests[path]}},
			}},
		})
	}

	return m
}

// fileKind is what the back matter says of a file. The types of resources are a
// closed list of OSCAL: see resourceTypes.
type fileKind struct{ description, resourceType, mediaType string }

var fileKinds = map[string]fileKind{
	layout.Intent: {
		"What the client was promised. There is no system security plan: the fleet intent stands in for it.",
		"artifact", "application/json",
	},
	layout.Manifest: {
		"What was collected: status, proof, times and digests of every dataset, in the collector's words.",
		"evidence", "application/json",
	},
	layout.Policies: {"The policies that were evaluated, as an OPA bundle.", "artifact", "application/gzip"},
	layout.Findings: {
		"Every subject that is not satisfied, and how complete each dataset is as judged.",
		"tool-output", "application/json",
	},
	layout.Verdicts: {
		"Every verdict, one line for each control and subject.",
		"tool-output", "application/x-ndjson",
	},
	layout.Catalog: {"The controls that were assessed.", "artifact", "application/json"},
	layout.Plan:    {"The assessment plan of this run.", "plan", "application/json"},
}

// datasetKind is of every other file: the documents of one dataset.
var datasetKind = fileKind{
	"Documents of one dataset, one a line, normalized from what the API answered: " +
		"property names are the API's; ids are in one spelling, sets sorted, documented absences null, " +
		"secrets left out, and volatile properties kept apart under observed. " +
		"Lines count from 1; a JSON pointer is into its line.",
	"evidence", "application/x-ndjson",
}

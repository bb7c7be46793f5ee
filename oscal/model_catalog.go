package oscal

type catalogFile struct {
	Catalog catalog `json:"catalog"`
}

type catalog struct {
	UUID     string   `json:"uuid"`
	Metadata metadata `json:"metadata"`
	Groups   []group  `json:"groups,omitempty"`
}

type group struct {
	ID       string    `json:"id"`
	Class    string    `json:"class"`
	Title    string    `json:"title"`
	Controls []control `json:"controls"`
}

type control struct {
	ID     string      `json:"id"`
	Class  string      `json:"class"`
	Title  string      `json:"title"`
	Params []parameter `json:"params,omitempty"`
	Props  []property  `json:"props,omitempty"`
	Links  []link      `json:"links,omitempty"`
	Parts  []part      `json:"parts,omitempty"`
}

type parameter struct {
	ID     string     `json:"id"`
	Props  []property `json:"props,omitempty"`
	Label  string     `json:"label"`
	Usage  string     `json:"usage,omitempty"`
	Values []string   `json:"values,omitempty"`
}

type part struct {
	ID    string     `json:"id,omitempty"`
	Name  string     `json:"name"`
	NS    string     `json:"ns,omitempty"`
	Title string     `json:"title,omitempty"`
	Props []property `json:"props,omitempty"`
	Prose string     `json:"prose,omitempty"`
	Parts []part     `json:"parts,omitempty"`
	Links []link     `json:"links,omitempty"`
}

type planFile struct {
	Plan plan `json:"assessment-plan"`
}

type plan struct {
	UUID             string              `json:"uuid"`
	Metadata         metadata            `json:"metadata"`
	ImportSSP        imported            `json:"import-ssp"`
	LocalDefinitions planDefinitions     `json:"local-definitions"`
	ReviewedControls reviewedControls    `json:"reviewed-controls"`
	Subjects         []assessmentSubject `json:"assessment-subjects"`
	Assets           assessmentAssets    `json:"assessment-assets"`
	Tasks            []task              `json:"tasks"`
	BackMatter       backMatter          `json:"back-matter"`
}

type imported struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks,omitempty"`
}

type planDefinitions struct {
	Components []component `json:"components"`
	Activities []activity  `json:"activities"`
}

type activity struct {
	UUID        string           `json:"uuid"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Props       []property       `json:"props"`
	Related     reviewedControls `json:"related-controls"`
}

type assessmentSubject struct {
	Type    string       `json:"type"`
	Include []subjectRef `json:"include-subjects"`
}

type task struct {
	UUID        string               `json:"uuid"`
	Type        string               `json:"type"` // action or milestone
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Timing      *timing              `json:"timing,omitempty"`
	DependsOn   []dependency         `json:"dependencies,omitempty"`
	Activities  []associatedActivity `json:"associated-activities,omitempty"`
}

type timing struct {
	OnDate *onDate    `json:"on-date,omitempty"`
	Within *dateRange `json:"within-date-range,omitempty"`
}

type onDate struct {
	Date string `json:"date"`
}

type dateRange struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type dependency struct {
	TaskUUID string `json:"task-uuid"`
}

type associatedActivity struct {
	ActivityUUID string              `json:"activity-uuid"`
	Subjects     []assessmentSubject `json:"subjects"`
}

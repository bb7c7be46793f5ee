package oscal

// The shapes that we write. Names and order of the members follow NIST's JSON schema
// of OSCAL 1.1.3, where each of them is described. Every optional array is left out if
// it is empty, because the schema refuses []. What we never write is not here.

// What several models share.

type metadata struct {
	Title              string             `json:"title"`
	LastModified       string             `json:"last-modified"`
	Version            string             `json:"version"`
	OSCALVersion       string             `json:"oscal-version"`
	Props              []property         `json:"props,omitempty"`
	Roles              []role             `json:"roles,omitempty"`
	Parties            []party            `json:"parties,omitempty"`
	ResponsibleParties []responsibleParty `json:"responsible-parties,omitempty"`
	Remarks            string             `json:"remarks,omitempty"`
}

type property struct {
	Name    string `json:"name"`
	NS      string `json:"ns,omitempty"`
	Value   string `json:"value"`
	Class   string `json:"class,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel,omitempty"`
	Text string `json:"text,omitempty"`
}

type role struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

type party struct {
	UUID     string     `json:"uuid"`
	Type     string     `json:"type"` // person or organization
	Name     string     `json:"name,omitempty"`
	Emails   []string   `json:"email-addresses,omitempty"`
	Props    []property `json:"props,omitempty"`
	MemberOf []string   `json:"member-of-organizations,omitempty"`
}

type responsibleParty struct {
	RoleID     string   `json:"role-id"`
	PartyUUIDs []string `json:"party-uuids"`
}

type backMatter struct {
	Resources []resource `json:"resources,omitempty"`
}

type resource struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Props       []property `json:"props,omitempty"`
	Rlinks      []rlink    `json:"rlinks"`
}

type rlink struct {
	Href      string `json:"href"`
	MediaType string `json:"media-type,omitempty"`
	Hashes    []hash `json:"hashes"`
}

type hash struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type component struct {
	UUID        string          `json:"uuid"`
	Type        string          `json:"type"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Props       []property      `json:"props,omitempty"`
	Status      componentStatus `json:"status"`
}

type componentStatus struct {
	State   string `json:"state"`
	Remarks string `json:"remarks,omitempty"`
}

type inventoryItem struct {
	UUID        string     `json:"uuid"`
	Description string     `json:"description"`
	Props       []property `json:"props,omitempty"`
}

type assessmentAssets struct {
	Components []component `json:"components,omitempty"`
	Platforms  []platform  `json:"assessment-platforms"`
}

type platform struct {
	UUID  string          `json:"uuid"`
	Title string          `json:"title"`
	Uses  []usedComponent `json:"uses-components,omitempty"`
}

type usedComponent struct {
	ComponentUUID string `json:"component-uuid"`
}

type reviewedControls struct {
	Description string               `json:"description,omitempty"`
	Props       []property           `json:"props,omitempty"`
	Links       []link               `json:"links,omitempty"`
	Selections  []controlSelection   `json:"control-selections"`
	Objectives  []objectiveSelection `json:"control-objective-selections,omitempty"`
}

type controlSelection struct {
	Description string      `json:"description,omitempty"`
	Props       []property  `json:"props,omitempty"`
	All         *struct{}   `json:"include-all,omitempty"`
	Include     []controlID `json:"include-controls,omitempty"`
	Exclude     []controlID `json:"exclude-controls,omitempty"`
	Remarks     string      `json:"remarks,omitempty"`
}

type controlID struct {
	ControlID string `json:"control-id"`
}

type objectiveSelection struct {
	Include []objectiveID `json:"include-objectives,omitempty"`
}

type objectiveID struct {
	ObjectiveID string `json:"objective-id"`
}

type origin struct {
	Actors []actor `json:"actors"`
}

type actor struct {
	Type      string `json:"type"` // tool, assessment-platform or party
	ActorUUID string `json:"actor-uuid"`
}

type subjectRef struct {
	SubjectUUID string `json:"subject-uuid"`
	Type        string `json:"type"` // component or inventory-item
	Title       string `json:"title,omitempty"`
}

// The catalog.

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

// The assessment plan.

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

// The assessment results.

type resultsFile struct {
	Results assessmentResults `json:"assessment-results"`
}

type assessmentResults struct {
	UUID       string     `json:"uuid"`
	Metadata   metadata   `json:"metadata"`
	ImportAP   imported   `json:"import-ap"`
	Results    []result   `json:"results"`
	BackMatter backMatter `json:"back-matter"`
}

type result struct {
	UUID             string            `json:"uuid"`
	Title            string            `json:"title"`
	Description      string            `json:"description"`
	Start            string            `json:"start"`
	End              string            `json:"end"`
	Props            []property        `json:"props,omitempty"`
	Links            []link            `json:"links,omitempty"`
	LocalDefinitions resultDefinitions `json:"local-definitions"`
	ReviewedControls reviewedControls  `json:"reviewed-controls"`
	Observations     []observation     `json:"observations,omitempty"`
	Risks            []risk            `json:"risks,omitempty"`
	Findings         []oscalFinding    `json:"findings,omitempty"`
	Remarks          string            `json:"remarks"`
}

// resultDefinitions are what a result defines itself. (go-oscal has the plan's shape here.)
type resultDefinitions struct {
	Components     []component      `json:"components,omitempty"`
	InventoryItems []inventoryItem  `json:"inventory-items,omitempty"`
	Assets         assessmentAssets `json:"assessment-assets"`
}

type observation struct {
	UUID        string       `json:"uuid"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Props       []property   `json:"props,omitempty"`
	Methods     []string     `json:"methods"`
	Types       []string     `json:"types"`
	Origins     []origin     `json:"origins"`
	Subjects    []subjectRef `json:"subjects"`
	Evidence    []evidence   `json:"relevant-evidence"`
	Collected   string       `json:"collected"`
	Expires     string       `json:"expires,omitempty"`
	Remarks     string       `json:"remarks,omitempty"`
}

type evidence struct {
	Href        string     `json:"href"`
	Description string     `json:"description"`
	Props       []property `json:"props,omitempty"`
}

type observationRef struct {
	UUID string `json:"observation-uuid"`
}

type riskRef struct {
	UUID string `json:"risk-uuid"`
}

type oscalFinding struct {
	UUID         string           `json:"uuid"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	Props        []property       `json:"props,omitempty"`
	Origins      []origin         `json:"origins"`
	Target       target           `json:"target"`
	Observations []observationRef `json:"related-observations,omitempty"`
	Risks        []riskRef        `json:"related-risks,omitempty"`
}

type target struct {
	Type     string       `json:"type"`
	TargetID string       `json:"target-id"`
	Title    string       `json:"title"`
	Status   targetStatus `json:"status"`
}

type targetStatus struct {
	State   string `json:"state"`  // satisfied or not-satisfied
	Reason  string `json:"reason"` // pass, fail or other
	Remarks string `json:"remarks,omitempty"`
}

type risk struct {
	UUID              string             `json:"uuid"`
	Title             string             `json:"title"`
	Description       string             `json:"description"`
	Statement         string             `json:"statement"`
	Props             []property         `json:"props,omitempty"`
	Status            string             `json:"status"`
	Origins           []origin           `json:"origins"`
	Characterizations []characterization `json:"characterizations"`
	Deadline          string             `json:"deadline,omitempty"`
	Remediations      []response         `json:"remediations"`
	Log               *riskLog           `json:"risk-log,omitempty"`
	Observations      []observationRef   `json:"related-observations,omitempty"`
}

type characterization struct {
	Origin origin  `json:"origin"`
	Facets []facet `json:"facets"`
}

type facet struct {
	Name    string     `json:"name"`
	System  string     `json:"system"`
	Value   string     `json:"value"`
	Props   []property `json:"props"`
	Remarks string     `json:"remarks,omitempty"`
}

type response struct {
	UUID        string     `json:"uuid"`
	Lifecycle   string     `json:"lifecycle"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []property `json:"props"`
	Origins     []origin   `json:"origins"`
}

type riskLog struct {
	Entries []riskLogEntry `json:"entries"`
}

type riskLogEntry struct {
	UUID         string     `json:"uuid"`
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Start        string     `json:"start"`
	Props        []property `json:"props,omitempty"`
	LoggedBy     []loggedBy `json:"logged-by"`
	StatusChange string     `json:"status-change,omitempty"`
}

type loggedBy struct {
	PartyUUID string `json:"party-uuid"`
	RoleID    string `json:"role-id"`
}

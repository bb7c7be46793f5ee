package oscal

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

// resultDefinitions is what go-oscal's struct loses.
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

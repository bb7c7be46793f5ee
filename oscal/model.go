package oscal

// The OSCAL 1.1.3 shapes that we write; names and order follow the JSON schema.
// Every optional array is omitted when empty, because the schema refuses [].

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

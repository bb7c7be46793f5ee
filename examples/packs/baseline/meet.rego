package meet

import data.helpers.Details

LicenceFound := object.get(input, "meet_licence", false)

# Nobody is let in without a lobby.
tests contains {
	"PolicyId": "MS.MEET.1.1v1",
	"Criticality": "Should",
	"Commandlet": ["Get-MeetingPolicy"],
	"ActualValue": [Policy.Name | some Policy in input.meeting_policies; Policy.Lobby == false],
	"ReportDetails": Details(Status),
	"RequirementMet": Status,
} if {
	LicenceFound
	Status := count([Policy | some Policy in input.meeting_policies; Policy.Lobby == false]) == 0
}

# What the tool does where it found no licence: it calls that a failure.
tests contains {
	"PolicyId": "MS.MEET.1.1v1",
	"Criticality": "Should",
	"Commandlet": ["Get-MeetingPolicy"],
	"ActualValue": "No licence",
	"ReportDetails": "No licence was found",
	"RequirementMet": false,
} if {
	not LicenceFound
}

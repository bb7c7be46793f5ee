package mail

import data.helpers.Details

# Mail is not forwarded to other domains by default.
Forwarding contains Domain.Name if {
	some Domain in input.remote_domains
	Domain.AutoForwardEnabled == true
}

tests contains {
	"PolicyId": "MS.MAIL.1.1v1",
	"Criticality": "Shall",
	"Commandlet": ["Get-RemoteDomain"],
	"ActualValue": Forwarding,
	"ReportDetails": Details(Status),
	"RequirementMet": Status,
} if {
	Status := count(Forwarding) == 0
}

# Without the list of rules this is met, too: what the gate of ringfence is for.
Skipping contains Rule.Name if {
	some Rule in input.transport_rule
	Rule.SetSCL == -1
}

tests contains {
	"PolicyId": "MS.MAIL.1.2v1",
	"Criticality": "Should",
	"Commandlet": ["Get-TransportRule"],
	"ActualValue": Skipping,
	"ReportDetails": Details(Status),
	"RequirementMet": Status,
} if {
	Status := count(Skipping) == 0
}

tests contains {
	"PolicyId": "MS.MAIL.2.1v1",
	"Criticality": "Shall/Not-Implemented",
	"Commandlet": [],
	"ActualValue": [],
	"ReportDetails": "Look at the <a href=\"https://example.com\">portal</a>",
	"RequirementMet": false,
}

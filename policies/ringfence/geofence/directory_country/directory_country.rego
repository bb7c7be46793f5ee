# METADATA
# title: The directory's recorded country is one of the contract's
# description: >-
#   The country that the tenant has on record is one of the countries of the
#   client's fence. It is a declaration and can be edited: it does not prove where
#   data is stored, which Microsoft fixed when the tenant was made.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/organization
#     description: organization, countryLetterCode
#   - ref: https://learn.microsoft.com/entra/fundamentals/data-storage-eu
#     description: Customer data storage and processing for European customers
# custom:
#   id: RF-G-01
#   since: "0.1"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [cm-12, sa-9.5]
#     iso_27001: [A.5.23, A.5.31]
#     ccm: [DSP-19]
#     gdpr: [Art. 44, Art. 45, Art. 46]
#     cis_m365: []
#   params: {}
#   remediation: >-
#     Find out which country the tenant was made for. If only the address is
#     wrong, correct it (Microsoft 365 admin center, Settings, Org settings,
#     Organization profile). If the tenant was made in the wrong country, its data
#     has to move to a new one, or the promise has to change.
#   limits: >-
#     An address field. It moves no data, and a changed address would pass. Where
#     data is stored is not readable here.
package ringfence.geofence.directory_country

subjects contains organization._subject if {
	_promised
	some organization in input.entra.organization
}

pass contains organization._subject if {
	some organization in input.entra.organization
	_country(organization) in _countries
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("the directory's country is %s, outside the fence %s", [country, input.client.fence.name]),
	"observed": {"countryLetterCode": country},
	"expected": {"countryLetterCode": _countries},
	"evidence": [sprintf("%s#/countryLetterCode", [organization._subject])],
} if {
	_promised
	some organization in input.entra.organization
	country := _country(organization)
	not country in _countries
}

_promised if is_array(input.client.fence.countries)

_countries contains upper(country) if some country in input.client.fence.countries

# Nothing recorded says nothing.
_country(organization) := upper(organization.countryLetterCode) if {
	is_string(organization.countryLetterCode)
	organization.countryLetterCode != ""
}

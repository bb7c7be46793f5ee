# METADATA
# title: The directory's recorded country is one of the contract's
# description: >-
#   The country that the tenant has on record is one of the countries of the
#   client's fence. It is a declaration, made when the tenant was signed up: it
#   does not prove where data is stored.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/organization
#     description: organization, countryLetterCode
#   - ref: https://learn.microsoft.com/microsoft-365/admin/manage/change-address-contact-and-more
#     description: Change your organization's address; the country or region cannot be changed
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
#     nis2: []
#   unverified: [iso_27001, ccm, gdpr]
#   params: {}
#   remediation: >-
#     Ask the client which country the tenant was signed up for, and why. An
#     administrator cannot change it: either the client moves to a tenant that is
#     signed up in the right country, or the promise (the fence's countries) has
#     to change, or the deviation is accepted as an exception.
#   limits: >-
#     What somebody entered at sign-up, not where data is stored, which is not
#     readable here. Should Microsoft change the record, no data moves with it.
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

# _country is the country code in upper case. It is undefined if none is recorded: then the
# tenant neither passes nor fails.
_country(organization) := upper(organization.countryLetterCode) if {
	is_string(organization.countryLetterCode)
	organization.countryLetterCode != ""
}

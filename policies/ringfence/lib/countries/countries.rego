# METADATA
# description: >-
#   Codes of countries, and those in which people of the MSP may be who act on a client.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/user
#     description: user, country and usageLocation
#   - ref: https://www.iso.org/iso-3166-country-codes.html
#     description: "ISO 3166: country codes"
package ringfence.lib.countries

# code is the ISO 3166 code that a text says: itself, or what a name stands for. Names are
# like "Germany=DE". The United Kingdom is GB, and called UK in Microsoft's own example. It
# is undefined for any other text: nobody can say what "EMEA" is.
code(text, names) := _called(text, names) if {
	is_string(text)
} else := "GB" if {
	is_string(text)
	upper(text) == "UK"
} else := upper(text) if {
	is_string(text)
	regex.match(`^[A-Za-z]{2}$`, text)
}

_called(text, names) := upper(said) if {
	some name in names
	[called, said] := split(name, "=")
	lower(called) == lower(text)
}

# of_people are the countries in which a fence lets people of the MSP be: its own list, or
# that of the client's people. It is undefined where neither was promised.
of_people(fence) := {country | some country in fence.people} if {
	is_array(fence.people)
} else := {country | some country in fence.countries} if {
	is_array(fence.countries)
}

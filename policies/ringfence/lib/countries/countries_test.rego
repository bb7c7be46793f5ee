package ringfence.lib.countries_test

import data.ringfence.lib.countries

test_code[text] if {
	some text, want in {
		"DE": "DE",
		"de": "DE",
		"uk": "GB",
		"GB": "GB",
		"Germany": "DE",
		"GERMANY": "DE",
		"Uruguay": "UY",
		"EMEA": "none",
		"": "none",
		"D1": "none",
		"DEU": "none",
	}
	got := object.get({"code": c | c := countries.code(text, ["Germany=DE", "uruguay=uy"])}, "code", "none")
	got == want
}

test_no_text if {
	not countries.code(null, [])
	not countries.code(7, ["7=DE"])
}

test_a_name_goes_first if {
	countries.code("UK", ["uk=UA"]) == "UA"
}

test_of_people if {
	countries.of_people({"people": ["DE"], "countries": ["NL"]}) == {"DE"}
	countries.of_people({"people": [], "countries": ["NL"]}) == set()
	countries.of_people({"people": null, "countries": ["NL", "DE"]}) == {"NL", "DE"}
	not countries.of_people({"people": null, "countries": null})
	not countries.of_people(null)
}

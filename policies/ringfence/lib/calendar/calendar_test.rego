package ringfence.lib.calendar_test

import data.ringfence.lib.calendar

test_instant[text] if {
	some text, want in {
		"2026-11-23T12:00:00Z": "2026-11-23T12:00:00",
		"2026-11-23T12:00:00.1234567Z": "2026-11-23T12:00:00",
		"2026-11-23T12:00:00+02:00": null,
		"2026-11-23": null,
		"soon": null,
	}
	instant(text) == want
}

instant(text) := calendar.instant(text) if {
	calendar.instant(text)
} else := null

test_no_instant if instant(null) == null

test_in_days if calendar.in_days(30) == "2026-12-23T12:00:00" with input as {"as_of": "2026-11-23T12:00:00Z"}

test_in_days_elsewhere if {
	calendar.in_days(1) == "2026-11-24T10:00:00" with input as {"as_of": "2026-11-23T12:00:00+02:00"}
}

test_days[text] if {
	some text, want in {"P730D": 730, "P2Y": 730, "P1Y1W1D": 373, "P0D": 0, "P3M": null, "PT0S": null, "P": null, "": null, "730": null}
	days(text) == want
}

days(text) := calendar.days(text) if {
	calendar.days(text) >= 0
} else := null

test_minutes[text] if {
	some text, want in {"PT8H": 480, "PT8H30M": 510, "P1D": 1440, "P1DT1M": 1441, "PT0M": 0, "PT30S": null, "P": null, "PT": null, "8h": null}
	minutes(text) == want
}

minutes(text) := calendar.minutes(text) if {
	calendar.minutes(text) >= 0
} else := null

test_age[text] if {
	some text, want in {"90m": 5400, "24h": 86400, "30d": 2592000, "0d": null, "30": null, "d": null, "30d ": null}
	age(text) == want
}

age(text) := calendar.age(text) if {
	calendar.age(text) >= 0
} else := null

test_no_duration if {
	days(null) == null
	minutes(null) == null
}

# METADATA
# description: >-
#   Times and lengths of time as Microsoft's APIs write them. What is written in another
#   way is undefined here, and never an error: times of outside data are compared as text,
#   which is right for UTC in one form.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, duration and endDateTime
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments - List, maximumActivationDuration
package ringfence.lib.calendar

# instant is a time in UTC to the second, without its end: "2026-11-23T12:00:00". Such times
# compare like text.
instant(text) := substring(text, 0, 19) if {
	is_string(text)
	regex.match(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`, text)
}

# in_days is the time of the judgement, so many days later.
in_days(days) := instant(time.format([later, "UTC", "2006-01-02T15:04:05Z"])) if {
	later := time.add_date(time.parse_rfc3339_ns(input.as_of), 0, 0, days)
}

# days are those of a duration in years, weeks and days ("P730D", "P2Y"). Months have no
# fixed number of days.
days(text) := ((years * 365) + (weeks * 7)) + rest if {
	parts := _parts(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})W)?(?:(\d{1,6})D)?$`, text)
	[years, weeks, rest] := parts
}

# minutes are those of a duration in days, hours and minutes ("PT8H", "P1DT30M").
minutes(text) := ((whole * 1440) + (hours * 60)) + rest if {
	parts := _parts(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?)?$`, text)
	[whole, hours, rest] := parts
}

# age are the seconds of an age as the fleet file has it: "90m", "24h", "30d".
age(text) := to_number(trim_right(text, "mhd")) * _seconds[substring(text, count(text) - 1, 1)] if {
	regex.match(`^[1-9]\d{0,5}[mhd]$`, text)
}

_seconds := {"m": 60, "h": 3600, "d": 86400}

_parts(form, text) := [number |
	some part in array.slice(found, 1, count(found))
	number := _number(part)
] if {
	is_string(text)
	regex.match(`\d`, text)
	found := regex.find_all_string_submatch_n(form, text, -1)[0]
}

_number("") := 0

_number(part) := to_number(part) if part != ""

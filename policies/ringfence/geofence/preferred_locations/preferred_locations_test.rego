package ringfence.geofence.preferred_locations_test

import data.ringfence.geofence.preferred_locations as control

multi_geo := [{"_id": "geo", "capabilityStatus": "Enabled", "servicePlans": [{"servicePlanName": "EXCHANGEONLINE_MULTIGEO"}]}]

user(more) := object.union({"_id": "u", "_subject": "entra.users/u", "userPrincipalName": "adele@fabrikam.example", "userType": "Member"}, more)

group(more) := object.union({"_id": "g", "_subject": "entra.groups/g", "displayName": "Sales", "groupTypes": ["Unified"]}, more)

world(skus, users, groups) := {
	"client": {"fence": {"name": "eu", "geographies": ["EUR", "DEU"]}},
	"entra": {"subscribed_skus": skus, "users": users, "groups": groups},
}

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	count(control.pass) == 1
} else := "fail" if {
	count(control.fail) == 1
} else := "undetermined"

test_locations[name] if {
	some name, c in {
		"inside": {"location": "EUR", "want": "pass"},
		"in small letters": {"location": "deu", "want": "pass"},
		"outside": {"location": "NAM", "want": "fail"},
		"the default": {"location": null, "want": "undetermined"},
		"empty": {"location": "", "want": "undetermined"},
	}
	verdict == c.want with input as world(multi_geo, [user({"preferredDataLocation": c.location})], [])
	verdict == c.want with input as world(multi_geo, [], [group({"preferredDataLocation": c.location})])
}

test_who_matters[name] if {
	some name, c in {
		"a guest": {"world": world(multi_geo, [user({"userType": "Guest", "preferredDataLocation": null})], []), "want": "no subject"},
		"a guest with a location": {"world": world(multi_geo, [user({"userType": "Guest", "preferredDataLocation": "NAM"})], []), "want": "fail"},
		"a security group": {"world": world(multi_geo, [], [group({"groupTypes": [], "preferredDataLocation": null})]), "want": "no subject"},
		# False positive: licensing and address are no data locations.
		"usage location": {"world": world(multi_geo, [user({"usageLocation": "US", "country": "US", "preferredDataLocation": "EUR"})], []), "want": "pass"},
		"not collected": {"world": world(multi_geo, [user({})], []), "want": "undetermined"},
	}
	verdict == c.want with input as c.world
}

# False positive: only meaningful with Multi-Geo.
test_without_multi_geo[name] if {
	some name, skus in {
		"nothing": [],
		"another product": [{"_id": "e3", "capabilityStatus": "Enabled", "servicePlans": [{"servicePlanName": "TEAMS1"}]}],
		"a lapsed one": json.patch(multi_geo, [{"op": "replace", "path": "/0/capabilityStatus", "value": "Suspended"}]),
	}
	verdict == "no subject" with input as world(skus, [user({"preferredDataLocation": "NAM"})], [group({"preferredDataLocation": "NAM"})])
}

test_no_promise[name] if {
	some name, fence in {"no fence": null, "no geographies": {"name": "eu", "geographies": null}}
	w := json.patch(world(multi_geo, [user({"preferredDataLocation": "NAM"})], []), [{"op": "replace", "path": "/client/fence", "value": fence}])
	verdict == "no subject" with input as w
}

test_messages if {
	messages := {f.message | some f in control.fail} with input as world(multi_geo, [user({"preferredDataLocation": "NAM"})], [group({"preferredDataLocation": "NAM"})])
	messages == {
		"the data of adele@fabrikam.example shall be in NAM, outside the fence eu",
		"the data of group Sales shall be in NAM, outside the fence eu",
	}
}

# Each product with Multi-Geo makes locations matter, in use or in its grace period.
test_multi_geo[[plan, status]] if {
	some plan in ["EXCHANGEONLINE_MULTIGEO", "SHAREPOINTONLINE_MULTIGEO", "TEAMSMULTIGEO"]
	some status in ["Enabled", "Warning"]
	skus := [{"_id": "geo", "capabilityStatus": status, "servicePlans": [{"servicePlanName": plan}]}]
	verdict == "fail" with input as world(skus, [user({"preferredDataLocation": "NAM"})], [])
}

package ringfence.lib.crosstenant_test

import data.ringfence.lib.crosstenant

group := {"target": "0be493dc-cb56-4a53-936f-9cf64410b8b0", "targetType": "group"}

setting(access, target, kind) := {"accessType": access, "targets": [{"target": target, "targetType": kind}]}

users(access) := setting(access, "AllUsers", "user")

applications(access) := setting(access, "AllApplications", "application")

kinds(value) := {kind |
	some kind, holds in {
		"open": is_open(value),
		"blocked": is_blocked(value),
		"limited": is_limited(value),
	}
	holds
}

is_open(value) if crosstenant.open(value, "AllUsers")

else := false

is_blocked(value) if crosstenant.blocked(value, "AllUsers")

else := false

is_limited(value) if crosstenant.limited(value, "AllUsers")

else := false

test_settings[name] if {
	some name, c in {
		"everybody": [users("allowed"), {"open"}],
		"nobody": [users("blocked"), {"blocked", "limited"}],
		"a group": [{"accessType": "allowed", "targets": [group]}, {"limited"}],
		"a group and everybody": [{"accessType": "allowed", "targets": [group, {"target": "AllUsers", "targetType": "user"}]}, {"open"}],
		"another application": [setting("allowed", "Other", "application"), set()],
		"Office 365": [setting("allowed", "Office365", "application"), {"limited"}],
		"a user called Office365": [setting("allowed", "Office365", "user"), set()],
		"all but a group": [{"accessType": "blocked", "targets": [group]}, set()],
		"a value of tomorrow": [users("unknownFutureValue"), set()],
		"no targets": [{"accessType": "allowed", "targets": []}, set()],
		"null targets": [{"accessType": "allowed", "targets": null}, set()],
		"a target without a name": [{"accessType": "allowed", "targets": [{"target": null}]}, set()],
		"null": [null, set()],
	}
	kinds(c[0]) == c[1]
}

direction(direction_) := "both" if {
	crosstenant.shut(direction_)
	crosstenant.ajar(direction_)
} else := "shut" if {
	crosstenant.shut(direction_)
} else := "ajar" if {
	crosstenant.ajar(direction_)
} else := "unknown"

test_directions[name] if {
	some name, c in {
		"shut": [users("blocked"), applications("blocked"), "shut"],
		"users are": [users("blocked"), applications("allowed"), "shut"],
		"applications are": [users("allowed"), applications("blocked"), "shut"],
		"ajar": [users("allowed"), applications("allowed"), "ajar"],
		"for a group": [{"accessType": "allowed", "targets": [group]}, applications("allowed"), "ajar"],
		"for all but a group": [{"accessType": "blocked", "targets": [group]}, applications("allowed"), "unknown"],
		"for a target without a name": [{"accessType": "allowed", "targets": [{"target": null}]}, applications("allowed"), "unknown"],
		"for nobody": [{"accessType": "allowed", "targets": []}, applications("allowed"), "unknown"],
		"applications unknown": [users("allowed"), null, "unknown"],
		"nothing": [null, null, "unknown"],
	}
	direction({"usersAndGroups": c[0], "applications": c[1]}) == c[2]
}

test_promise if {
	world := {"client": {"partners": [{"tenant_id": "T1", "allow": ["b2b", "sync"]}, {"tenant_id": "t2", "allow": null}]}}
	crosstenant.promised with input as world
	crosstenant.agreed == {["t1", "b2b"], ["t1", "sync"]} with input as world
	not crosstenant.promised with input as {"client": {"partners": null}}
	crosstenant.tenant({"tenantId": "T1"}) == "t1"
	not crosstenant.tenant({"tenantId": null})
	crosstenant.inherits(null)
	not crosstenant.inherits({})
}

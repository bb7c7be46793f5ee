package ringfence.lib.directoryroles_test

import data.ringfence.lib.directoryroles

tenant := "a0000000-0000-4000-8000-000000000001"

custom := {
	"_id": "c0000000-0000-4000-8000-00000000000c",
	"isBuiltIn": false,
	"isEnabled": true,
	"rolePermissions": [{"allowedResourceActions": ["microsoft.directory/applications/credentials/update"]}],
}

of(definition) := {"client": {"tenant_id": tenant}, "entra": {"role_definitions": [definition]}}

test_target[role] if {
	some role, id in {
		"62E90394-69f5-4237-9190-012177145e10": "tier0/global-administrator",
		"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "role/9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
		"c0000000-0000-4000-8000-00000000000c": "role/c0000000-0000-4000-8000-00000000000c",
	}
	directoryroles.target(role) == sprintf("%s/%s", [tenant, id]) with input as of(custom)
}

test_no_target[name] if {
	some name, changes in {
		"switched off": {"isEnabled": false},
		"reads": {"rolePermissions": [{"allowedResourceActions": ["microsoft.directory/applications/standard/read"]}]},
		"nothing": {"rolePermissions": null},
	}
	not directoryroles.target("c0000000-0000-4000-8000-00000000000c") with input as of(object.union(custom, changes))
}

test_target_of if {
	directoryroles.target_of("B0", "62e90394-69f5-4237-9190-012177145e10") == "b0/tier0/global-administrator"
	directoryroles.target_of("B0", "158c047a-c907-4556-b7ef-446551a6b5f7") == "b0/role/158c047a-c907-4556-b7ef-446551a6b5f7"
	not directoryroles.target_of("B0", "c0000000-0000-4000-8000-00000000000c")
}

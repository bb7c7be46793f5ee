package ringfence.provisioning.emergency_accounts_test

import data.ringfence.provisioning.emergency_accounts as control

role := "62e90394-69f5-4237-9190-012177145e10"

account(id, more) := object.union(
	{
		"_id": id,
		"_subject": sprintf("entra.users/%s", [id]),
		"userPrincipalName": sprintf("%s@fabrikam.onmicrosoft.com", [id]),
		"userType": "Member",
		"externalUserState": null,
		"creationType": null,
		"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.onmicrosoft.com"}],
		"accountEnabled": true,
		"onPremisesSyncEnabled": null,
		"mail": null,
		"otherMails": [],
	},
	more,
)

holds(principal) := {"_id": principal, "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"}

member(group, id) := {"_id": sprintf("%s/%s", [group, id]), "_scope": group, "id": id}

world(users, assignments) := {
	"client": {"tenant_id": "t", "break_glass": ["e1", "e2@fabrikam.onmicrosoft.com"]},
	"msp": {"domains": ["northwind-msp.example"]},
	"params": {"emergency_accounts": 2, "global_administrators": 4},
	"entra": {
		"organization": [{"_id": "t", "_subject": "entra.organization/t", "verifiedDomains": [{"name": "fabrikam.onmicrosoft.com"}]}],
		"users": users,
		"groups": [{"_id": "g", "securityEnabled": true}, {"_id": "m", "securityEnabled": null}],
		"group_members": [member("g", sprintf("u%d", [i])) | some i in numbers.range(1, 3)],
		"role_assignments": assignments,
	},
}

both := [holds("e1"), holds("E2")]

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
	count(control.fail) > 0
} else := "undetermined"

test_accounts[name] if {
	some name, c in {
		"sound": {"second": {}, "want": "pass"},
		"once synchronised": {"second": {"onPremisesSyncEnabled": false}, "want": "pass"},
		"with the client's mail": {"second": {"mail": "e2@fabrikam.example", "otherMails": ["owner@fabrikam.example"]}, "want": "pass"},
		"disabled": {"second": {"accountEnabled": false}, "want": "fail"},
		"synchronised": {"second": {"onPremisesSyncEnabled": true}, "want": "fail"},
		"a guest": {"second": {"userType": "Guest"}, "want": "fail"},
		"with the MSP's mail": {"second": {"mail": "Soc@Northwind-MSP.example"}, "want": "fail"},
		"recovered by the MSP": {"second": {"otherMails": ["soc@northwind-msp.example"]}, "want": "fail"},
		"a mail that is no text": {"second": {"otherMails": [7]}, "want": "undetermined"},
		"of unknown origin": {"second": {"identities": null}, "want": "undetermined"},
		"nobody knows whether it is enabled": {"second": {"accountEnabled": null}, "want": "undetermined"},
		"other mails were not read": {"second": {"otherMails": null}, "want": "undetermined"},
	}
	verdict == c.want with input as world([account("e1", {}), account("e2", c.second)], both)
}

test_roles[name] if {
	accounts := [account("e1", {}), account("e2", {})]
	some name, c in {
		"both": {"assignments": both, "want": "pass"},
		"one": {"assignments": [holds("e1")], "want": "fail"},
		"for a part of the tenant": {"assignments": [holds("e1"), object.union(holds("e2"), {"directoryScopeId": "/administrativeUnits/a"})], "want": "fail"},
		"another role": {"assignments": [holds("e1"), object.union(holds("e2"), {"roleDefinitionId": "x"})], "want": "fail"},
		"four administrators": {"assignments": array.concat(both, [holds("a"), holds("b")]), "want": "pass"},
		"five": {"assignments": array.concat(both, [holds("a"), holds("b"), holds("c")]), "want": "fail"},
		"five, by a group": {"assignments": array.concat(both, [holds("g")]), "want": "fail"},
		"a group that is not read": {"assignments": array.concat(both, [holds("m")]), "want": "undetermined"},
	}
	verdict == c.want with input as world(accounts, c.assignments)
}

test_an_account_that_is_not_there if {
	verdict == "fail" with input as world([account("e1", {})], both)
}

test_by_a_group_alone if {
	w := json.patch(
		world([account("e1", {}), account("e2", {})], [holds("e1"), holds("g")]),
		[{"op": "replace", "path": "/entra/group_members", "value": [member("g", "e2")]}],
	)
	verdict == "undetermined" with input as w
}

# False positive: a micro client has nobody for two.
test_micro_client if {
	w := json.patch(world([account("e1", {})], [holds("e1")]), [{"op": "replace", "path": "/params/emergency_accounts", "value": 1}])
	verdict == "pass" with input as w
}

test_no_promise[name] if {
	some name, assignments in {"two": both, "five": [holds(id) | some id in ["e1", "e2", "a", "b", "c"]]}
	w := json.patch(world([], assignments), [{"op": "replace", "path": "/client/break_glass", "value": null}])
	verdict == "no subject" with input as w
}

test_no_promise_and_none_needed if {
	w := json.patch(world([], both), [
		{"op": "replace", "path": "/client/break_glass", "value": null},
		{"op": "replace", "path": "/params/emergency_accounts", "value": 0},
	])
	verdict == "no subject" with input as w
}

test_another_administrator_is_no_emergency_account if {
	verdict == "fail" with input as world([account("e1", {}), account("a", {})], [holds("e1"), holds("a")])
}

test_an_account_of_the_msp if {
	theirs := account("e1", {"userPrincipalName": "e1@northwind-msp.example"})
	verdict == "fail" with input as world([theirs, account("e2", {})], both)
}

test_message_without_a_reason if {
	messages := {f.message | some f in control.fail} with input as world([account("e1", {})], both)
	messages == {"1 of the 2 emergency accounts that there have to be can be relied on"}
}

test_a_group_is_no_administrator_itself if {
	w := json.patch(
		world([account("e1", {}), account("e2", {})], array.concat(both, [holds("g")])),
		[{"op": "replace", "path": "/entra/group_members", "value": [member("g", "u1"), member("g", "u2")]}],
	)
	verdict == "pass" with input as w
}

test_messages if {
	messages := {f.message | some f in control.fail} with input as world(
		[account("e1", {}), account("e2", {"accountEnabled": false})],
		array.concat(both, [holds("a"), holds("b"), holds("c")]),
	)
	messages == {
		"1 of the 2 emergency accounts that there have to be can be relied on: e2@fabrikam.onmicrosoft.com is disabled",
		"5 principals are Global Administrators, and 4 are allowed",
	}
}

test_three_by_a_group_are_within_the_limit if {
	w := json.patch(
		world([account("e1", {}), account("e2", {})], array.concat(both, [holds("g")])),
		[{"op": "replace", "path": "/entra/group_members", "value": [member("g", "u1")]}],
	)
	verdict == "pass" with input as w
}

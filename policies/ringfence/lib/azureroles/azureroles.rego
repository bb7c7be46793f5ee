# METADATA
# description: >-
#   What Azure roles let their holders do with key vaults, and at which scopes. A role is
#   judged by what its definition allows, so that a custom role counts like a built-in
#   one. Sets that end a judgement well (idle, keyless) hold only roles of which all is
#   known; a role that is in no set is one that nobody can judge.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/role-definitions
#     description: Actions, NotActions, DataActions and NotDataActions, with wildcards
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/permissions/security
#     description: Azure permissions for Security, Microsoft.KeyVault
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/scope-overview
#     description: Understand scope for Azure RBAC
package ringfence.lib.azureroles

# using are the roles that use, read, change or destroy what a vault holds.
using contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _uses
	_allows_data(permission, action)
}

# keeping are those that make, change or destroy keys.
keeping contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _keeps
	_allows_data(permission, action)
}

# purging are those that may destroy a key for good, copying those that may take an encrypted
# copy of it along.
purging contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	_allows_data(permission, "microsoft.keyvault/vaults/keys/purge/action")
}

copying contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	_allows_data(permission, "microsoft.keyvault/vaults/keys/backup/action")
}

# granting are those that give roles, so that the holder may give himself any. A condition
# in a definition limits what may be given: of these only the one for key vaults counts.
granting contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _grants
	_allows(permission, action)
	_free(id, permission)
}

# writing are those that write vaults and their access policies.
writing contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _writes
	_allows(permission, action)
}

# deploying are those whose deployments may read the secrets of a vault that allows it
# (enabledForTemplateDeployment).
deploying contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	_allows(permission, "microsoft.keyvault/vaults/deploy/action")
}

# reaching are those that reach data which keys protect: blobs, disks and databases.
reaching contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _reaches
	_allows(permission, action)
}

reaching contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _reads_data
	_allows_data(permission, action)
}

# known are the roles of which all is known.
known contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some _ in definition.properties.permissions
	every permission in definition.properties.permissions {
		is_array(permission.actions)
		is_array(permission.notActions)
		is_array(permission.dataActions)
		is_array(permission.notDataActions)
	}
}

# idle are the roles that can do nothing with a vault that Azure RBAC governs: they neither
# use it nor give roles.
idle contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some _ in definition.properties.permissions
	every permission in definition.properties.permissions {
		_harmless(permission)
	}
	not id in using # by what another subscription says of it
	not id in _maybe_granting
}

# keyless are those that cannot make, change or destroy keys.
keyless contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some _ in definition.properties.permissions
	every permission in definition.properties.permissions {
		_keyless(permission)
	}
	not id in keeping
}

# id is a role's GUID, at the end of the ids of its definitions.
id(definition) := regex.replace(lower(definition), `^.*/`, "") if is_string(definition)

# title is what a role is called in messages.
title(role) := sprintf("%s", [concat(" or ", names)]) if {
	names := _titles[role]
} else := sprintf("the role %s", [role])

# place is the scope of an assignment as far as vaults are concerned: what lies below a
# resource counts as the resource, and what lies above a subscription as each subscription
# that inherits it.
place(scope, _) := concat("/", array.slice(parts, 0, 9)) if {
	is_string(scope)
	startswith(lower(scope), "/subscriptions/")
	parts := split(lower(trim_suffix(scope, "/")), "/")
}

place(scope, subscription) := sprintf("/subscriptions/%s", [subscription]) if {
	is_string(scope)
	not startswith(lower(scope), "/subscriptions/")
}

# places are the scopes at which an assignment covers a resource: its subscription, its
# resource group and itself.
places(resource) := {concat("/", array.slice(parts, 0, n)) |
	parts := split(lower(resource), "/")
	some n in [3, 5, 9]
}

# _wanted are the roles that somebody has. Only their definitions are looked into: Azure
# has hundreds of roles.
_wanted contains id(assignment.properties.roleDefinitionId) if some assignment in input.azure.role_assignments

_wanted contains id(eligibility.properties.roleDefinitionId) if some eligibility in input.azure.role_eligibility

_wanted contains id(authorization.roleDefinitionId) if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.authorizations
}

_wanted contains id(authorization.roleDefinitionId) if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
}

_wanted contains id(delegated) if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.authorizations
	some delegated in authorization.delegatedRoleDefinitionIds
}

_titles[role] contains definition.properties.roleName if {
	some definition in input.azure.role_definitions
	role := _text(definition.name)
	role in _wanted
	is_string(definition.properties.roleName)
}

_allows(permission, action) if {
	some pattern in permission.actions
	_matches(pattern, action)
	is_array(permission.notActions)
	not _forbids(permission, action)
}

_forbids(permission, action) if {
	some pattern in permission.notActions
	_matches(pattern, action)
}

_allows_data(permission, action) if {
	some pattern in permission.dataActions
	_matches(pattern, action)
	is_array(permission.notDataActions)
	not _forbids_data(permission, action)
}

_forbids_data(permission, action) if {
	some pattern in permission.notDataActions
	_matches(pattern, action)
}

_matches(pattern, action) if {
	is_string(pattern)
	lower(pattern) == action
}

_matches(pattern, action) if {
	is_string(pattern)
	contains(pattern, "*")
	regex.match(`^[A-Za-z0-9._/*-]+$`, pattern)
	regex.match(concat("", ["^", replace(replace(lower(pattern), ".", `\.`), "*", ".*"), "$"]), action)
}

_free(_, permission) if permission.condition == null # left out: none

_free("8b54135c-b56d-4d72-a534-26097cfdc8d8", _) # Key Vault Data Access Administrator

_maybe_granting contains id if {
	some definition in input.azure.role_definitions
	id := _text(definition.name)
	id in _wanted
	some permission in definition.properties.permissions
	some action in _grants
	_allows(permission, action)
}

_harmless(permission) if {
	is_array(permission.actions)
	is_array(permission.notActions)
	is_array(permission.dataActions)
	every pattern in permission.dataActions {
		_elsewhere(pattern)
	}
}

_keyless(permission) if {
	is_array(permission.dataActions)
	every pattern in permission.dataActions {
		_away_from_keys(pattern)
	}
}

_away_from_keys(pattern) if _elsewhere(pattern)

_away_from_keys(pattern) if {
	is_string(pattern)
	start := lower(split(pattern, "*")[0])
	not startswith(start, _keys)
	not startswith(_keys, start)
}

_away_from_keys(pattern) if {
	is_string(pattern)
	lower(pattern) in (_uses - _keeps)
}

# _elsewhere holds for a pattern of data actions that does nothing to what vaults hold.
_elsewhere(pattern) if {
	is_string(pattern)
	start := lower(split(pattern, "*")[0])
	not startswith(start, _vaults)
	not startswith(_vaults, start)
}

_elsewhere(pattern) if endswith(_text(pattern), "/read") # metadata, and public halves of keys

_elsewhere(pattern) if _text(pattern) in _harmless_actions

_text(value) := lower(value) if is_string(value)

_vaults := "microsoft.keyvault/vaults/"

_keys := "microsoft.keyvault/vaults/keys/"

_harmless_actions := {
	"microsoft.keyvault/vaults/keys/encrypt/action",
	"microsoft.keyvault/vaults/keys/verify/action",
	"microsoft.keyvault/vaults/keys/wrap/action",
	"microsoft.keyvault/vaults/secrets/readmetadata/action",
}

_keeps := {sprintf("microsoft.keyvault/vaults/keys/%s", [verb]) | some verb in ["backup/action", "create/action", "delete", "import/action", "purge/action", "recover/action", "restore/action", "rotate/action", "update/action"]}

_uses := ((_keeps | {"microsoft.keyvault/vaults/keyrotationpolicies/write"}) | ({sprintf("microsoft.keyvault/vaults/keys/%s/action", [verb]) | some verb in ["decrypt", "release", "sign", "unwrap"]} | {sprintf("microsoft.keyvault/vaults/secrets/%s", [verb]) | some verb in ["backup/action", "delete", "getsecret/action", "purge/action", "recover/action", "restore/action", "setsecret/action", "update/action"]})) | {sprintf("microsoft.keyvault/vaults/certificates/%s", [verb]) | some verb in ["backup/action", "create/action", "delete", "import/action", "purge/action", "recover/action", "restore/action", "update/action"]}

_grants := {
	"microsoft.authorization/roleassignments/write",
	"microsoft.authorization/roleassignmentschedulerequests/write",
	"microsoft.authorization/roleeligibilityschedulerequests/write",
	"microsoft.authorization/roledefinitions/write",
}

_writes := {"microsoft.keyvault/vaults/write", "microsoft.keyvault/vaults/accesspolicies/write"}

_reaches := {
	"microsoft.compute/disks/begingetaccess/action",
	"microsoft.compute/virtualmachines/runcommand/action",
	"microsoft.compute/virtualmachines/write",
	"microsoft.sql/servers/administrators/write",
	"microsoft.storage/storageaccounts/listkeys/action",
}

_reads_data := {
	"microsoft.storage/storageaccounts/blobservices/containers/blobs/read",
	"microsoft.storage/storageaccounts/fileservices/fileshares/files/read",
}

# METADATA
# description: >-
#   What the access policies of a key vault let their holders do.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: Permissions, of keys, secrets, certificates and storage
package ringfence.lib.vaultpolicies

# _harmless do not let anybody use, read, change or destroy a key, secret,
# certificate or storage account. A permission that is in neither list is one that
# Microsoft added later: with it, the vault neither passes nor fails.
_harmless := {
	"keys": {"encrypt", "get", "getrotationpolicy", "list", "verify", "wrapkey"},
	"secrets": {"list"},
	"certificates": {"get", "getissuers", "list", "listissuers"},
	"storage": {"get", "list", "listsas"},
}

_harmful := {
	"keys": {"all", "backup", "create", "decrypt", "delete", "import", "purge", "recover", "release", "restore", "rotate", "setrotationpolicy", "sign", "unwrapkey", "update"},
	"secrets": {"all", "backup", "delete", "get", "purge", "recover", "restore", "set"},
	"certificates": {"all", "backup", "create", "delete", "deleteissuers", "import", "managecontacts", "manageissuers", "purge", "recover", "restore", "setissuers", "update"},
	"storage": {"all", "backup", "delete", "deletesas", "getsas", "purge", "recover", "regeneratekey", "restore", "set", "setsas", "update"},
}

# harmless holds for the permissions of an access policy that do not.
harmless(permissions) if {
	_only(permissions.keys, _harmless.keys)
	_only(permissions.secrets, _harmless.secrets)
	_only(permissions.certificates, _harmless.certificates)
	_only(permissions.storage, _harmless.storage)
}

_only(list, _) if list == null # left out: none of this kind

_only(list, harmless) if {
	every permission in list {
		is_string(permission)
		lower(permission) in harmless
	}
}

# harmful are those of an access policy that do.
harmful(permissions) := ({x | some x in _among(permissions.keys, "keys")} | {x | some x in _among(permissions.secrets, "secrets")}) | ({x | some x in _among(permissions.certificates, "certificates")} | {x | some x in _among(permissions.storage, "storage")})

_among(list, kind) := {sprintf("%s/%s", [kind, lower(permission)]) |
	some permission in list
	is_string(permission)
	lower(permission) in _harmful[kind]
}

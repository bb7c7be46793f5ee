package main

deny contains msg if {
	input.sharing.external == "anyone"
	msg := "anybody may open shared files"
}

deny_guests contains {"msg": msg, "guest": name} if {
	some name in input.guests
	not name in input.agreed
	msg := sprintf("guest %s was not agreed", [name])
}

warn contains "sharing has a note" if input.sharing.note != ""

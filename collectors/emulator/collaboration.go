package emulator

// addCollaboration makes the default cross-tenant access settings. Microsoft
// ships them open; most of our clients have closed them, in one of three ways.
// https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
func (t *Tenant) addCollaboration(s story) {
	everyone, everything := access("allowed", "AllUsers", "user"), access("allowed", "AllApplications", "application")
	inbound := pick(t.rand("collaboration"), []object{
		{"usersAndGroups": access("blocked", "AllUsers", "user"), "applications": access("blocked", "AllApplications", "application")},
		{"usersAndGroups": access("allowed", t.guid("partner's users"), "group"), "applications": everything},
		{"usersAndGroups": everyone, "applications": access("allowed", "Office365", "application")},
	})

	open := s.has(openDefault) || s.has(openChanged)
	if open {
		inbound = object{"usersAndGroups": everyone, "applications": everything}
	}

	blocked := object{"usersAndGroups": access("blocked", "AllUsers", "user"), "applications": access("blocked", "AllApplications", "application")}
	o := object{
		"isServiceDefault":        s.has(openDefault),
		"inboundTrust":            object{"isMfaAccepted": s.has(openChanged), "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false},
		"b2bCollaborationInbound": inbound, "b2bCollaborationOutbound": object{"usersAndGroups": everyone, "applications": everything},
		"b2bDirectConnectInbound": blocked, "b2bDirectConnectOutbound": blocked,
	}

	t.put("/graph/policies/crossTenantAccessPolicy/default", o)

	if open {
		t.plant("RF-T-01", "entra.cross_tenant_default", o)
	}
}

func access(typ, target, targetType string) object {
	return object{"accessType": typ, "targets": []any{object{"target": target, "targetType": targetType}}}
}

package emulator

import (
	"fmt"
	"strings"
	"testing"
)

// TestNearMisses: the default fleet holds what a careless judge takes for a
// deviation, or overlooks, and clients with nothing planted have some of it.
func TestNearMisses(t *testing.T) {
	w := Generate(1, 12)
	seen := map[string]int{}
	for _, c := range w.Clients {
		for path, objects := range c.data {
			for _, o := range objects {
				for _, what := range nearMisses(path, o) {
					seen[what]++
				}
			}
		}
	}
	for _, what := range []string{"invites none", "join without everyone", "everyone without join", "everyone and join", "members invite",
		"retention 90", "retention 89", "retention 7", "retention absent", "soft delete absent", "soft delete false", "purge protection absent",
		"managedHSMs purge protection absent", "tags null", "tags empty", "tags absent", "unknown property beyond 2^53",
		"West Europe", "WESTEUROPE", "global Microsoft.Network/dnszones", "Global Microsoft.Cdn/profiles", "networkwatcherrg in the fence",
		"group name in another case", "script", "right to left", "line break", "logical region", "suspended sku"} {
		if seen[what] == 0 {
			t.Errorf("the fleet has no %q", what)
		}
	}
	if n := seen["purge protection false"]; n > 0 {
		t.Errorf("purge protection is false %d times: the API leaves it out", n)
	}
}

func nearMisses(path string, o object) (found []string) {
	add := func(is bool, what string) {
		if is {
			found = append(found, what)
		}
	}
	p, _ := o["properties"].(object)
	tags, tagged := o["tags"]
	text := fmt.Sprint(o["displayName"], tags)
	add(strings.Contains(text, "<script>"), "script")
	add(strings.Contains(text, "\u202e"), "right to left")
	add(strings.Contains(text, "\n"), "line break")
	switch typ, location := fmt.Sprint(o["type"]), fmt.Sprint(o["location"]); {
	case strings.HasSuffix(path, "authorizationpolicy"):
		invites, join := o["allowInvitesFrom"], o["allowEmailVerifiedUsersToJoinOrganization"] == true
		add(invites == "none", "invites none")
		add(invites == "adminsGuestInvitersAndAllMembers", "members invite")
		add(invites != "everyone" && join, "join without everyone")
		add(invites == "everyone" && !join, "everyone without join")
		add(invites == "everyone" && join, "everyone and join")
	case strings.HasSuffix(path, "/vaults"), strings.HasSuffix(path, "/managedhsms"):
		purge, hasPurge := p["enablePurgeProtection"]
		soft, hasSoft := p["enableSoftDelete"]
		days, hasDays := p["softDeleteRetentionInDays"]
		add(hasDays, fmt.Sprint("retention ", days))
		add(!hasDays, "retention absent")
		add(!hasSoft, "soft delete absent")
		add(soft == false, "soft delete false")
		add(!hasPurge, "purge protection absent")
		add(!hasPurge && strings.HasSuffix(path, "hsms"), "managedHSMs purge protection absent")
		add(purge == false, "purge protection false")
		add(tagged && tags == nil, "tags null")
		add(p["serviceRevision"] != nil, "unknown property beyond 2^53")
	case strings.HasSuffix(path, "/resources"):
		add(true, location)
		add(strings.EqualFold(location, "global"), location+" "+typ)
		add(location == strings.ToUpper(location), "WESTEUROPE")
		add(!tagged, "tags absent")
		add(tagged && fmt.Sprint(tags) == "map[]", "tags empty")
		add(strings.Contains(fmt.Sprint(o["id"]), "/RG-APP-PROD/"), "group name in another case")
	case strings.HasSuffix(path, "/resourcegroups"):
		add(o["name"] == "NetworkWatcherRG", "networkwatcherrg in the fence")
	case strings.HasSuffix(path, "/locations"):
		add(o["metadata"].(object)["regionType"] == "Logical", "logical region")
	case strings.HasSuffix(path, "/subscribedskus"):
		add(o["capabilityStatus"] == "Suspended", "suspended sku")
	}
	return found
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*/read", "microsoft.keyvault/vaults/read", true}, {"*", "x", true}, {"a", "a", true}, {"a", "ab", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "acb", false}, {"ab*ba", "aba", false}, {"microsoft.keyvault/*", "microsoft.storage/x", false},
		{"*/read", "x/write", false}, {strings.Repeat("a*", 40) + "b", strings.Repeat("a", 200), false},
	}
	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

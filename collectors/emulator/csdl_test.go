package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// csdl is Graph's own description of its types (CONTRACT.v1.0-types.json).
type csdl map[string]struct {
	Kind, Base string
	Members    []string
	Props      map[string]string
}

// notInCSDL are properties that Graph returns without describing them.
var notInCSDL = map[string]string{
	"microsoft.graph.organization.directorySizeQuota":                                                               "in the official example",
	"microsoft.graph.organization.isMultipleDataLocationsForServicesEnabled":                                        "in the official example",
	"microsoft.graph.unifiedRoleDefinition.inheritsPermissionsFrom":                                                 "a navigation property that is expanded by itself, as in the official example",
	"microsoft.graph.unifiedRoleAssignment.resourceScope":                                                           "in the official example",
	"microsoft.graph.conditionalAccessPolicy.grantControls.authenticationStrength":                                  "a navigation property that is expanded by itself",
	"microsoft.graph.ipNamedLocation.ipRanges.cidrAddress":                                                          "of iPv4CidrRange and iPv6CidrRange, which are not in the excerpt",
	"microsoft.graph.conditionalAccessPolicy.conditions.users.includeGuestsOrExternalUsers.externalTenants.members": "of conditionalAccessEnumeratedExternalTenants, which is not in the excerpt",
	"microsoft.graph.deviceAndAppManagementRoleAssignment.scopeMembers":                                             "v1.0 answers with it (measured by others in 2026)",
	"microsoft.graph.deviceAndAppManagementRoleAssignment.scopeType":                                                "as above",
	"microsoft.graph.deviceAndAppManagementRoleAssignment.roleScopeTagIds":                                          "as above",
	"microsoft.graph.managedDevice.deviceActionResults.passcode":                                                    "of the derived type resetPasscodeActionResult",
}

// noTypes are entities that the excerpt at hand does not describe.
var noTypes = map[string]string{
	"microsoft.graph.unifiedRoleAssignmentScheduleInstance":            "not in the excerpt",
	"microsoft.graph.privilegedAccessGroupEligibilityScheduleInstance": "not in the excerpt",
	"microsoft.graph.b2bManagementPolicy":                              "of beta, not in the excerpt",
	"microsoft.graph.unifiedRoleAssignmentMultiple":                    "of beta, not in the excerpt",
	"microsoft.graph.internalDomainFederation":                         "not in the excerpt",
	"microsoft.graph.tenantInformation":                                "not in the excerpt",
	"microsoft.graph.signIn":                                           "not in the excerpt",
	"microsoft.graph.permissionGrantPolicy":                            "not in the excerpt",
	"microsoft.graph.certificateBasedAuthConfiguration":                "not in the excerpt",
	"microsoft.graph.companySubscription":                              "not in the excerpt",
	"microsoft.graph.directoryAudit":                                   "not in the excerpt",
	"microsoft.graph.governanceRelationship":                           "not in the excerpt, and newer than the SDK",
	"microsoft.graph.governanceRequest":                                "as above",
	"microsoft.graph.tenantGovernancePolicyTemplate":                   "as above",
	"microsoft.graph.tenantGovernanceSetting":                          "as above",
	"microsoft.graph.deviceConfiguration":                              "the excerpt has no derived types: collectors/sdkcontract checks them",
	"microsoft.graph.deviceCompliancePolicy":                           "as above",
	"microsoft.graph.roleDefinition":                                   "as above",
	"microsoft.graph.roleAssignment":                                   "as above",
	"microsoft.graph.vppToken":                                         "not in the excerpt: collectors/sdkcontract checks it",
	"microsoft.graph.applePushNotificationCertificate":                 "as above",
	"microsoft.graph.windowsAutopilotDeviceIdentity":                   "as above",
	"microsoft.graph.security.alert":                                   "as above",
	"microsoft.graph.sharepointSettings":                               "as above",
}

func TestGraphTypes(t *testing.T) {
	effort.WithoutRace(t)
	types := readCSDL(t)
	l := start(t, Generate(1, 12), Options{PageSize: 1000})
	for _, e := range graphEndpoints {
		if reason := noTypes[e.entity]; reason != "" || e.beta { // the excerpt is of v1.0
			continue
		}
		for _, body := range l.bodies("/graph/v1.0" + e.path) {
			doc := body.(map[string]any)
			items, isList := doc["value"].([]any)
			if !isList {
				items = []any{doc}
			}

			for _, item := range items {
				entity := e.entity
				if derived, has := item.(map[string]any)["@odata.type"].(string); has {
					entity = strings.TrimPrefix(derived, "#")
				}
				for _, p := range types.check(entity, entity, item) {
					t.Errorf("%s: %s", e.path, p)
				}
			}
		}
	}
}

func readCSDL(t *testing.T) csdl {
	b, err := os.ReadFile(filepath.Join(examples(t), "CONTRACT.v1.0-types.json"))
	if err != nil {
		t.Fatal(err)
	}

	types := csdl{}
	if err := json.Unmarshal(b, &types); err != nil {
		t.Fatal(err)
	}

	return types
}

// check lists where a value disagrees with a type ("!" at its end: not null).
func (c csdl) check(at, typ string, v any) []string {
	typ, required := strings.CutSuffix(typ, "!")
	if v == nil {
		if required {
			return []string{at + " is null, and must not be"}
		}
		return nil
	}

	if element, ok := strings.CutPrefix(typ, "Collection("); ok {
		list, isList := v.([]any)
		if !isList {
			return []string{fmt.Sprintf("%s is no array: %v", at, v)}
		}

		var problems []string
		for _, item := range list {
			problems = append(problems, c.check(at, strings.TrimSuffix(element, ")"), item)...)
		}

		return problems
	}

	if strings.HasPrefix(typ, "Edm.") {
		if !fitsEdm(typ, v) {
			return []string{fmt.Sprintf("%s is no %s: %v", at, typ, v)}
		}
		return nil
	}

	return c.checkNamed(at, typ, v)
}

func (c csdl) checkNamed(at, typ string, v any) (problems []string) {
	d, ok := c[typ]
	if !ok {
		return []string{at + ": no type " + typ}
	}

	if d.Kind == "Enum" {
		s, _ := v.(string)
		for _, member := range strings.Split(s, ",") { // some may have several values
			if !slices.Contains(d.Members, member) {
				return []string{fmt.Sprintf("%s is none of %v: %v", at, d.Members, v)}
			}
		}
		return nil
	}

	o, isObject := v.(map[string]any)
	if !isObject {
		return []string{fmt.Sprintf("%s is no object: %v", at, v)}
	}

	for name, child := range o {
		if strings.HasPrefix(name, "@") || notInCSDL[at+"."+name] != "" {
			continue
		}
		if p := c.property(typ, name); p == "" {
			problems = append(problems, fmt.Sprintf("%s has no property %s", typ, name))
		} else {
			problems = append(problems, c.check(at+"."+name, p, child)...)
		}
	}

	return problems
}

// property is the type of a property of a type or of those it derives from.
func (c csdl) property(typ, name string) string {
	for typ != "" {
		if p := c[typ].Props[name]; p != "" {
			return p
		}
		typ = c[typ].Base
	}

	return ""
}

var duration = regexp.MustCompile(`^P(\d+D|T\d+S)$`)

var integer = regexp.MustCompile(`^-?\d+$`)

func fitsEdm(typ string, v any) bool {
	s, isString := v.(string)
	switch typ {
	case "Edm.String":
		return isString
	case "Edm.Guid":
		return isString && guidShape.MatchString(s)
	case "Edm.Boolean":
		_, ok := v.(bool)
		return ok
	case "Edm.Int32", "Edm.Int64":
		n, ok := v.(json.Number)
		return ok && integer.MatchString(n.String())
	case "Edm.Double":
		_, ok := v.(json.Number)
		return ok
	case "Edm.Duration":
		return isString && duration.MatchString(s)
	case "Edm.Binary":
		_, err := base64.StdEncoding.DecodeString(s)
		return isString && err == nil
	case "Edm.DateTimeOffset":
		_, err := time.Parse(time.RFC3339, s)
		return isString && err == nil
	}

	return false
}

// TestGraphTypesCanFail: the check sees what it is there for.
func TestGraphTypesCanFail(t *testing.T) {
	effort.WithoutRace(t)
	types := readCSDL(t)
	for text, want := range map[string]int{
		`{"id":"a","allowInvitesFrom":"none","allowedToUseSSPR":true}`:                    0,
		`{"id":"a","allowInvitesFrom":"nobody"}`:                                          1,
		`{"id":null}`:                                                                     1,
		`{"id":"a","allowedToUseSSPR":"true"}`:                                            1,
		`{"id":"a","guestUserRoleId":"guest"}`:                                            1,
		`{"id":"a","allowInvite":"none"}`:                                                 1,
		`{"id":"a","defaultUserRolePermissions":{"permissionGrantPoliciesAssigned":[1]}}`: 1,
	} {
		v, err := snapshot.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}

		const policy = "microsoft.graph.authorizationPolicy"
		if got := types.check(policy, policy, v); len(got) != want {
			t.Errorf("%s: %q, want %d problems", text, got, want)
		}
	}
}

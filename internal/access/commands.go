package access

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"ringfence/collectors/snapshot"
)

// graphHosts are where the Azure CLI asks Microsoft Graph.
// https://learn.microsoft.com/graph/deployments
var graphHosts = map[string]string{
	"usgov": "https://graph.microsoft.us",
	"china": "https://microsoftgraph.chinacloudapi.cn",
}

// clouds are the national clouds as the Azure CLI and PowerShell call them.
// https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli
var clouds = map[string]string{"usgov": "AzureUSGovernment", "china": "AzureChinaCloud"}

// addCommands writes what a person runs in the tenant. Everything that is not ours is
// quoted, also where the fleet file's own checks let nothing else through.
func (t *Tenant) addCommands() {
	t.Az, t.PowerShell, t.Revoke = []string{}, []string{}, []string{}
	t.addRevoke()
	if len(t.Azure)+len(t.Extra) == 0 {
		return
	}

	t.Az = append(t.signIn(), "sp=$(az ad sp show --id "+shell(t.app())+" --query id --output tsv)")
	t.PowerShell = append(t.PowerShell, "Connect-AzAccount -Tenant "+powershell(t.TenantID)+environment(t.Cloud))

	for _, g := range t.Azure {
		t.Az = append(t.Az, fmt.Sprintf("az role assignment create --assignee-object-id \"$sp\" "+
			"--assignee-principal-type ServicePrincipal --role %s --scope %s", shell(g.Role), shell(g.Scope)))
		t.PowerShell = append(t.PowerShell, fmt.Sprintf("New-AzRoleAssignment -ApplicationId %s "+
			"-RoleDefinitionName %s -Scope %s", powershell(t.app()), powershell(g.Role), powershell(g.Scope)))
	}

	t.addExtra()
}

// placeholder stands for an application that nobody registered yet.
const placeholder = "APP_ID"

func (t *Tenant) app() string { return cmp.Or(t.AppID, placeholder) }

// signIn are the commands that sign a person in to the tenant with the Azure CLI.
func (t *Tenant) signIn() []string {
	login := "az login --allow-no-subscriptions --tenant " + shell(t.TenantID)
	if cloud := clouds[t.Cloud]; cloud != "" {
		return []string{"az cloud set --name " + cloud, login}
	}
	return []string{login}
}

func environment(cloud string) string {
	if name := clouds[cloud]; name != "" {
		return " -Environment " + name
	}
	return ""
}

// assignRole grants one permission with the Azure CLI: host of Graph, id, permission.
const assignRole = `az rest --method POST --url "%s/v1.0/servicePrincipals/$sp/appRoleAssignments" ` +
	`--body "{\"principalId\":\"$sp\",\"resourceId\":\"$graph\",\"appRoleId\":\"%s\"}" # %s`

// addExtra grants permissions that the registration does not ask for.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments
func (t *Tenant) addExtra() {
	if len(t.Extra) == 0 {
		return
	}

	host := "https://graph.microsoft.com"
	if national := graphHosts[t.Cloud]; national != "" {
		host = national
	}
	t.Az = append(t.Az, "graph=$(az ad sp show --id "+GraphAppID+" --query id --output tsv)")
	t.PowerShell = append(t.PowerShell,
		"Connect-MgGraph -TenantId "+powershell(t.TenantID)+
			" -Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All",
		"$sp = Get-MgServicePrincipal -Filter "+powershell("appId eq '"+t.app()+"'"),
		"$graph = Get-MgServicePrincipal -Filter "+powershell("appId eq '"+GraphAppID+"'"))

	for _, g := range t.Extra {
		t.Az = append(t.Az, fmt.Sprintf(assignRole, host, g.ID, g.Permission))
		t.PowerShell = append(t.PowerShell, fmt.Sprintf("New-MgServicePrincipalAppRoleAssignment "+
			"-ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $graph.Id -AppRoleId %s # %s",
			g.ID, g.Permission))
	}
}

// addRevoke takes away what was granted. To delete the service principal takes away every
// consent to it; roles in Azure stay behind as ones of an unknown identity, so they go
// first.
func (t *Tenant) addRevoke() {
	t.Revoke = t.signIn()
	for _, g := range t.Azure {
		t.Revoke = append(t.Revoke, fmt.Sprintf("az role assignment delete --assignee %s --role %s --scope %s",
			shell(t.app()), shell(g.Role), shell(g.Scope)))
	}
	if t.Client != snapshot.FleetClient {
		t.Revoke = append(t.Revoke, "az ad sp delete --id "+shell(t.app()))
	} else {
		t.Revoke = append(t.Revoke, "az ad app delete --id "+shell(t.app())+" # ends the access to every tenant")
	}
}

// Update are the commands that make the registration, or change it, in the MSP's tenant.
func (a Application) update() (az, ps []string) {
	audience := "AzureADMyOrg"
	if a.MultiTenant {
		audience = "AzureADMultipleOrgs"
	}

	const manifest = "--required-resource-accesses @manifest.json --web-redirect-uris https://localhost"
	if a.AppID == "" {
		az = []string{"az ad app create --display-name ringfence --sign-in-audience " + audience + " " + manifest +
			" --query appId --output tsv"}
		return az, nil
	}

	az = []string{"az ad app update --id " + shell(a.AppID) + " --sign-in-audience " + audience + " " + manifest}
	ps = []string{"Connect-MgGraph -Scopes Application.ReadWrite.All",
		"Update-MgApplicationByAppId -AppId " + powershell(a.AppID) + " -SignInAudience " + audience +
			" -RequiredResourceAccess (Get-Content -Raw manifest.json | ConvertFrom-Json -AsHashtable)"}
	return az, ps
}

// manifest is the registration's requiredResourceAccess, for a file.
func (a Application) manifest() string {
	data, err := json.MarshalIndent(a.Manifest, "", "  ")
	if err != nil {
		panic(err) // texts alone
	}
	return string(data)
}

// plain are texts that no shell reads anything into.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@-]+$`)

// shell quotes a word for POSIX shells.
func shell(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quotes are all characters that end a text in single quotes in PowerShell, doubled.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
var quotes = strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019",
	"\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b")

// powershell quotes a word for PowerShell.
func powershell(word string) string {
	if plain.MatchString(word) && !strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "@") {
		return word
	}
	return "'" + quotes.Replace(word) + "'"
}

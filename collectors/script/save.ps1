# Saves what Microsoft Graph and Azure answer about one tenant, page by page and byte
# for byte, as files that "ringfence snapshot import" reads. It only reads.
#
#   Connect-MgGraph -TenantId TENANT -Scopes …    as somebody who may read it all
#   Connect-AzAccount -Tenant TENANT              for Azure
#   ./save.ps1 FOLDER                             a new folder
#
# It needs PowerShell 7, Microsoft.Graph.Authentication and Az.Accounts. What could not
# be read is saved as the error that it was, so that the import can say why.
param([Parameter(Mandatory)][string] $Out)
$ErrorActionPreference = 'Stop'
if (Test-Path -LiteralPath $Out) { throw "$Out is there already: name a new folder" }
$Out = (New-Item -ItemType Directory -Path $Out).FullName

# Read-Body returns the body of one answer as text, and whether it is an error.
function Read-Body([string] $Resource, [string] $Url, [string] $Body) {
    if (-not $Url.StartsWith("$Resource/")) { # the token would go to another host
        return @{ Failed = $true; Text = (@{ error = @{ code = 'foreign_next_link'; message = $Url } } | ConvertTo-Json -Compress) }
    }
    try {
        if ($Resource -eq $Graph) {
            return @{ Failed = $false; Text = (Invoke-MgGraphRequest -Method GET -Uri $Url -OutputType Json) }
        }

        $answer = if ($Body) { Invoke-AzRestMethod -Method POST -Uri $Url -Payload $Body } else { Invoke-AzRestMethod -Method GET -Uri $Url }
        if ($answer.StatusCode -eq 200) { return @{ Failed = $false; Text = $answer.Content } }
        return @{ Failed = $true; Text = $answer.Content }
    } catch {
        $text = if ($_.ErrorDetails.Message) { $_.ErrorDetails.Message } else { $_.Exception.Message }
        if ($text -match '(?s)\{.*"error".*\}') { return @{ Failed = $true; Text = $Matches[0] } }
        return @{ Failed = $true; Text = (@{ error = @{ code = 'request_failed'; message = $text } } | ConvertTo-Json -Compress) }
    }
}

# Next-Link finds the address of the next page in the text of one.
function Next-Link([string] $Text) {
    $page = $Text | ConvertFrom-Json -AsHashtable
    if ($page['@odata.nextLink']) { return $page['@odata.nextLink'] }
    return $page['nextLink']
}

# Save-Pages writes pages as an array, as they came.
function Save-Pages([string] $File, [string[]] $Pages) {
    $path = Join-Path $Out $File
    New-Item -ItemType Directory -Force -Path (Split-Path $path) | Out-Null
    [IO.File]::WriteAllText($path, '[' + ($Pages -join ',') + "]`n", [Text.UTF8Encoding]::new($false))
    Write-Host "save.ps1: $File"
}

# Save-List saves the pages of one list after the other; with -Only the first page alone.
function Save-List([string] $Resource, [string] $File, [string[]] $Urls, [switch] $Only) {
    $pages = @()
    foreach ($url in $Urls) {
        while ($url) {
            $answer = Read-Body $Resource $url
            $pages += $answer.Text
            $url = if ($answer.Failed -or $Only) { $null } else { Next-Link $answer.Text }
        }
    }
    Save-Pages $File $pages
}

# Save-Query saves the pages of a query of Azure Resource Graph, which is posted and
# changes nothing.
function Save-Query([string] $File, [string] $Url, [string] $Query, [string] $Subscription) {
    $pages = @(); $token = $null
    do {
        $options = @{ resultFormat = 'objectArray'; '$top' = 1000 }
        if ($token) { $options['$skipToken'] = $token }
        $body = @{ subscriptions = @($Subscription); query = $Query; options = $options } | ConvertTo-Json -Depth 5 -Compress
        $answer = Read-Body $Arm $Url $body
        $pages += $answer.Text
        $token = if ($answer.Failed) { $null } else { ($answer.Text | ConvertFrom-Json -AsHashtable)['$skipToken'] }
    } while ($token)
    Save-Pages $File $pages
}

# Get-Ids lists the ids of a dataset's objects that are asked about.
function Get-Ids([string] $Dataset, [string] $Property, [scriptblock] $Filter) {
    $files = @(Get-Item -ErrorAction Ignore (Join-Path $Out "$Dataset.json")) + @(Get-ChildItem -ErrorAction Ignore (Join-Path $Out $Dataset) -Filter *.json)
    $files | ForEach-Object { Get-Content -Raw -LiteralPath $_.FullName | ConvertFrom-Json -AsHashtable -NoEnumerate } |
        ForEach-Object { $_ } | ForEach-Object { if ($_['value']) { $_['value'] } elseif ($_['data']) { $_['data'] } } |
        Where-Object $Filter | ForEach-Object { $_[$Property] } | Sort-Object -Unique
}

# Quoted is a text percent-encoded, as the name of a file or in an address.
function Quoted([string] $Text) { [Uri]::EscapeDataString($Text) }

# Below is an id as a part of an address: an Azure id stays a path.
function Below([string] $Id) { ($Id.TrimStart('/').Split('/') | ForEach-Object { Quoted $_ }) -join '/' }

# Place is an id as a place in Azure: a subscription with its path.
function Place([string] $Id) { if ($Id.StartsWith('/')) { Below $Id } else { 'subscriptions/' + (Quoted $Id) } }

# Get-Principal is the object id of who is signed in.
function Get-Principal {
    $token = (Get-AzAccessToken -ResourceUrl $Arm -AsSecureString).Token | ConvertFrom-SecureString -AsPlainText
    $part = $token.Split('.')[1].Replace('-', '+').Replace('_', '/')
    $part += '=' * ((4 - $part.Length % 4) % 4)
    ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($part)) | ConvertFrom-Json).oid
}


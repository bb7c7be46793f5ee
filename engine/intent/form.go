package intent

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Form is what a text must look like, and how it is normalised.
type Form struct {
	// Want says in the words of a message what is wanted: "a GUID such as …".
	Want string

	// Norm returns the normal form of a text, and whether the text has the form at all.
	// The normal form of a normal form is the same.
	Norm func(string) (string, bool)

	// Options are all texts that have the form, where they are few.
	Options []string
}

func (f Form) normal(s string) string {
	if f.Norm == nil {
		return s
	}
	s, _ = f.Norm(s)
	return s
}

const guidPattern = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

const vaultPattern = `/subscriptions/` + guidPattern +
	`/resourcegroups/[^/\s]{1,90}/providers/microsoft\.keyvault/(vaults|managedhsms)/[a-z0-9-]{1,127}`

// The forms of texts that are in a promise and in other blocks of the fleet file.
var (
	AnyText = Form{
		Want: "some text",
		Norm: func(s string) (string, bool) {
			s = strings.TrimSpace(s)
			return s, s != ""
		},
	}

	GUID   = Pattern("a GUID such as 00000000-0000-4000-8000-000000000000", strings.ToLower, guidPattern)
	Domain = Pattern("a domain name such as fabrikam.example", strings.ToLower,
		`[a-z0-9_]([a-z0-9_-]{0,62}\.)+[a-z0-9-]{2,63}`)

	// Name is what labels look like, too: they become names of folders.
	Name = Pattern("a name of "+NameWords, verbatim, `[a-z][a-z0-9-]{0,62}`)

	// Age is what [ParseAge] reads.
	Age = Form{
		Want: `a duration such as "24h" or "365d" (a number with m, h or d)`,
		Norm: func(s string) (string, bool) {
			_, err := ParseAge(s)
			return s, err == nil
		},
	}
)

// NameWords describes [Name] in messages.
const NameWords = "at most 63 letters a-z, digits and -, starting with a letter"

// The forms that only promises have.
var (
	// Date is a day, as in "2027-01-31".
	Date = Form{
		Want: `a date such as "2027-01-31"`,
		Norm: func(s string) (string, bool) {
			_, err := time.Parse(time.DateOnly, s)
			return s, err == nil
		},
	}

	// Digest is a SHA-256 digest.
	Digest = Pattern("a SHA-256 digest of 64 hexadecimal digits", strings.ToLower, `[0-9a-f]{64}`)

	region    = Pattern(`an Azure region such as "westeurope"`, regionName, `[a-z][a-z0-9]{1,62}`)
	geography = Pattern(`a Microsoft 365 geography code of three letters such as "EUR"`,
		strings.ToUpper, `[A-Z]{3}`)
	country         = Pattern(`an ISO 3166 country code of two letters such as "DE"`, strings.ToUpper, `[A-Z]{2}`)
	managementGroup = Pattern(`the id of a management group such as "mg-landing-zones", not its display name`,
		strings.ToLower, `[a-z0-9_().-]{1,90}`)
	vaultID = Pattern("the ARM id of a Key Vault or managed HSM (/subscriptions/<guid>"+
		"/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/<name>)", strings.ToLower, vaultPattern)

	resourceID = Pattern("the ARM id of a resource (/subscriptions/<guid>/resourceGroups/<group>/providers/…)",
		strings.ToLower, `/subscriptions/`+guidPattern+`/resourcegroups/[^/\s]{1,90}/providers(/[^/\s]{1,260}){3,}`)
	duration = Pattern(`a duration in days or years, as Partner Center writes it, such as "P730D" or "P2Y"`,
		strings.ToUpper, `P([0-9]{1,4}D|[0-9]{1,2}Y)`)
	account = Pattern("a user principal name or an object id", strings.ToLower,
		`[^\s@/]{1,64}@[^\s@/]{1,255}|`+guidPattern)
	host = Pattern("a host name such as ekm.fabrikam.example", strings.ToLower,
		`([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}`)

	cloudName = Form{
		Want:    OneOf(clouds...).Want + ", or a reference such as cloud_unsafe.x",
		Norm:    OneOf(clouds...).Norm,
		Options: clouds,
	}
	clouds = []string{"public", "usgov", "china"}
)

// OneOf is the form of an enumeration.
func OneOf(options ...string) Form {
	return Form{
		Want:    `one of "` + strings.Join(options, `", "`) + `"`,
		Norm:    func(s string) (string, bool) { return s, slices.Contains(options, s) },
		Options: options,
	}
}

// Pattern is the form of a text that as a whole matches a regular expression once
// norm has been applied to it.
func Pattern(want string, norm func(string) string, expression string) Form {
	re := regexp.MustCompile(`^(?:` + expression + `)$`)
	return Form{Want: want, Norm: func(s string) (string, bool) {
		s = norm(s)
		return s, re.MatchString(s)
	}}
}

func verbatim(s string) string { return s }

// regionName is a region's name in Azure Resource Manager: "West Europe" is
// westeurope.
func regionName(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

package emulator

import (
	"fmt"
	"strings"
)

// fence is a set of regions that a client may use: the MSP's promise, and here
// only what keeps the generated resources where they belong.
type fence struct {
	name, country          string
	regions                []string
	geographies, countries []string
	outside                []string // regions to put a deviation in
	foreign                string   // a country outside
	people                 []string // countries of the MSP's people, where they are not the same
}

var fences = []fence{
	{"au", "AU", []string{"australiaeast", "australiasoutheast", "australiacentral"},
		[]string{"AUS"}, []string{"AU"}, []string{"southeastasia", "eastus"}, "NZ", []string{"DE", "AU"}},
	{"ch", "CH", []string{"switzerlandnorth", "switzerlandwest"},
		[]string{"CHE"}, []string{"CH"}, []string{"westeurope", "francecentral"}, "AT", []string{"DE", "CH"}},
	{"de", "DE", []string{"germanywestcentral", "germanynorth"},
		[]string{"DEU"}, []string{"DE"}, []string{"westeurope", "swedencentral"}, "AT", nil},
	{"eu", "NL", []string{"westeurope", "northeurope", "germanywestcentral", "francecentral", "swedencentral",
		"polandcentral"},
		[]string{"EUR", "DEU", "FRA", "SWE", "POL"}, []string{"NL", "IE", "DE", "FR", "SE", "PL"},
		[]string{"eastus", "uksouth", "switzerlandnorth"}, "US", nil},
	{"uk", "GB", []string{"uksouth", "ukwest"},
		[]string{"GBR"}, []string{"GB"}, []string{"westeurope", "northeurope"}, "IE", []string{"DE", "GB"}},
	{"us", "US", []string{"eastus", "eastus2", "centralus", "westus2", "westus3"},
		[]string{"NAM"}, []string{"US"}, []string{"canadacentral", "brazilsouth"}, "CA", []string{"DE", "US"}},
}

// peopleHCL is the line of the fence that says where people of the MSP may be, if they may be
// elsewhere than the client's own.
func (f fence) peopleHCL() string {
	if f.people == nil {
		return ""
	}
	return "  people      = " + quoteList(f.people) + "\n"
}

func fenceOf(name string) fence {
	for _, f := range fences {
		if f.name == name {
			return f
		}
	}
	return fence{}
}

// region is one Azure region as GET /subscriptions/{id}/locations shows it.
type region struct{ name, display, group, geography, latitude, longitude, place, pair, category string }

// regions are facts: what the locations API returns for public-cloud regions.
// Columns: name, display name, geography group, geography, latitude,
// longitude, physical location, pair ("-": none), category (R recommended, O
// other).
var regions = parseRegions(`
eastus|East US|US|United States|37.3719|-79.8164|Virginia|westus|R
eastus2|East US 2|US|United States|36.6681|-78.3889|Virginia|centralus|R
southcentralus|South Central US|US|United States|29.4167|-98.5|Texas|northcentralus|R
westus2|West US 2|US|United States|47.233|-119.852|Washington|westcentralus|R
westus3|West US 3|US|United States|33.448376|-112.074036|Phoenix|eastus|R
centralus|Central US|US|United States|41.5908|-93.6208|Iowa|eastus2|R
northcentralus|North Central US|US|United States|41.8819|-87.6278|Illinois|southcentralus|O
westus|West US|US|United States|37.783|-122.417|California|eastus|O
westcentralus|West Central US|US|United States|40.89|-110.234|Wyoming|westus2|O
canadacentral|Canada Central|Canada|Canada|43.653|-79.383|Toronto|canadaeast|R
canadaeast|Canada East|Canada|Canada|46.817|-71.217|Quebec|canadacentral|O
brazilsouth|Brazil South|South America|Brazil|-23.55|-46.633|Sao Paulo State|southcentralus|R
brazilsoutheast|Brazil Southeast|South America|Brazil|-22.90278|-43.2075|Rio|brazilsouth|O
mexicocentral|Mexico Central|Mexico|Mexico|20.588818|-100.389888|Querétaro State|-|R
northeurope|North Europe|Europe|Europe|53.3478|-6.2597|Ireland|westeurope|R
westeurope|West Europe|Europe|Europe|52.3667|4.9|Netherlands|northeurope|R
uksouth|UK South|Europe|United Kingdom|50.941|-0.799|London|ukwest|R
ukwest|UK West|Europe|United Kingdom|53.427|-3.084|Cardiff|uksouth|O
francecentral|France Central|Europe|France|46.3772|2.373|Paris|francesouth|R
francesouth|France South|Europe|France|43.8345|2.1972|Marseille|francecentral|O
germanywestcentral|Germany West Central|Europe|Germany|50.110924|8.682127|Frankfurt|germanynorth|R
germanynorth|Germany North|Europe|Germany|53.073635|8.806422|Berlin|germanywestcentral|O
switzerlandnorth|Switzerland North|Europe|Switzerland|47.451542|8.564572|Zurich|switzerlandwest|R
switzerlandwest|Switzerland West|Europe|Switzerland|46.204391|6.143158|Geneva|switzerlandnorth|O
norwayeast|Norway East|Europe|Norway|59.913868|10.752245|Norway|norwaywest|R
norwaywest|Norway West|Europe|Norway|58.969975|5.733107|Norway|norwayeast|O
swedencentral|Sweden Central|Europe|Sweden|60.67488|17.14127|Gävle|swedensouth|R
polandcentral|Poland Central|Europe|Poland|52.23334|21.01666|Warsaw|-|R
italynorth|Italy North|Europe|Italy|45.46888|9.18109|Milan|-|R
spaincentral|Spain Central|Europe|Spain|40.4259|-3.4209|Madrid|-|R
australiaeast|Australia East|Asia Pacific|Australia|-33.86|151.2094|New South Wales|australiasoutheast|R
australiasoutheast|Australia Southeast|Asia Pacific|Australia|-37.8136|144.9631|Victoria|australiaeast|O
australiacentral|Australia Central|Asia Pacific|Australia|-35.3075|149.1244|Canberra|australiacentral2|O
australiacentral2|Australia Central 2|Asia Pacific|Australia|-35.3075|149.1244|Canberra|australiacentral|O
southeastasia|Southeast Asia|Asia Pacific|Asia Pacific|1.283|103.833|Singapore|eastasia|R
eastasia|East Asia|Asia Pacific|Asia Pacific|22.267|114.188|Hong Kong|southeastasia|R
japaneast|Japan East|Asia Pacific|Japan|35.68|139.77|Tokyo, Saitama|japanwest|R
japanwest|Japan West|Asia Pacific|Japan|34.6939|135.5022|Osaka|japaneast|O
koreacentral|Korea Central|Asia Pacific|Korea|37.5665|126.978|Seoul|koreasouth|R
koreasouth|Korea South|Asia Pacific|Korea|35.1796|129.0756|Busan|koreacentral|O
centralindia|Central India|Asia Pacific|India|18.5822|73.9197|Pune|southindia|R
southindia|South India|Asia Pacific|India|12.9822|80.1636|Chennai|centralindia|O
southafricanorth|South Africa North|Africa|South Africa|-25.73134|28.21837|Johannesburg|southafricawest|R
southafricawest|South Africa West|Africa|South Africa|-34.075691|18.843266|Cape Town|southafricanorth|O
uaenorth|UAE North|Middle East|UAE|25.266666|55.316666|Dubai|uaecentral|R
uaecentral|UAE Central|Middle East|UAE|24.466667|54.366669|Abu Dhabi|uaenorth|O
qatarcentral|Qatar Central|Middle East|Qatar|25.551462|51.439327|Doha|-|R
israelcentral|Israel Central|Middle East|Israel|31.2655698|33.4506633|Israel|-|R
`)

// logicalRegions are listed beside the physical ones, with next to no metadata.
var logicalRegions = []string{"Asia", "Asia Pacific", "Europe", "Global", "United Kingdom", "United States"}

func parseRegions(table string) []region {
	var all []region
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		all = append(all, region{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]})
	}
	return all
}

// displayRegion is a region's display name ("West Europe").
func displayRegion(name string) string {
	for _, r := range regions {
		if r.name == name {
			return r.display
		}
	}
	return name
}

// locations: https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations.
func locations(_ *Tenant, sub *subscription) (all []object) {
	for _, l := range regions {
		all = append(all, location(sub, l))
	}

	for _, display := range logicalRegions {
		name := strings.ToLower(strings.ReplaceAll(display, " ", ""))
		all = append(all, object{
			"id": sub.path("/locations/" + name), "name": name, "type": "Region",
			"displayName": display, "regionalDisplayName": display,
			"metadata": object{"regionType": "Logical", "regionCategory": "Other"}})
	}

	return all
}

var categories = map[string]string{"R": "Recommended", "O": "Other"}

func location(sub *subscription, l region) object {
	meta := object{
		"regionType": "Physical", "regionCategory": categories[l.category], "physicalLocation": l.place,
		"geography": l.geography, "geographyGroup": l.group, "longitude": l.longitude, "latitude": l.latitude,
	}
	if l.pair != "-" {
		meta["pairedRegion"] = []any{object{"name": l.pair, "id": sub.path("/locations/" + l.pair)}}
	}

	o := object{
		"id": sub.path("/locations/" + l.name), "name": l.name, "type": "Region", "displayName": l.display,
		"regionalDisplayName": "(" + l.group + ") " + l.display, "metadata": meta,
	}
	if l.category == "R" {
		zones := []any{}
		for i, physical := range []string{"-az2", "-az3", "-az1"} {
			zones = append(zones, object{"logicalZone": fmt.Sprint(i + 1), "physicalZone": l.name + physical})
		}
		o["availabilityZoneMappings"] = zones
	}

	return o
}

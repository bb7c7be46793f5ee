package collectors

import (
	"net/url"
	"strings"
)

// ConsentURL is the page at which an administrator of a tenant consents to all
// permissions that the application's registration asks for; "" where the application is
// not known.
// https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
func ConsentURL(c Cloud, tenant, app string) string {
	c = c.resolve()
	if app == "" || tenant == "" {
		return ""
	}
	return strings.TrimSuffix(c.Authority, "/") + "/" + url.PathEscape(tenant) +
		"/adminconsent?client_id=" + url.QueryEscape(app)
}

func (a Auth) consentURL() string { return ConsentURL(a.Cloud, a.TenantID, a.AppID) }

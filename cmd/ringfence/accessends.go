package main

import (
	"context"
	"math"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
)

// credentialEnd is when what an application signs in with ends: the certificate itself
// says so, of a secret its registration in the MSP's own tenant does.
type credentialEnd struct {
	AppID string `json:"app_id"`
	Kind  string `json:"kind"` // certificate | secret
	Ends  string `json:"ends"` // RFC 3339, "" where it cannot be known
}

// warnEnds warns of certificates that end soon, without asking anybody.
func (a *app) warnEnds(collector run.Collector, names []string) {
	c := &accessChecker{app: a, collector: collector, offline: true}
	c.credentials(context.Background(), names)
}

// endsSoon is how long before its end a credential is warned of.
const endsSoon = 30 * 24 * time.Hour

// credentials finds out when the applications' credentials end, each once, and warns of
// those that end soon. What cannot be known is no failure.
func (c *accessChecker) credentials(ctx context.Context, names []string) []credentialEnd {
	all, seen := []credentialEnd{}, map[string]bool{}
	for _, label := range names {
		auth, err := c.collector.Auth(label)
		if err != nil || auth.Secret == "" || seen[auth.AppID+auth.Secret] {
			continue // who signs in with it will say what is wrong
		}

		seen[auth.AppID+auth.Secret] = true
		end := c.endOf(ctx, auth)
		all = append(all, end)

		at, err := time.Parse(time.RFC3339, end.Ends)
		if left := time.Until(at); err == nil && left < endsSoon {
			c.warn("the %s of application %s ends on %s, in %d days: add a new one before "+
				"(docs/many-clients.md, Rotation)",
				end.Kind, end.AppID, at.Format(time.DateOnly), int(math.Floor(left.Hours()/24)))
		}
	}
	return all
}

func (c *accessChecker) endOf(ctx context.Context, auth collectors.Auth) credentialEnd {
	end := credentialEnd{AppID: auth.AppID, Kind: "secret"}
	if at, isCertificate := auth.Expiry(); isCertificate {
		end.Kind, end.Ends = "certificate", at.UTC().Format(time.RFC3339)
		return end
	}

	if cfg, err := c.collector.Config(snapshot.FleetClient); err == nil && !c.offline {
		end.Ends, _, _ = collectors.SecretExpiry(ctx, cfg, auth.AppID, auth.Secret)
	}
	return end
}

#!/usr/bin/env python3
"""Checks a certificate of absence: that no path leads from some tenants to a target of another.

    python3 check_certificate.py certificate.json [facts.json ...]

Files of facts, of whichever tenants, are held against the certificate, too. Exit code 0: it
holds; 5: it does not; 2: it was not called properly. It needs Python 3.9 and nothing else, and
shares no code with the program that wrote the certificate. docs/fleet-isolation.md says what
is checked, and what has to be believed.
"""

import hashlib
import json
import sys
from datetime import datetime, timedelta

SCHEMA = "ringfence.certificate/1"
MEMBERS = {"schema", "to", "from", "fleet", "spread_seconds", "kinds", "set", "edges", "absent", "facts"}
TARGETS = {"tier0", "key", "log"}


class Refused(Exception):
    """Why a certificate does not hold."""


def need(holds, why):
    if not holds:
        raise Refused(why)


def once(pairs):
    """A JSON object that has each member once."""
    members = dict(pairs)
    need(len(members) == len(pairs), "an object has a member twice")
    return members


def tenant_of(node):
    return node.split("/", 1)[0]


def when(text):
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    need(time.tzinfo is not None and time.year > 1, f"{text} is no time")
    return time


def sides(links, rule):
    """By how many links others might be controlled, and might control. A value that one tenant alone
    owns, and that this one controls, lets nobody else in."""
    owned = {x["value"] for x in links if rule == "own" and x["role"] == "controls"}
    return (sum(x["role"] != "controlled" for x in links),
            sum(x["role"] != "controls" and x["value"] not in owned for x in links))


class Certificate:
    def __init__(self, data):
        c = json.loads(data, object_pairs_hook=once)
        need(c.get("schema") == SCHEMA, "it has another schema")
        need(set(c) == MEMBERS, "it has members that are unknown, or lacks some")
        self.to, self.sources, self.fleet = c["to"], c["from"], c["fleet"]
        self.spread = timedelta(seconds=c["spread_seconds"])
        self.rules = {k["name"]: k["rule"] for k in c["kinds"]}
        self.whole, self.nodes = set(c["set"]["tenants"]), set(c["set"]["nodes"])
        self.touched = self.whole | {tenant_of(n) for n in self.nodes}
        self.edges = c["edges"]
        self.absent = {(a["kind"], a["tenant"]): a for a in c["absent"]}
        self.digests = {f["tenant"]: f["sha256"] for f in c["facts"]}

    def holds(self, node):
        return node in self.nodes or tenant_of(node) in self.whole

    def complete(self, kind, tenant):
        """All facts of a kind of a tenant are known."""
        units = self.absent.get((kind, tenant), {"units": []})["units"]
        return len(units) > 0 and all(u["status"] == "complete" and when(u["ended_at"]) for u in units)

    def check(self):
        self.check_ends()
        self.check_edges(self.edges)
        need(self.rules, "it names no kinds of edges")
        for kind, rule in self.rules.items():
            need(rule in ("to", "from", "bridge", "own"), f"the kind {kind} has the rule {rule}")
            if rule in ("bridge", "own"):
                self.check_bridge(kind)
            else:
                self.check_unseen(kind, rule)

    def check_ends(self):
        """All who might reach are in the set, and no target is."""
        fleet = set(self.fleet)
        need(self.sources and self.to in fleet and self.to not in self.whole,
             "nobody might reach, or whom they might is not in the fleet, or is reached")
        for tenant in self.sources:
            need(tenant in self.whole and tenant in fleet, f"{tenant} is not in the set, or not in the fleet")
        for node in self.nodes:
            tenant, kind, *_ = node.split("/", 2) + [""]
            need(tenant != self.to or kind not in TARGETS, f"the target {node} is in the set")

    def check_edges(self, edges):
        """No edge that is known leaves the set."""
        for e in edges:
            need(not self.holds(e["from"]) or self.holds(e["to"]),
                 f"an edge of kind {e['kind']} leads out of the set, from {e['from']} to {e['to']}")

    def check_unseen(self, kind, rule):
        """An edge that is not known would have been seen."""
        for tenant in self.fleet:
            matters = tenant not in self.whole if rule == "to" else tenant in self.touched
            need(not matters or self.complete(kind, tenant),
                 f"nothing proves that tenant {tenant} has no other edges of kind {kind}")

    def check_bridge(self, kind):
        """Values that both sides have would have been seen, and at about the same time."""
        def may(tenant, side):
            return not self.complete(kind, tenant) or self.absent[kind, tenant][side] != 0

        inside = [t for t in self.fleet if t in self.touched and may(t, "controls")]
        outside = [t for t in self.fleet if t not in self.whole and may(t, "controlled")]
        if not inside or not outside or (len(inside) == 1 and inside == outside):
            return

        for tenant in inside + outside:
            need(self.complete(kind, tenant),
                 f"nothing proves that tenant {tenant} has no other links of kind {kind}")
        in_times, out_times = self.times(kind, inside), self.times(kind, outside)
        apart = max(max(in_times) - min(out_times), max(out_times) - min(in_times))
        need(apart <= self.spread, f"the evidence of links of kind {kind} is {apart} apart")

    def times(self, kind, tenants):
        return [when(u["ended_at"]) for t in tenants for u in self.absent[kind, t]["units"]]

    def compare(self, data):
        """Holds a file of facts against the certificate; returns whose it is."""
        facts = json.loads(data, object_pairs_hook=once)
        tenant = facts["tenant"]
        need(hashlib.sha256(data).hexdigest() == self.digests.get(tenant),
             f"the facts of tenant {tenant} are not those of the certificate")
        self.check_edges(facts["edges"])

        covered = {c["kind"]: c["units"] for c in facts["coverage"]}
        for kind, rule in self.rules.items():
            absent = self.absent.get((kind, tenant))
            if absent is None:
                continue
            links = [x for x in facts["links"] if x["kind"] == kind]
            same = absent["units"] == covered.get(kind, []) and (
                rule in ("to", "from") or (absent["controls"], absent["controlled"]) == sides(links, rule))
            need(same, f"the facts of tenant {tenant} and the certificate do not agree on kind {kind}")
        return tenant


def check(data, facts=()):
    """Returns the certificate and the tenants whose facts were compared, or raises Refused."""
    try:
        certificate = Certificate(data)
        certificate.check()
        return certificate, [certificate.compare(f) for f in facts]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as err:
        raise Refused(f"it is not in the form of a certificate: {err!r}") from err


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        files = []
        for name in arguments:
            with open(name, "rb") as file:
                files.append(file.read())
        certificate, compared = check(files[0], files[1:])
    except (OSError, Refused) as err:
        print(f"the certificate does not hold: {err}", file=sys.stderr)
        return 5

    believed = len(set(certificate.fleet) - set(compared))
    print(f"no path to a target of {certificate.to} from any of {len(certificate.sources)} tenants;",
          f"facts of {len(compared)} tenants compared, of {believed} believed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

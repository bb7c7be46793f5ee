# METADATA
# title: Evidence
# description: Is what the verdicts rest on the client's own, whole, and of one time?
# custom:
#   family: Evidence
#   order: 6
package ringfence.evidence

# METADATA
# title: Isolation of tenants
# description: Is the tenant closed to other clients and to outsiders nobody agreed to?
# custom:
#   family: Isolation
#   letters: [T, M, F]
#   order: 1
package ringfence.isolation

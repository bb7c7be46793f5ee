# METADATA
# title: Isolation of tenants
# description: Is the tenant closed to other clients and to outsiders nobody agreed to?
# custom:
#   family: Isolation
#   order: 1
package ringfence.isolation

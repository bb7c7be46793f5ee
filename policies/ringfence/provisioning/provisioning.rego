# METADATA
# title: Provisioning
# description: Was the tenant taken over, and is it released, as agreed?
# custom:
#   family: Provisioning
#   order: 4
package ringfence.provisioning

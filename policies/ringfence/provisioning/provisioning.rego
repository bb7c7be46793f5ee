# METADATA
# title: Provisioning
# description: Was the tenant taken over, and is it released, as agreed?
# custom:
#   family: Provisioning
#   letters: [P]
#   order: 4
package ringfence.provisioning

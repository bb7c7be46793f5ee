# METADATA
# title: Mapping of systems of record
# description: Do the service provider's records point to the right tenant?
# custom:
#   family: Mapping
#   order: 5
package ringfence.mapping

# METADATA
# title: Ownership of keys
# description: Are the encryption keys in the hands that were agreed, and in no others?
# custom:
#   family: Key ownership
#   order: 2
package ringfence.keyownership

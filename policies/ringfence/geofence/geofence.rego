# METADATA
# title: Geo-fence
# description: Are data, keys, logs and people where it was agreed that they stay?
# custom:
#   family: Geo-fence
#   order: 3
package ringfence.geofence

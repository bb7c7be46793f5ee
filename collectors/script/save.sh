#!/usr/bin/env bash
# Saves what Microsoft Graph and Azure answer about one tenant, page by page and byte
# for byte, as files that "ringfence snapshot import" reads. It only reads.
#
#   az login --tenant TENANT          as somebody who may read it all
#   bash save.sh FOLDER               a new folder
#
# It needs bash 4, the Azure CLI and jq 1.6. What could not be read is saved as the
# error that it was, so that the import can say why.
set -euo pipefail

out=${1:?usage: bash save.sh FOLDER}
if [ -e "$out" ]; then
  echo "save.sh: $out is there already: name a new folder" >&2
  exit 2
fi
for tool in az jq; do
  command -v "$tool" > /dev/null || { echo "save.sh: $tool is not installed" >&2; exit 2; }
done

umask 077 # answers name people, and how a tenant is protected
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# failed CODE FILE prints the error that the Azure CLI wrote to a file: the service's
# own, where there is one, and else its words.
failed() {
  local json
  json=$(sed -n 's/^[^{]*\({.*}\)[^}]*$/\1/p' "$2" | tail -n 1)
  if ! jq -ce 'select(.error != null) | {error}' <<< "$json" 2> /dev/null; then
    jq -cn --arg code "$1" --rawfile message "$2" '{error: {code: $code, message: $message}}'
  fi
}

# get RESOURCE FILE URL… saves the pages of one list after the other. A next link that
# leads to another host is not followed: the token would go there.
get() {
  local resource=$1 file=$2 url pages=0
  shift 2
  printf '[' > "$work/file"
  for url in "$@"; do
    while [ -n "$url" ]; do
      if [ $pages -gt 0 ]; then printf ',' >> "$work/file"; fi
      pages=$((pages + 1))

      case $url in
        "$resource"/*) ;;
        *)
          echo "the next link leads to another host: $url" > "$work/error"
          failed foreign_next_link "$work/error" >> "$work/file"
          break
          ;;
      esac

      if ! az rest --method get --resource "$resource" --url "$url" --output json --only-show-errors \
        > "$work/page" 2> "$work/error" < /dev/null; then
        failed az_rest_failed "$work/error" >> "$work/file"
        break
      fi

      cat "$work/page" >> "$work/file"
      url=$(jq -r '."@odata.nextLink" // .nextLink // empty' "$work/page")
    done
  done
  keep "$file"
}

# query FILE URL QUERY SUBSCRIPTION saves the pages of a query of Azure Resource Graph,
# which is posted and changes nothing.
query() {
  local file=$1 url=$2 text=$3 subscription=$4 token= pages=0
  printf '[' > "$work/file"
  while :; do
    if [ $pages -gt 0 ]; then printf ',' >> "$work/file"; fi
    pages=$((pages + 1))

    jq -cn --arg q "$text" --arg s "$subscription" --arg t "$token" '{subscriptions: [$s], query: $q,
      options: ({resultFormat: "objectArray", "$top": 1000} + if $t == "" then {} else {"$skipToken": $t} end)}' \
      > "$work/body"
    if ! az rest --method post --resource "$arm" --url "$url" --body "@$work/body" \
      --headers Content-Type=application/json --output json --only-show-errors \
      > "$work/page" 2> "$work/error" < /dev/null; then
      failed az_rest_failed "$work/error" >> "$work/file"
      break
    fi

    cat "$work/page" >> "$work/file"
    token=$(jq -r '."$skipToken" // empty' "$work/page")
    if [ -z "$token" ]; then break; fi
  done
  keep "$file"
}

# keep FILE puts what was saved into its place.
keep() {
  printf ']\n' >> "$work/file"
  mkdir -p "$(dirname "$out/$1")"
  mv "$work/file" "$out/$1"
  echo "save.sh: $1" >&2
}

# ids DATASET PROPERTY FILTER prints the ids of a dataset's objects that are asked about.
ids() {
  local file
  for file in "$out/$1.json" "$out/$1"/*.json; do
    if [ -f "$file" ]; then
      jq -r --arg p "$2" ".[] | (.value // .data // [])[] | select($3) | .[\$p] // empty" "$file"
    fi
  done | sort -u
}

# quoted TEXT prints it percent-encoded, as the name of a file or in an address.
quoted() { jq -rn --arg t "$1" '$t | @uri'; }

# below ID prints an id as a part of an address: an Azure id stays a path.
below() {
  case $1 in
    /*) printf '%s' "${1#/}" ;;
    *) quoted "$1" ;;
  esac
}

# principal prints the object id of who is signed in.
principal() {
  az account get-access-token --resource "$arm" --query accessToken --output tsv --only-show-errors < /dev/null |
    jq -Rr 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | . + ("=" * ((4 - length % 4) % 4)) | @base64d | fromjson | .oid'
}


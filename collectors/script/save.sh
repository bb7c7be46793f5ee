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
  local said
  said=$(sed -n 's/^[^{]*\({.*}\)[^}]*$/\1/p' "$2" | tail -n 1 | jq -c 'select(.error != null) | {error}' 2> /dev/null || true)
  if [ -z "$said" ]; then
    said=$(jq -cn --arg code "$1" --rawfile message "$2" '{error: {code: $code, message: $message}}')
  fi
  printf '%s' "$said"
}

# next NAME… prints what leads to the page after the one that was just read, the first
# of these members. It fails where the Azure CLI printed no JSON object: nothing at all is
# no answer.
next() {
  jq -sr --args 'if length == 1 and (.[0] | type == "object") then
      .[0] as $page | [$ARGS.positional[] as $name | $page[$name] // empty][0] // empty
    else error("the Azure CLI printed no JSON object") end' "$@" < "$work/page" 2> "$work/error"
}

# get RESOURCE FILE URL… saves the pages of one list after the other; with only=1 the first
# page alone. A next link that leads to another host is not followed: the token would go
# there.
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
        > "$work/page" 2> "$work/error" < /dev/null || ! url=$(next @odata.nextLink nextLink); then
        failed az_rest_failed "$work/error" >> "$work/file"
        break
      fi

      cat "$work/page" >> "$work/file"
      if [ -n "${only:-}" ]; then break; fi
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
      > "$work/page" 2> "$work/error" < /dev/null || ! token=$(next '$skipToken'); then
      failed az_rest_failed "$work/error" >> "$work/file"
      break
    fi

    cat "$work/page" >> "$work/file"
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

# ids DATASET PROPERTY FILTER prints a line for each of a dataset's objects that is asked
# about: its id, the id percent-encoded as the name of a file, as a part of an address
# (where an Azure id stays a path), and as a place in Azure (a subscription with its path).
ids() {
  local file
  for file in "$out/$1.json" "$out/$1"/*.json; do
    if [ -f "$file" ]; then
      jq -r --arg p "$2" ".[] | (.value // .data // [])[] | select($3) | .[\$p] // empty |
        (ltrimstr(\"/\") | split(\"/\") | map(@uri) | join(\"/\")) as \$path |
        [., @uri, \$path, if startswith(\"/\") then \$path else \"subscriptions/\" + \$path end] | @tsv" "$file"
    fi
  done | sort -u
}

# principal prints the object id of who is signed in.
principal() {
  az account get-access-token --resource "$arm" --query accessToken --output tsv --only-show-errors < /dev/null |
    jq -Rr 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | . + ("=" * ((4 - length % 4) % 4)) | @base64d | fromjson | .oid'
}


#!/bin/sh
# One question to a gateway: ask.sh BASE_URL KEY JSON. Prints status and body; ends with 0 whatever the status.
curl -s -w ' %{http_code}\n' "$1/chat/completions" -H "Authorization: Bearer $2" -H 'Content-Type: application/json' -d "$3"

#!/bin/sh
# Puts a wallet into the home as Sui's own command leaves it: a key, an address book of networks, one of them active.
set -eu
mkdir -p ~/.sui/sui_config
key=$( (printf '\0'; head -c 32 /dev/urandom) | base64 | tr -d '\n')
printf '["%s"]\n' "$key" > ~/.sui/sui_config/sui.keystore
printf -- '---\nkeystore:\n  File: %s/.sui/sui_config/sui.keystore\nenvs:\n  - alias: work\n    rpc: "http://127.0.0.1:9"\n    ws: ~\n  - alias: testnet\n    rpc: "https://example.org:443"\n    ws: ~\nactive_env: work\nactive_address: ~\n' ~ > ~/.sui/sui_config/client.yaml

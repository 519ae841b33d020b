#!/usr/bin/env bash
# Install the servers that the tests run against, if they are missing; start none of them.
#
# Dovecot, RabbitMQ, Redis and PostgreSQL come from Debian, as its release has them, and need root.
# Tryton comes from PyPI into .cache/tryton, locked by tests/servers/tryton.lock. Tests start each on
# loopback, on a free port, in a folder of its own, and stop it by its process id. Exit code 3: some
# are missing still.
set -euo pipefail
shopt -s extglob
cd "$(dirname "$0")/../.."

# where each package puts its program; PostgreSQL 15 is the oldest that the store can live in
declare -A program=(
  [dovecot-imapd]=/usr/sbin/dovecot
  [postgresql]='/usr/lib/postgresql/@(1[5-9]|[2-9]?)/bin/postgres'
  [rabbitmq-server]=/usr/lib/rabbitmq/bin/rabbitmq-server
  [redis-server]=/usr/bin/redis-server
)

missing_packages() {
  local package
  for package in "${!program[@]}"; do
    compgen -G "${program[$package]}" >/dev/null || echo "$package"
  done | sort
}

# Debian starts a server as soon as it is installed, unless this file says no.
install_packages() {
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  # A cluster made at installation would be one more server to look after.
  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends "$@" >/dev/null
  if [ -n "$made" ]; then
    rm -f "$policy"
    trap - EXIT
  fi
}

incomplete=
mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]} (once)" >&2
    install_packages "${missing[@]}"
  else
    incomplete=yes
    cat >&2 <<TEXT
These servers are missing, and only root on Debian can install them here: ${missing[*]}
Their tests will be skipped. To run all tests, as root or in a container:

    docker compose -f deploy/compose.dev.yaml run --rm test

TEXT
  fi
fi

echo "setting up Tryton in .cache/tryton (once for each change of its lock)" >&2
uv=.venv/bin/uv
[ -x .cache/tryton/bin/python ] || "$uv" venv --quiet --python .venv/bin/python .cache/tryton
"$uv" pip sync --quiet --python .cache/tryton/bin/python --require-hashes tests/servers/tryton.lock

[ -z "$incomplete" ] || exit 3

#!/usr/bin/env bash
# A PostgreSQL server for the tests, in a directory and on a port of its own.
#
#   tests/postgres.sh start DIR        makes it where there is none, starts it, prints
#                                      its address
#   tests/postgres.sh stop DIR [MODE]  stops it: smart, fast (default) or immediate
#
# It uses the programs of the distribution and installs them where there are none
# and it may: on Debian, as root. PostgreSQL does not run as root, so root runs it
# as `postgres`.
set -euo pipefail

command=${1:?start or stop}
dir=${2:?a directory}

# The newest version of PostgreSQL of this machine.
programs() {
    local path
    path=$(command -v initdb || true)
    [ -n "$path" ] || path=$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)
    [ -z "$path" ] || dirname "$(readlink -f "$path")"
}

bin=$(programs)
if [ -z "$bin" ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends postgresql; } >&2
    bin=$(programs)
fi

# Runs a command as the user who owns the server, somewhere that user may be.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && "$@")
    fi
}

# A certificate for 127.0.0.1, signed by an authority of this directory.
certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj '/CN=confidant test authority' -keyout "$dir/ca.key" -out "$dir/ca.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj '/CN=127.0.0.1' -keyout "$dir/data/server.key" -out "$dir/server.csr"
    openssl x509 -req -days 30 -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
        -CAcreateserial -out "$dir/data/server.crt" -extfile <(echo 'subjectAltName=IP:127.0.0.1')
}

make() {
    mkdir -p "$dir"
    echo "confidant-$RANDOM$RANDOM" >"$dir/password"
    [ "$(id -u)" != 0 ] || chown -R postgres "$dir"
    as_owner "$bin/initdb" --pgdata="$dir/data" --username=confidant --encoding=UTF8 \
        --locale=C --auth=scram-sha-256 --pwfile="$dir/password"
    if certificates; then
        echo 'ssl = on' >>"$dir/data/postgresql.conf"
    else
        rm -f "$dir/ca.pem"
    fi
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$dir'"
    } >>"$dir/data/postgresql.conf"
    [ "$(id -u)" != 0 ] || chown -R postgres "$dir"
    chmod 600 "$dir"/data/server.key 2>/dev/null || true
}

# Starts it on a port that is free, and on the same one again.
run() {
    local port attempt
    for attempt in 1 2 3 4 5 6 7 8; do
        port=$(cat "$dir/port" 2>/dev/null || echo $((20000 + RANDOM % 20000)))
        if as_owner "$bin/pg_ctl" start --silent --wait --pgdata="$dir/data" \
            --log="$dir/log" --options="-p $port"; then
            echo "$port" >"$dir/port"
            return
        fi
        sleep 0.2
    done
    cat "$dir/log"
    return 1
}

case $command in
    start)
        mkdir -p "$dir"
        dir=$(cd "$dir" && pwd)
        [ -e "$dir/data/PG_VERSION" ] || make >&2
        run >&2
        echo "postgresql://confidant:$(cat "$dir/password")@127.0.0.1:$(cat "$dir/port")/postgres"
        ;;
    stop)
        dir=$(cd "$dir" && pwd)
        as_owner "$bin/pg_ctl" stop --silent --wait --mode="${3:-fast}" --pgdata="$dir/data" >&2
        ;;
    *)
        echo "start or stop, not $command" >&2
        exit 2
        ;;
esac

# Shell functions around the container engine. Sourced by scripts/image and scripts/test.
#
# Where an engine answers, it is used. Where none does, dockerd is started for as long as the script runs, with
# everything it keeps in folder $1; its containers have no network of their own.

SD_ENGINE_PID=
SD_DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

sd_engine_answers() { docker version >/dev/null 2>&1; }

# The Debian packages, blank-separated, of the tools that this machine lacks.
sd_missing_engine_packages() {
    local missing=
    if ! command -v docker >/dev/null 2>&1; then
        # Debian 13 has the client in a package of its own.
        missing="$missing $(apt-cache show docker-cli >/dev/null 2>&1 && echo docker-cli || echo docker.io)"
    fi
    if ! sd_engine_answers; then
        command -v dockerd >/dev/null 2>&1 || missing="$missing docker.io"
    fi
    command -v debootstrap >/dev/null 2>&1 || missing="$missing debootstrap"
    [ -e "$SD_DEBIAN_KEYS" ] || missing="$missing debian-archive-keyring"
    printf '%s\n' "${missing# }"
}

sd_engine_start() {
    local folder=$1 i
    if sd_engine_answers; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "no container engine answers, and only root can start one; start Docker or run as root" >&2
        return 1
    fi
    mkdir -p "$folder"
    # A socket's path may have 107 bytes, so it does not lie in the folder.
    SD_ENGINE_RUN=$(mktemp -d /tmp/seeddelta-engine.XXXXXX)
    export DOCKER_HOST=unix://$SD_ENGINE_RUN/docker.sock
    dockerd --host="$DOCKER_HOST" --data-root="$folder/data" --exec-root="$SD_ENGINE_RUN/exec" \
        --pidfile="$SD_ENGINE_RUN/pid" --bridge=none --iptables=false --ip6tables=false \
        >"$folder/dockerd.log" 2>&1 </dev/null &
    SD_ENGINE_PID=$!
    for i in $(seq 120); do
        if sd_engine_answers; then
            return 0
        fi
        if ! kill -0 "$SD_ENGINE_PID" 2>/dev/null; then
            break
        fi
        sleep 0.5
    done
    echo "dockerd does not start; its log is $folder/dockerd.log and ends so:" >&2
    tail -n 5 "$folder/dockerd.log" >&2
    sd_engine_stop
    return 1
}

# Ends the engine that sd_engine_start started, if it did.
sd_engine_stop() {
    if [ -n "$SD_ENGINE_PID" ]; then
        kill "$SD_ENGINE_PID" 2>/dev/null || true
        wait "$SD_ENGINE_PID" 2>/dev/null || true
        SD_ENGINE_PID=
        # dockerd leaves the network namespaces mounted that it has used, the host's among them.
        umount "$SD_ENGINE_RUN"/exec/netns/* 2>/dev/null || true
        rm -rf "$SD_ENGINE_RUN" || true
        unset DOCKER_HOST
    fi
}

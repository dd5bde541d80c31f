# Shell functions that find a JDK and name what is missing. Sourced by ./seeddelta, scripts/test and .ci/run.

SD_JAVA_MIN=25

# The feature version of the JDK in folder $1, e.g. 25; nothing when it is none.
sd_jdk_version() {
    local version=
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
    if [ -r "$1/release" ]; then
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    fi
    if [ -z "$version" ]; then
        version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    fi
    printf '%s\n' "$version"
}

sd_jdk_fits() {
    local version
    version=$(sd_jdk_version "$1")
    [ -n "$version" ] && [ "$version" -ge "$SD_JAVA_MIN" ]
}

# Prints the folder of a JDK that is new enough. SEEDDELTA_JAVA_HOME is taken or refused, never passed over.
# On failure prints one line on what to do and returns 1.
sd_find_jdk() {
    local home on_path
    if [ -n "${SEEDDELTA_JAVA_HOME:-}" ]; then
        if sd_jdk_fits "$SEEDDELTA_JAVA_HOME"; then
            printf '%s\n' "$SEEDDELTA_JAVA_HOME"
            return 0
        fi
        echo "SEEDDELTA_JAVA_HOME=$SEEDDELTA_JAVA_HOME is no JDK $SD_JAVA_MIN or newer; correct or unset it"
        return 1
    fi
    on_path=$(command -v javac 2>/dev/null || true)
    if [ -n "$on_path" ]; then
        on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    fi
    for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* "${HOME:-}"/.sdkman/candidates/java/* \
        "${HOME:-}"/.jdks/* /opt/*jdk* /opt/java/* /opt/*java*; do
        if [ -n "$home" ] && sd_jdk_fits "$home"; then
            printf '%s\n' "$home"
            return 0
        fi
    done
    echo "no JDK $SD_JAVA_MIN or newer found; install one (package openjdk-25-jdk-headless or temurin-25-jdk)" \
        "or point JAVA_HOME at it"
    return 1
}

# Prints one line when Maven is missing or too old, else nothing.
sd_maven_problem() {
    local version
    if ! command -v mvn >/dev/null 2>&1; then
        echo "Maven 3.8 or newer not found; install it: apt install maven"
        return
    fi
    version=$(mvn -v 2>/dev/null | sed -n 's/^.*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $version in
        3.[0-7]) echo "Maven $version is too old, 3.8 or newer is needed; install it: apt install maven" ;;
    esac
}

# The Debian packages, blank-separated, of the tools that the native build needs and this machine lacks.
sd_missing_native_packages() {
    local missing=
    command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
    command -v ninja >/dev/null 2>&1 || missing="$missing ninja-build"
    command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1 || missing="$missing g++"
    command -v git >/dev/null 2>&1 || missing="$missing git"
    printf '%s\n' "${missing# }"
}

# The same for what only the native tests need.
sd_missing_test_packages() {
    local folder missing=libgtest-dev
    for folder in /usr/include /usr/local/include; do
        [ ! -e "$folder/gtest/gtest.h" ] || missing=
    done
    command -v qemu-x86_64 >/dev/null 2>&1 || missing="$missing qemu-user"
    printf '%s\n' "${missing# }"
}
